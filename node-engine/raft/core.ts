import type { RaftConfig } from './config.ts';
import type { Refusal } from './errors.ts';
import type { Message } from './message.ts';
import type { Ready, Role } from './ready.ts';
import type { TraceSink } from './trace.ts';
import type {
  HardState,
  LogIndex,
  Member,
  Membership,
  NodeId,
  RecoveredState,
  Run,
  SnapshotMeta,
  Term,
} from './types.ts';

/** Everything a core is made of. It draws no randomness and reads no clock of its own. */
export interface RaftOptions {
  readonly id: NodeId;
  readonly config: RaftConfig;
  readonly recovered: RecoveredState;
  /** Monotonic milliseconds at creation; every later `tick` must not be below it. */
  readonly nowMs: number;
  /**
   * Evenly distributed in [0, 1); for election timeouts and the first read number. It must not repeat
   * itself after a restart: a late answer to a read of the life before could be taken for a new one.
   */
  readonly random: () => number;
  /**
   * Byte offset in `bytes` of the command number `count` (0-based), for splitting a run. The bytes
   * are opaque to the core; this is the only thing it needs to know about them.
   */
  readonly offsetOfCommand: (bytes: Uint8Array, count: number) => number;
  readonly trace: TraceSink | null;
  /**
   * False while the log may lack entries that this server once acknowledged: it then neither gives a
   * vote nor asks for one, because its log says less than it promised. Once true it stays true.
   * Always true unless given. What it acknowledges to a leader counts in any case: that it has.
   */
  readonly mayVote?: () => boolean;
}

/** What a proposer supplies; the core adds index and term. */
export interface Proposal {
  readonly count: number;
  readonly timeNs: bigint;
  readonly seed: bigint;
  /** RUN_COMMANDS, RUN_TICK or RUN_RESTORE. */
  readonly flags: number;
  readonly bytes: Uint8Array;
}

/** The proposal is in the leader's log at these indices in this term. It is not committed yet. */
export interface Proposed {
  readonly ok: true;
  readonly firstIndex: LogIndex;
  readonly term: Term;
}

/** One change of one server (dissertation §4.1: only one at a time). */
export type MembershipChange =
  | { readonly type: 'add'; readonly member: Member }
  | { readonly type: 'remove'; readonly id: NodeId }
  | { readonly type: 'promote'; readonly id: NodeId }
  | { readonly type: 'demote'; readonly id: NodeId };

/** A read was registered; a later Ready releases or fails it by this number. */
export interface ReadAccepted {
  readonly ok: true;
  readonly readId: number;
}

/** How the leader sees one other server. */
export interface FollowerStatus {
  readonly id: NodeId;
  readonly state: 'probe' | 'replicate' | 'snapshot';
  readonly matchIndex: LogIndex;
  readonly nextIndex: LogIndex;
  readonly appendsInFlight: number;
  /** Monotonic ms of the last message from it, or null. */
  readonly lastContactMs: number | null;
  /** Monotonic ms between sending the last acknowledged append and its answer, or null. */
  readonly roundTripMs: number | null;
  /** Bytes of the snapshot sent so far and in all, or null when none is being sent. */
  readonly snapshotOffset: number | null;
  readonly snapshotSizeBytes: number | null;
}

/** The core's whole visible state, made on request. */
export interface RaftStatus {
  readonly id: NodeId;
  readonly role: Role;
  readonly term: Term;
  readonly votedFor: NodeId | null;
  readonly leaderId: NodeId | null;
  readonly membership: Membership;
  readonly membershipIndex: LogIndex;
  /** False while the newest membership entry is not committed. */
  readonly membershipCommitted: boolean;
  readonly firstIndex: LogIndex;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
  /** Durable here. */
  readonly stableIndex: LogIndex;
  readonly commitIndex: LogIndex;
  readonly snapshotIndex: LogIndex;
  readonly snapshotTerm: Term;
  readonly transferTarget: NodeId | null;
  /** Monotonic ms of the last message from the leader, or null; null on the leader itself. */
  readonly leaderContactMs: number | null;
  /** Only on a leader. */
  readonly followers: readonly FollowerStatus[];
}

/**
 * The Raft core: a pure state machine. No input returns a promise or calls out; everything it wants
 * done comes out of `ready()`. `class Raft` in raft.ts implements it.
 *
 * Order of use: any inputs, then `while (hasReady()) handle(ready())`. Inputs may arrive between a
 * `ready()` and its `persisted()`; several Readys may be outstanding.
 */
