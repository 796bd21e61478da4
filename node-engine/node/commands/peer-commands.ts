import { OK, errorReply } from '../../resp/value.ts';
import type { Reply } from '../../resp/value.ts';
import { LATER, textOf } from './command.ts';
import type { Call, NodeCommand } from './command.ts';
import { isIndex } from './log-entries.ts';
import { addPeer, depart } from './membership-commands.ts';
import { nodeCommand } from './spec.ts';
import type { NodeCommandSource } from './spec.ts';
import { traceCommand } from './subcommands.ts';

/** How long a snapshot may keep another one waiting. */
const SNAPSHOT_WAIT_MS = 10_000;

const ROLE_WORDS = {
  follower: 'Follower',
  'pre-candidate': 'Candidate',
  candidate: 'Candidate',
  leader: 'Leader',
} as const;

/** The words that Finn has for a node's state. */
export function stateWord(call: Call): string {
  return ROLE_WORDS[call.node.role()];
}

function raftPeers(call: Call): Reply {
  const { node } = call;
  const status = node.core.status();
  const leaderId = node.leader()?.id ?? null;
  const contact = new Map(status.followers.map((one) => [one.id, one.lastContactMs]));
  const flat: Reply[] = [];
  for (const member of status.membership.members) {
    flat.push(member.clientAddress);
    if (member.id === node.settings.id) flat.push(stateWord(call));
    else if (member.id === leaderId) flat.push('Leader');
    else if (node.role() === 'leader' && (contact.get(member.id) ?? null) === null) {
      flat.push('Timeout');
    } else flat.push('Follower');
  }
  return flat;
}

function raftStats(call: Call): Reply {
  const { node } = call;
  const status = node.core.status();
  const self = node.settings.id;
  const others = status.membership.members.filter((one) => one.id !== self && one.voter);
  const rows: readonly (readonly [string, string])[] = [
    ['applied_index', String(node.driver.appliedIndex)],
    ['commit_index', String(status.commitIndex)],
    ['fsm_pending', String(status.commitIndex - node.driver.appliedIndex)],
    ['last_contact', node.status().leaderContactMs === null ? 'never' : contactText(call)],
    ['last_log_index', String(status.lastIndex)],
    ['last_log_term', String(status.lastTerm)],
    ['last_snapshot_index', String(status.snapshotIndex)],
    ['last_snapshot_term', String(status.snapshotTerm)],
    ['num_peers', String(others.length)],
    ['state', stateWord(call)],
    ['term', String(status.term)],
  ];
  return rows.flat();
}

function contactText(call: Call): string {
  return `${String(call.node.status().leaderContactMs ?? 0)}ms`;
}

/** RAFTSNAPSHOT and RAFT SNAPSHOT NOW: `success` is answered once the snapshot is durable. */
export function takeSnapshot(
  call: Call,
  success: (id: string, sizeBytes: number) => Reply,
): typeof LATER {
  call.node.driver.takeSnapshot((outcome) => {
    if (outcome.ok) {
      call.reply(success(outcome.snapshot.id, outcome.snapshot.sizeBytes));
      return;
    }
    switch (outcome.reason) {
      case 'in-progress':
        if (call.node.dialect.name === 'finn') {
          waitForSnapshot(call, success);
          return;
        }
        call.reply(errorReply('ERR a snapshot is in progress'));
        return;
      case 'nothing-new':
        if (call.node.dialect.name === 'finn' && call.node.driver.snapshotter.lastIndex > 0) {
          // Asked for twice, Finn makes the same one again: what was asked for is there.
          call.reply(OK);
          return;
        }
        call.reply(errorReply('ERR Nothing new to snapshot'));
        return;
      case 'disabled':
        call.reply(errorReply('ERR this machine has no snapshots'));
        return;
      case 'closed':
        call.reply(errorReply('ERR the node is shutting down'));
        return;
      case 'failed':
        call.reply(errorReply(`ERR the snapshot failed: ${outcome.error.message}`));
    }
  });
  return LATER;
}

