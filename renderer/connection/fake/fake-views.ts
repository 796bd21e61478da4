import type {
  ClusterHealth,
  ClusterSummary,
  ClusterView,
  EventView,
  NodeStatusView,
  NodeView,
  ProgressView,
} from '../../../main/contract/model.ts';
import { type FakeCluster, type FakeNode, takesPart } from './fake-cluster.ts';
import { fakeFaultViews } from './fake-faults.ts';

function address(cluster: FakeCluster, node: FakeNode): string {
  return `127.0.0.1:${String(cluster.basePort + Number(node.id) - 1)}`;
}

function uncommitted(cluster: FakeCluster): number {
  return cluster.writesPerSecond > 0 ? 2 : 0;
}

function healthOf(cluster: FakeCluster): ClusterHealth {
  const members = cluster.nodes.filter(({ removed }) => !removed);
  const voters = members.filter(({ voter }) => voter);
  const up = voters.filter(takesPart).length;
  const quorum = Math.floor(voters.length / 2) + 1;
  const running = members.filter(({ process }) => process !== 'stopped').length;
  const followers = voters.filter((node) => node.id !== cluster.leaderId && takesPart(node));
  const worst = followers.reduce<FakeNode | null>(
    (most, node) => (most === null || node.lag > most.lag ? node : most),
    null,
  );
  const led = cluster.leaderId !== null;
  const tolerance = up - quorum;
  const count = `${String(up)} of ${String(voters.length)} voters`;
  const level =
    running === 0
      ? 'stopped'
      : cluster.operation?.state === 'running' && cluster.operation.kind !== 'add-peer'
        ? 'starting'
        : !led
          ? 'no-leader'
          : up < voters.length
            ? 'degraded'
            : 'healthy';
  const sentences = {
    healthy: `Healthy: ${count}, can lose ${String(tolerance)}`,
    degraded: `Degraded: ${count}, can lose ${tolerance > 0 ? String(tolerance) : 'none'}`,
    'no-leader': `No leader: ${count} up, ${String(quorum)} are needed`,
    starting: 'Starting',
    stopped: 'Stopped',
  };
  return {
    level,
    sentence: sentences[level],
    term: level === 'stopped' ? null : cluster.term,
    leaderId: cluster.leaderId,
    leaderChangedAtMs: cluster.leaderChangedAtMs,
    agreeing: led ? members.filter(takesPart).length : 0,
    answering: members.filter(takesPart).length,
    voters: voters.length,
    votersUp: up,
    quorum,
    tolerance,
    worstLagEntries: worst === null || !led ? null : worst.lag + uncommitted(cluster),
    worstLagMs: worst === null || !led ? null : worst.roundTripMs,
    worstLagId: worst === null || !led ? null : worst.id,
    commitIndex: level === 'stopped' ? null : cluster.commitIndex,
  };
}

function progressOf(cluster: FakeCluster, node: FakeNode, nowMs: number): ProgressView {
  const answers = takesPart(node);
  const matchIndex = cluster.commitIndex - node.lag;
  return {
    id: node.id,
    state: answers ? 'replicate' : 'probe',
    matchIndex,
    nextIndex: matchIndex + 1 + (answers ? uncommitted(cluster) : 0),
    appendsInFlight: answers ? uncommitted(cluster) : 0,
    lastContactMs: answers
      ? 14 + ((nowMs / 7) % 60)
      : nowMs - (node.silentSinceMs ?? node.exitedAtMs ?? nowMs),
    roundTripMs: answers ? node.roundTripMs : null,
    snapshotSentBytes: null,
    snapshotSizeBytes: null,
    connected: answers,
  };
}

function linksOf(members: readonly FakeNode[], node: FakeNode): NodeStatusView['links'] {
  return members
    .filter(({ id }) => id !== node.id)
    .map(({ id, process }) => {
      const connected = process === 'running' || process === 'frozen';
      return { id, connected, lastError: connected ? null : 'connection refused' };
    });
}

