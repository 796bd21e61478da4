import { DEFAULT_RAFT_CONFIG } from '../../node-engine/raft/config.ts';
import type { Message, MessageType } from '../../node-engine/raft/message.ts';
import type { Role } from '../../node-engine/raft/ready.ts';
import { describeMessage, describeTrace } from './describe.ts';
import { Disk } from './disk.ts';
import { appended, appendEntries, requestVote, run } from './messages.ts';
import { member, Server } from './server.ts';

/*
 * What a server in each role does with each kind of message, of an older, the same and a newer term.
 * The server is 1 of three, in term 5, with entries 1 to 3, of which 2 are committed. Server 2 is its
 * leader where it has one; it was heard, but longer ago than the shortest election timeout.
 */

const TERM = 5;
/** Between the shortest election timeout and the one this server has drawn. */
const LATER_MS = 500;
const RANDOM = 0.9;

/** Roles as the paper has them, and the server without a vote (dissertation §4.2.1). */
export const MATRIX_ROLES: readonly (Role | 'non-voter')[] = [
  'follower',
  'pre-candidate',
  'candidate',
  'leader',
  'non-voter',
];

/** How the term of a message compares with that of the server. */
export const RELATIONS = ['older', 'same', 'newer'] as const;

type Relation = (typeof RELATIONS)[number];

/** The number of the read that a follower has under way. */
let readId = 0;

/** Server 1 in a role, with nothing left to do. */
function serverIn(role: Role | 'non-voter'): Server {
  const disk = new Disk();
  const own = member('1', role === 'non-voter' ? 'non-voter' : 'voter');
  const term = role === 'candidate' || role === 'leader' ? TERM - 1 : TERM;
  const membership = { members: [own, member('2'), member('3')] };
  disk.bootstrap(membership, { runs: [{ term: 2, count: 2 }], term });
  const server = new Server('1', disk, {
    config: DEFAULT_RAFT_CONFIG,
    random: () => RANDOM,
    nowMs: 0,
  });
  const { raft } = server;
  raft.step(appendEntries({ term, prevLogIndex: 3, prevLogTerm: 2, leaderCommit: 2 }));
  finish(server);
  if (role === 'follower' || role === 'non-voter') {
    const read = raft.readIndex();
    if (read.ok) ({ readId } = read);
  } else {
    raft.campaign();
  }
  finish(server);
  if (role === 'candidate' || role === 'leader') {
    const granted = { from: '3', to: '1', granted: true } as const;
    raft.step({ type: 'PreVoteResponse', ...granted, term, requestTerm: TERM });
    finish(server);
    if (role === 'leader') raft.step({ type: 'RequestVoteResponse', ...granted, term: TERM });
    finish(server);
  }
  raft.tick(role === 'leader' ? 0 : LATER_MS);
  finish(server);
  const isAsMeant = raft.role() === (role === 'non-voter' ? 'follower' : role);
  if (!isAsMeant || raft.term() !== TERM) throw new Error(`server 1 is no ${role} of term ${TERM}`);
  server.trace.length = 0;
  return server;
}

/** Lets everything happen that is under way; the messages, in the order they leave. */
function finish(server: Server): Message[] {
  const messages = server.takeReadys();
  while (server.writing.length > 0) {
    messages.push(...server.persistOne(), ...server.takeReadys());
  }
  return messages;
}

/** A message as a correct server could have sent it; one that answers a later term does not agree. */
function messageOf(type: MessageType, term: number): Message {
  const granted = term <= TERM;
  const toServer = { from: '3', to: '1', term } as const;
  const last = { lastLogIndex: 9, lastLogTerm: 3 };
  switch (type) {
    case 'PreVoteRequest':
      return { type, ...toServer, ...last };
    case 'PreVoteResponse':
      return { type, ...toServer, requestTerm: TERM + 1, granted };
    case 'RequestVoteRequest':
      return requestVote({ ...toServer, ...last });
    case 'RequestVoteResponse':
      return { type, ...toServer, granted };
    case 'AppendEntriesRequest': {
      const runs = [run(4, 4, 'x')];
      return appendEntries({ term, prevLogIndex: 3, prevLogTerm: 2, runs, leaderCommit: 4 });
    }
    case 'AppendEntriesResponse':
      return appended({ ...toServer, matchIndex: granted ? 3 : 0, success: granted });
    case 'InstallSnapshotRequest': {
      const membership = { members: [member('1'), member('2'), member('3')] };
      const snapshot = {
        id: 's9',
        lastIncludedIndex: 9,
        lastIncludedTerm: 3,
        membership,
        membershipIndex: 1,
        sizeBytes: 4,
      };
      const data = new Uint8Array(2);
      const chunk = { snapshot, offset: 0, data, done: false, readRound: 0 };
      return { type, ...toServer, from: '2', ...chunk };
    }
    case 'InstallSnapshotResponse': {
      const answer = { lastIncludedIndex: 3, nextOffset: 0, readRound: 0 };
      return { type, ...toServer, ...answer, installed: true, matchIndex: 3 };
    }
    case 'TimeoutNow':
      return { type, ...toServer, from: '2' };
    case 'ReadIndexRequest':
      return { type, ...toServer, readId: 7 };
    case 'ReadIndexResponse':
      return { type, ...toServer, from: '2', readId, ok: granted, readIndex: granted ? 3 : 0 };
  }
}

function stateOf(server: Server): string {
  const { role, term, votedFor, leaderId, lastIndex, commitIndex } = server.raft.status();
  const names = `vote ${votedFor ?? 'nobody'}, leader ${leaderId ?? 'nobody'}`;
  return `${role} t${term}, ${names}, last ${lastIndex}, commit ${commitIndex}`;
}

/** What the server says, does, becomes and sends; `nothing` when none of it. */
export function outcomeOf(
  role: Role | 'non-voter',
  type: MessageType,
  relation: Relation,
): readonly string[] {
  const server = serverIn(role);
  const before = stateOf(server);
  server.raft.step(messageOf(type, TERM + RELATIONS.indexOf(relation) - 1));
  const sent = finish(server);
  const lines = server.trace.map(describeTrace).filter((line) => line !== null);
  for (const { readIndex } of server.reads) lines.push(`reads at ${readIndex}`);
  if (server.failedReads.length > 0) lines.push(`fails ${server.failedReads.length} reads`);
  for (const message of sent) lines.push(`sends ${describeMessage(message)}`);
  const after = stateOf(server);
  if (after !== before) lines.push(`is ${after}`);
  return lines.length === 0 ? ['nothing'] : lines;
}
