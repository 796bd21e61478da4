import type { LogIndex, NodeId, Run, SnapshotMeta, Term } from './types.ts';

interface Envelope {
  readonly from: NodeId;
  readonly to: NodeId;
  /** The sender's current term; in a PreVoteRequest the term it would campaign in. */
  readonly term: Term;
}

/** Asks whether an election could be won, without raising any term (dissertation §9.6). */
export interface PreVoteRequest extends Envelope {
  readonly type: 'PreVoteRequest';
  readonly lastLogIndex: LogIndex;
  readonly lastLogTerm: Term;
}

/** `term` is the voter's own term when refused, so that a candidate behind learns it. */
export interface PreVoteResponse extends Envelope {
  readonly type: 'PreVoteResponse';
  /** The term of the request answered: a late answer to an older pre-vote must not count. */
  readonly requestTerm: Term;
  readonly granted: boolean;
}

/** RequestVote (Raft paper §5.2). */
export interface RequestVoteRequest extends Envelope {
  readonly type: 'RequestVoteRequest';
  readonly lastLogIndex: LogIndex;
  readonly lastLogTerm: Term;
  /** Set after TimeoutNow: voters answer even though they hear a leader (dissertation §3.10). */
  readonly leadershipTransfer: boolean;
}

/** Answer to RequestVote. Leaves only after term and vote are durable (dissertation §3.8). */
export interface RequestVoteResponse extends Envelope {
  readonly type: 'RequestVoteResponse';
  readonly granted: boolean;
}

/** AppendEntries; without runs it is the heartbeat (Raft paper §5.3). */
export interface AppendEntriesRequest extends Envelope {
  readonly type: 'AppendEntriesRequest';
  readonly prevLogIndex: LogIndex;
  readonly prevLogTerm: Term;
  /** Contiguous from `prevLogIndex + 1`. */
  readonly runs: readonly Run[];
  readonly leaderCommit: LogIndex;
  /**
   * The leader's read round when this was sent. It only grows within a term and is never reused, so
   * an answer that repeats it proves leadership after every read of that round (§6.4).
   */
  readonly readRound: number;
}

/** Answer to AppendEntries. A success leaves only after the entries are durable. */
export interface AppendEntriesResponse extends Envelope {
  readonly type: 'AppendEntriesResponse';
  readonly success: boolean;
  /**
   * On success: the last index proven equal to the leader's log by the request, never the follower's
   * own last index. On refusal: the `prevLogIndex` of the request, to tell late answers; 0 when the
   * request was of an older term, and nothing is said of the logs.
   */
  readonly matchIndex: LogIndex;
  /** On refusal: where to probe next, and the term there (dissertation §3.5, fast back-up). */
  readonly hintIndex: LogIndex;
  readonly hintTerm: Term;
  readonly readRound: number;
}

/** One chunk of a snapshot (Raft paper §7, figure 13). */
export interface InstallSnapshotRequest extends Envelope {
  readonly type: 'InstallSnapshotRequest';
  readonly snapshot: SnapshotMeta;
  /** Byte offset of `data` in the snapshot file. */
  readonly offset: number;
  readonly data: Uint8Array;
  readonly done: boolean;
  readonly readRound: number;
}

/** Answer to a chunk: what the follower wants next, or that it has the snapshot. */
export interface InstallSnapshotResponse extends Envelope {
  readonly type: 'InstallSnapshotResponse';
  readonly lastIncludedIndex: LogIndex;
  /** Bytes stored so far; the leader continues here. */
  readonly nextOffset: number;
  /** True once the snapshot is durable and installed, or was not needed. */
  readonly installed: boolean;
  /** Match index when installed. */
  readonly matchIndex: LogIndex;
  readonly readRound: number;
}

/** Tells a caught-up voter to start an election at once (dissertation §3.10). */
export interface TimeoutNow extends Envelope {
  readonly type: 'TimeoutNow';
}

/** A follower asks the leader for a read index (dissertation §6.4). */
export interface ReadIndexRequest extends Envelope {
  readonly type: 'ReadIndexRequest';
  /** Chosen by the follower for its own book-keeping only. */
  readonly readId: number;
}

/** The index the follower must have applied before it answers; refused when not leader. */
export interface ReadIndexResponse extends Envelope {
  readonly type: 'ReadIndexResponse';
  readonly readId: number;
  readonly ok: boolean;
  readonly readIndex: LogIndex;
}

/** Every remote procedure call between servers. */
export type Message =
  | PreVoteRequest
  | PreVoteResponse
  | RequestVoteRequest
  | RequestVoteResponse
  | AppendEntriesRequest
  | AppendEntriesResponse
  | InstallSnapshotRequest
  | InstallSnapshotResponse
  | TimeoutNow
  | ReadIndexRequest
  | ReadIndexResponse;

/** The name of a message's kind. */
export type MessageType = Message['type'];