function statusOf(cluster: FakeCluster, node: FakeNode, nowMs: number): NodeStatusView {
  const leads = node.id === cluster.leaderId;
  const members = cluster.nodes.filter(({ removed }) => !removed);
  const lastIndex = cluster.commitIndex - node.lag + (leads ? uncommitted(cluster) : 0);
  const snapshots = cluster.snapshots
    .filter(({ nodeIds }) => nodeIds.includes(node.id) || Number(node.id) > 3)
    .map(({ index, term, sizeBytes, madeAtMs }) => {
      const id = `${String(index)}-${String(term)}-${String(Math.round(madeAtMs))}`;
      return { id, index, term, sizeBytes, madeAtMs };
    });
  return {
    timeMs: nowMs,
    health: node.health,
    healthReason: node.healthReason,
    role: leads ? 'leader' : node.candidate ? 'candidate' : 'follower',
    voter: node.voter,
    term: cluster.term,
    votedFor: node.candidate ? node.id : cluster.leaderId,
    leaderId: node.health === 'ok' ? cluster.leaderId : null,
    leaderContactMs: leads ? null : 14 + ((nowMs / (5 + Number(node.id))) % 60),
    transferTarget: null,
    members: members.map((member) => ({
      id: member.id,
      peerAddress: address(cluster, member),
      clientAddress: address(cluster, member),
      voter: member.voter,
      promote: member.promote,
    })),
    membershipIndex: 1,
    membershipCommitted: true,
    firstIndex: Math.max(1, cluster.commitIndex - 15_310),
    lastIndex,
    lastTerm: cluster.term,
    commitIndex: Math.min(cluster.commitIndex, lastIndex),
    appliedIndex: Math.min(cluster.commitIndex, lastIndex),
    snapshotIndex: snapshots[0]?.index ?? 0,
    snapshotTerm: snapshots[0]?.term ?? 0,
    snapshots,
    snapshotInProgress: false,
    restore: null,
    logBytes: 1_153_434,
    keys: cluster.keys.total,
    followers: leads
      ? members.filter(({ id }) => id !== node.id).map((other) => progressOf(cluster, other, nowMs))
      : [],
    links: linksOf(members, node),
    electionTimeoutMinMs: 400,
    electionTimeoutMaxMs: 800,
    heartbeatIntervalMs: 80,
    faults: fakeFaultViews(node, nowMs),
    machine: 'kv',
    backend: 'leveldb',
    durability: 'high',
    consistency: 'high',
    writesPerSecond: leads ? cluster.writesPerSecond : 0,
    readsPerSecond: leads ? 40 : 0,
    commitP50Ms: leads ? 0.9 : null,
    commitP99Ms: leads ? 3.4 + Math.sin(nowMs / 3_000) * 0.3 : null,
    fsyncP50Ms: 0.6,
    fsyncP99Ms: 1.1 + (Number(node.id) % 3) * 0.7,
    residentBytes: 54_525_952 + Number(node.id) * 1_048_576,
    cpuPercent: 1.4,
  };
}

function nodeView(cluster: FakeCluster, node: FakeNode, nowMs: number): NodeView {
  const hasRun = node.process !== 'starting';
  const running = node.process === 'running' || node.process === 'frozen';
  const heardAtMs = node.silentSinceMs ?? (running ? nowMs - 12 : node.exitedAtMs);
  return {
    id: node.id,
    name: `node-${node.id}`,
    clientAddress: address(cluster, node),
    directory: `/var/lib/raftdeck/clusters/${cluster.id}/nodes/${node.id}`,
    startCommand:
      `raftdeck node -n ${node.id} -a ${address(cluster, node)} ` +
      `-d /var/lib/raftdeck/clusters/${cluster.id}/nodes/${node.id}`,
    process: node.process,
    pid: running ? node.pid : null,
    startedAtMs: node.startedAtMs,
    exitReason: node.exitReason,
    exitedAtMs: node.exitedAtMs,
    connected: answersOf(node),
    linkError: answersOf(node) ? null : 'connect ECONNREFUSED',
    heardAtMs: hasRun ? heardAtMs : null,
    status: hasRun ? statusOf(cluster, node, heardAtMs ?? nowMs) : null,
    removed: node.removed,
    ...(node.leaseEndsAtMs === null ? {} : { leaseEndsAtMs: node.leaseEndsAtMs }),
  };
}

/** One that cannot use its data answers on its port all the same, and says so there. */
function answersOf({ process, silentSinceMs }: FakeNode): boolean {
  return process === 'running' && silentSinceMs === null;
}

/** The scripted cluster as the contract shows it. */
export function fakeView(cluster: FakeCluster, nowMs: number): ClusterView {
  const health = healthOf(cluster);
  const first = cluster.nodes.find(takesPart);
  return {
    id: cluster.id,
    name: cluster.name,
    createdAtMs: nowMs - (cluster.term === 1 ? 0 : 21 * 60_000),
    machine: 'kv',
    directory: `/var/lib/raftdeck/clusters/${cluster.id}`,
    health,
    nodes: cluster.nodes.map((node) => nodeView(cluster, node, nowMs)),
    operation: cluster.operation,
    connectCommand:
      first === undefined
        ? null
        : `redis-cli -c -p ${String(cluster.basePort + Number(first.id) - 1)}`,
    timeMs: nowMs,
  };
}

export function fakeSummary(cluster: FakeCluster, nowMs: number): ClusterSummary {
  const view = fakeView(cluster, nowMs);
  return {
    id: view.id,
    name: view.name,
    health: view.health.level,
    sentence: view.health.sentence,
    leaderId: view.health.leaderId,
    term: view.health.term ?? cluster.term,
    nodesUp: cluster.nodes.filter(takesPart).length,
    nodes: cluster.nodes.length,
    basePort: cluster.basePort,
    connectCommand: view.connectCommand,
    lastUsedMs: cluster.lastUsedMs,
  };
}

/** What a leader traces while it replicates: to each follower an append, from each an answer. */
export function fakeEvents(cluster: FakeCluster, nowMs: number): readonly EventView[] {
  const { leaderId } = cluster;
  if (leaderId === null || cluster.writesPerSecond === 0) return [];
  const event = (type: string, fields: EventView['fields']): EventView => ({
    sequence: cluster.nextSequence++,
    clusterId: cluster.id,
    nodeId: leaderId,
    nodeSequence: cluster.nextSequence,
    timeMs: nowMs,
    type,
    fields,
  });
  return cluster.nodes
    .filter((node) => node.id !== leaderId && takesPart(node))
    .flatMap(({ id }) => [
      event('sent', { message: 'AppendEntriesRequest', to: id, entries: 12 }),
      event('acknowledged', { from: id, matchIndex: cluster.commitIndex }),
    ]);
}
