import type { NodeStatus } from '../../node/status.ts';

type Kind = 'counter' | 'gauge';

/** One metric: its name without prefix, its kind, what it says, and its value; null is left out. */
type Row = readonly [name: string, kind: Kind, help: string, value: number | null];

const ROLES = ['follower', 'pre-candidate', 'candidate', 'leader'] as const;

/** A node's status in the text format of Prometheus, version 0.0.4. */
export function metricsText(status: NodeStatus): string {
  const info = labels({
    id: status.id,
    cluster: status.clusterId,
    version: status.softwareVersion,
    machine: status.machine,
  });
  const lines = [
    ...head('info', 'gauge', 'Who this node is.'),
    `raftdeck_info${info} 1`,
    ...head('role', 'gauge', 'The role of this node: 1 for the one it has.'),
    ...ROLES.map((role) => `raftdeck_role${labels({ role })} ${status.role === role ? 1 : 0}`),
  ];
  for (const [name, kind, help, value] of rowsOf(status)) {
    if (value !== null) lines.push(...head(name, kind, help), `raftdeck_${name} ${value}`);
  }
  if (status.clocks.length > 0) {
    lines.push(...head('clock_offset_seconds', 'gauge', "How far ahead a peer's wall clock is."));
    for (const { id, offsetMs } of status.clocks) {
      lines.push(`raftdeck_clock_offset_seconds${labels({ peer: id })} ${offsetMs / 1000}`);
    }
  }
  if (status.followers.length > 0) {
    lines.push(...head('follower_lag_entries', 'gauge', 'Entries a follower does not have yet.'));
    for (const { id, matchIndex } of status.followers) {
      const lag = Math.max(0, status.lastIndex - matchIndex);
      lines.push(`raftdeck_follower_lag_entries${labels({ follower: id })} ${lag}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function rowsOf(status: NodeStatus): readonly Row[] {
  const { counters, figures } = status;
  return [
    [
      'healthy',
      'gauge',
      '1 when the node takes part in its cluster.',
      status.health === 'ok' ? 1 : 0,
    ],
    ['has_leader', 'gauge', '1 when the node knows a leader.', status.leaderId === null ? 0 : 1],
    ['members', 'gauge', 'Members of the cluster.', status.members.length],
    ['voters', 'gauge', 'Members with a vote.', status.members.filter(({ voter }) => voter).length],
    ['term', 'counter', 'The current term.', status.term],
    ['last_index', 'counter', 'Index of the last entry of the log.', status.lastIndex],
    ['commit_index', 'counter', 'Index of the last committed entry.', status.commitIndex],
    ['applied_index', 'counter', 'Index of the last applied entry.', status.appliedIndex],
    ['state_age_seconds', 'gauge', 'Since the state was current.', seconds(status.stateAgeMs)],
    ['snapshot_index', 'counter', 'Last entry in the newest snapshot.', status.snapshotIndex],
    ['log_bytes', 'gauge', 'Size of the log.', status.logBytes],
    ['keys', 'gauge', 'Entries in the machine.', status.keys],
    ['connections', 'gauge', 'Clients connected now.', counters.connections],
    ['commands_total', 'counter', 'Commands taken from clients.', counters.commands],
    ['writes_total', 'counter', 'Writes taken from clients.', counters.writes],
    ['reads_total', 'counter', 'Reads taken from clients.', counters.reads],
    ['errors_total', 'counter', 'Commands answered with an error.', counters.errors],
    ['elections_total', 'counter', 'Elections this node has won.', counters.elections],
    ['log_writes_total', 'counter', 'Writes to the log.', counters.logWrites],
    ['log_write_bytes_total', 'counter', 'Bytes written to the log.', counters.logWriteBytes],
    ['snapshots_taken_total', 'counter', 'Snapshots made here.', counters.snapshotsTaken],
    ['snapshots_installed_total', 'counter', "Leader's snapshots.", counters.snapshotsInstalled],
    ['messages_sent_total', 'counter', 'Raft messages sent.', counters.messagesSent],
    ['messages_received_total', 'counter', 'Raft messages received.', counters.messagesReceived],
    ['commit_seconds_p50', 'gauge', 'Proposal to commit, median.', seconds(figures.commitP50Ms)],
    ['commit_seconds_p99', 'gauge', 'Proposal to commit, 99 %.', seconds(figures.commitP99Ms)],
    ['log_write_seconds_p50', 'gauge', 'Write to durable, median.', seconds(figures.fsyncP50Ms)],
    ['log_write_seconds_p99', 'gauge', 'Write to durable, 99 %.', seconds(figures.fsyncP99Ms)],
    ['resident_bytes', 'gauge', 'Memory of the process.', figures.residentBytes],
    ['start_time_seconds', 'gauge', 'When it started, Unix time.', status.startedAtMs / 1000],
  ];
}

function head(name: string, kind: Kind, help: string): readonly string[] {
  return [`# HELP raftdeck_${name} ${help}`, `# TYPE raftdeck_${name} ${kind}`];
}

function labels(values: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(values).map(([name, value]) => {
    const escaped = value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
    return `${name}="${escaped}"`;
  });
  return `{${pairs.join(',')}}`;
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}
