import type { MessageType } from '../raft/message.ts';
import type { Role } from '../raft/ready.ts';

/*
 * Things that must happen sometimes. A simulator that never brings a server into a corner says nothing
 * about the code in that corner; these counters say which corners a run has seen.
 */

/** Corners that a run of some length must reach. */
export const MARKS = [
  'leader elected while two servers campaign',
  'leader elected while two servers pre-campaign',
  'election lost',
  'pre-vote refused with a higher term',
  'candidate steps back for the leader of its term',
  'leader deposed by a higher term',
  'leader steps down without a quorum',
  'vote repeated to the same candidate',
  'second vote of a term refused',
  'vote refused to a log that is behind',
  'leader elected with a log longer than the committed one',
  'leader of an even cluster commits',
  'single voter elects itself',
  'follower truncates an entry',
  'follower truncates three entries or more',
  'follower rewrites the left part of a run it cuts',
  'append refused for a missing entry',
  'append refused for another term',
  'append of an old term ignored',
  'duplicate append acknowledged again',
  'append that begins below the commit index',
  'entry of an earlier term committed by one of this term',
  'commit index waits for the own disk',
  'several Readys between two writes',
  'run split for sending',
  'entries fetched from the log store',
  'snapshot taken',
  'snapshot taken with a membership change pending',
  'snapshot sent in several chunks',
  'snapshot installed',
  'snapshot installed over a longer log',
  'snapshot transfer started over',
  'stale snapshot ignored',
  'log trimmed',
  'restart from a snapshot',
  'restart with an empty log behind a snapshot',
  'membership change committed',
  'leader elected after a membership change',
  'membership rolled back by truncation',
  'membership change refused while one is pending',
  'membership change refused before a commit of the term',
  'non-voter promoted',
  'removed server asks for votes',
  'server added and caught up',
  'transfer completed',
  'transfer abandoned',
  'proposal refused during a transfer',
  'read released by the leader',
  'read released on a follower',
  'read failed with the loss of leadership',
  'client read answered by a follower',
  'client read on a follower waited until it was applied',
  'client read lost with the leader of its follower',
  'read with a greatest age answered at once by a follower',
  'read with a greatest age refused',
  'read waited for the first commit of the term',
  'crash with a write in flight',
  'crash that loses unsynced writes',
  'crash that keeps a write in flight',
  'kill that keeps unsynced writes',
  'crash with a torn meta page',
  'crash with a snapshot half written',
  'crash between snapshot and trim',
  'crash while a snapshot is received',
  'write failed',
  'disk full',
  'damaged storage refused at the start',
  'server starts with a damaged log',
  'damaged log repaired',
  'client history with unanswered writes checked',
  'write answered as unknown',
  'write answered as superseded',
  'write refused',
  'write proposed before its turn',
  'server paused longer than an election timeout',
  'clock stood still',
  'links lost and regained in another order',
  'all servers down at once',
  'connection to the leader closed',
  'message delivered to a server restarted since',
  'message of a term long gone delivered',
] as const;

/** One of them. */
export type Mark = (typeof MARKS)[number];

/** How often each mark was reached. */
export type MarkCounts = Record<Mark, number>;

/** A counter of zero for each. */
export function zeroMarks(): MarkCounts {
  // Every mark of the constant above is there, and no other.
  return Object.fromEntries(MARKS.map((mark) => [mark, 0])) as MarkCounts;
}

const ROLES: readonly (Role | 'non-voter')[] = [
  'follower',
  'pre-candidate',
  'candidate',
  'leader',
  'non-voter',
];

/** Every kind of message, in the order of the coverage table. */
export const MESSAGE_TYPES: readonly MessageType[] = [
  'PreVoteRequest',
  'PreVoteResponse',
  'RequestVoteRequest',
  'RequestVoteResponse',
  'AppendEntriesRequest',
  'AppendEntriesResponse',
  'InstallSnapshotRequest',
  'InstallSnapshotResponse',
  'TimeoutNow',
  'ReadIndexRequest',
  'ReadIndexResponse',
];

const RELATIONS = ['older', 'same', 'newer'] as const;

/** Which message met which role, and how their terms compared. */
export class Coverage {
  readonly cells = new Int32Array(ROLES.length * MESSAGE_TYPES.length * RELATIONS.length);

  hit(role: Role | 'non-voter', type: MessageType, termDifference: number): void {
    const relation = Math.sign(termDifference) + 1;
    const row = ROLES.indexOf(role) * MESSAGE_TYPES.length + MESSAGE_TYPES.indexOf(type);
    const cell = row * RELATIONS.length + relation;
    this.cells[cell] = (this.cells[cell] ?? 0) + 1;
  }

  /** Hits by `role message relation`. */
  table(): Readonly<Record<string, number>> {
    const table: Record<string, number> = {};
    let cell = 0;
    for (const role of ROLES) {
      for (const type of MESSAGE_TYPES) {
        for (const relation of RELATIONS) {
          table[`${role} ${type} ${relation}`] = this.cells[cell] ?? 0;
          cell += 1;
        }
      }
    }
    return table;
  }
}