/** Finn answers when the snapshot is there, whoever asked for one before. */
function waitForSnapshot(call: Call, success: (id: string, sizeBytes: number) => Reply): void {
  const { node } = call;
  void node
    .waitUntil(() => !node.driver.snapshotter.busy, SNAPSHOT_WAIT_MS)
    .then((isOver) => {
      if (isOver) takeSnapshot(call, success);
      else call.reply(errorReply('ERR a snapshot is in progress'));
    });
}

/**
 * RAFTSHRINKLOG and RAFT LOG SHRINK: drops every entry that the newest snapshot covers, up to the index
 * where one is given, and gives the space back. It is answered when the space is free.
 */
export function shrinkLog(call: Call, texts: readonly string[] = []): Reply | typeof LATER {
  const { node } = call;
  const [upTo] = texts;
  if (upTo !== undefined && !isIndex(upTo)) {
    return errorReply('ERR value is not an integer or out of range');
  }
  // One that was found damaged since it was made is in no list any more: of its entries only the log is left.
  const newest = node.snapshots.list()[0]?.lastIncludedIndex ?? 0;
  const covered = Math.min(node.core.status().snapshotIndex, newest);
  if (covered === 0) return errorReply('ERR no snapshot covers the log; RAFTSNAPSHOT makes one');
  const index = upTo === undefined ? covered : Math.min(covered, Number(upTo));
  node.driver.shrinkLog(index, (error) => {
    if (error !== null) {
      call.reply(errorReply(`ERR the log could not be shrunk: ${error.message}`));
      return;
    }
    node.watch.trace({ type: 'log-shrunk', index, logBytes: node.store.sizeBytes() });
    call.reply(OK);
  });
  return LATER;
}

function administrative(source: NodeCommandSource): NodeCommand {
  const run = (call: Call): Reply | typeof LATER => {
    traceCommand(call);
    return source.run(call);
  };
  return nodeCommand({ ...source, administrative: true, run });
}

/** Finn's one-word commands. */
export const PEER_COMMANDS: readonly NodeCommand[] = [
  administrative({
    name: 'raftaddpeer',
    arity: 2,
    summary: 'Adds the waiting node at an address; it becomes a voter when it has caught up.',
    group: 'raft',
    arguments: [{ name: 'address', type: 'string' }],
    run: (call) =>
      addPeer(call, { address: textOf(call, 1), id: null, promote: true, success: OK }),
  }),
  administrative({
    name: 'raftremovepeer',
    arity: 2,
    summary: 'Removes a member, by address or id; a leader hands over first.',
    group: 'raft',
    arguments: [{ name: 'address', type: 'string' }],
    run: (call) => depart(call, 'REMOVE', textOf(call, 1), OK),
  }),
  nodeCommand({
    name: 'raftpeers',
    arity: 1,
    summary: 'Returns the address and state of every member.',
    group: 'raft',
    run: raftPeers,
  }),
  nodeCommand({
    name: 'raftleader',
    arity: 1,
    summary: "Returns the leader's address, or nil.",
    group: 'raft',
    run: (call) => call.node.leader()?.clientAddress ?? null,
  }),
  nodeCommand({
    name: 'raftstate',
    arity: 1,
    summary: 'Returns Follower, Candidate or Leader.',
    group: 'raft',
    run: stateWord,
  }),
  nodeCommand({
    name: 'raftstats',
    arity: 1,
    summary: 'Returns figures of the log and the term.',
    group: 'raft',
    run: raftStats,
  }),
  administrative({
    name: 'raftsnapshot',
    arity: 1,
    summary: "Makes a snapshot of this node's machine.",
    group: 'raft',
    run: (call) => takeSnapshot(call, () => OK),
  }),
  administrative({
    name: 'raftshrinklog',
    arity: 1,
    summary: 'Drops the log below the newest snapshot and frees its space.',
    group: 'raft',
    run: shrinkLog,
  }),
];