export interface RaftCore {
  /** Moves the clock; may start an election, send heartbeats, or step down (check-quorum). */
  tick(nowMs: number): void;
  /** Monotonic ms at which `tick` has something to do next. */
  nextDeadlineMs(): number;
  /** A message from a peer whose identity the transport has checked. Bad content is ignored. */
  step(message: Message): void;
  /**
   * The connection to a peer was closed, by the peer or by its operating system. If that was the
   * leader, this server asks for pre-votes soon instead of at its election timeout.
   */
  linkClosed(peer: NodeId): void;
  /** Appends client commands to the leader's log. */
  propose(proposal: Proposal): Proposed | Refusal;
  /** Appends a membership that differs by one server. It is in force at once (§4.1). */
  proposeMembership(change: MembershipChange): Proposed | Refusal;
  /** Starts a fresh cluster of one: this server alone, as voter. Only on an empty log. */
  bootstrap(member: Member): Proposed | Refusal;
  /** Registers a linearizable read; on a follower it asks the leader (§6.4). */
  readIndex(): ReadAccepted | Refusal;
  /** Hands leadership to `to`, or to the voter that is furthest ahead (§3.10). */
  transferLeadership(to: NodeId | null): { readonly ok: true; readonly to: NodeId } | Refusal;
  /** Starts a pre-vote now, as if the election timeout had run out. */
  campaign(): { readonly ok: true } | Refusal;
  /**
   * Starts an election now and without a pre-vote, as TimeoutNow does (§3.10): voters answer even
   * though they hear a leader. Whoever orders this wants another leader; that it cannot make two in
   * one term is the votes' doing, not the pre-votes'.
   */
  campaignNow(): { readonly ok: true } | Refusal;

  /** Cheap looks at the present, for every turn of the driver. */
  role(): Role;
  term(): Term;
  leaderId(): NodeId | null;
  commitIndex(): LogIndex;
  transferTarget(): NodeId | null;
  /** True on a leader that has committed an entry of its own term. */
  leadsWithCommit(): boolean;

  /** Whether there is anything to do. Also decides what is sent now, so call it before `ready`. */
  hasReady(): boolean;
  /** Hands over what is to be done and forgets it. Only when `hasReady()`. */
  ready(): Ready;
  /** The write of Ready `sequence` is durable. In order; every mustPersist Ready exactly once. */
  persisted(sequence: number): void;

  /** Runs asked for by a FetchRequest, contiguous from its fromIndex; null when reading failed. */
  fetched(to: NodeId, fromIndex: LogIndex, runs: readonly Run[] | null): void;
  /** Bytes asked for by a SnapshotRead; null when reading failed or the snapshot is gone. */
  snapshotBytesRead(
    to: NodeId,
    snapshotIndex: LogIndex,
    offset: number,
    bytes: { readonly data: Uint8Array; readonly done: boolean } | null,
  ): void;
  /**
   * A chunk of a SnapshotWrite is stored (and, when it was the last, the file is whole, its checksum
   * right, and durable under its final name); `ok` false starts the transfer over.
   */
  snapshotChunkStored(write: {
    readonly lastIncludedIndex: LogIndex;
    readonly nextOffset: number;
    readonly done: boolean;
    readonly ok: boolean;
    /** With `done` and `ok`: the snapshot as it is named on this node. */
    readonly snapshot: SnapshotMeta | null;
  }): void;
  /** A snapshot made here is durable. The log is not trimmed by it. */
  snapshotTaken(snapshot: SnapshotMeta): void;
  /** Asks to drop entries up to `index`; never beyond the snapshot. The next Ready trims. */
  compact(index: LogIndex): void;
  /** Everything the machine has applied; bounds the cache and snapshots. */
  applied(index: LogIndex): void;

  /** Runs in memory covering [fromIndex, toIndex], split to fit, or null when not all are cached. */
  cachedRuns(fromIndex: LogIndex, toIndex: LogIndex): readonly Run[] | null;
  /** Term of an entry in the log or of the snapshot's last entry; null when not known any more. */
  termAt(index: LogIndex): Term | null;
  /** The membership in force. */
  membership(): Membership;
  /**
   * Ids of the servers this one exchanges messages with: the other members, and on a leader for a
   * short while those it has removed, so that they learn of it.
   */
  peers(): readonly NodeId[];
  /** The membership at `index`, for a snapshot there. */
  membershipAt(index: LogIndex): { readonly membership: Membership; readonly index: LogIndex };
  hardState(): HardState;
  status(): RaftStatus;
}
