/** A server's identity. Never reused and never an address (Raft dissertation §4.1 "server"). */
export type NodeId = string;

/** A Raft term: a safe integer, 0 before the first election (Raft paper §5.1). */
export type Term = number;

/** A log position: a safe integer, 1-based; 0 means "before the first entry" (Raft paper §5.3). */
export type LogIndex = number;

/** The client commands of a run: its bytes hold `count` RESP commands, one index each. */
export const RUN_COMMANDS = 0;
/** The empty entry a leader appends at the start of its term (dissertation §6.4). */
export const RUN_NO_OP = 1;
/** A membership: its bytes hold one encoded `Membership` (dissertation §4.1). */
export const RUN_MEMBERSHIP = 2;
/** A tick of the machine's clock, for machines that ask for ticks. */
export const RUN_TICK = 3;
/** A piece of a state that is to replace the machine's; what it says is the node's business. */
export const RUN_RESTORE = 4;
/** The bits of `Run.flags` that hold the kind; the other bits are reserved for client sessions. */
export const RUN_KIND_MASK = 0b1111;

/**
 * A run: consecutive log entries of one term that were proposed together.
 *
 * It is the unit of replication and of storage; the same bytes travel in AppendEntries and are
 * written as one log record. The bytes are opaque to the core.
 *
 * Invariants: `count >= 1`; `firstIndex >= originalFirstIndex >= 1`; a run that is not
 * RUN_COMMANDS has `count === 1`.
 */
export interface Run {
  /** Index of the first entry in this run. */
  readonly firstIndex: LogIndex;
  /**
   * `firstIndex` of the run as it was proposed. A part of a split run keeps it, so that an entry's
   * time (`timeNs` + its offset) and random stream (`seed`, its offset) survive splitting.
   */
  readonly originalFirstIndex: LogIndex;
  /** Number of entries. */
  readonly count: number;
  readonly term: Term;
  /** Wall clock of the proposing leader, nanoseconds since 1970 for the entry at offset 0. */
  readonly timeNs: bigint;
  /** Seed of the entries' random streams, 0 … 2^64-1. */
  readonly seed: bigint;
  /** RUN_COMMANDS, RUN_NO_OP, RUN_MEMBERSHIP, RUN_TICK or RUN_RESTORE in the low bits. */
  readonly flags: number;
  readonly bytes: Uint8Array;
}

/** One server of the cluster (dissertation §4.1, §4.2.1). */
export interface Member {
  readonly id: NodeId;
  /** Where its peers reach it, `host:port`. */
  readonly peerAddress: string;
  /** Where clients reach it, `host:port`; it is what MOVED names. */
  readonly clientAddress: string;
  /** False for a non-voter: it receives entries and counts for nothing. */
  readonly voter: boolean;
  /** A non-voter that the leader promotes by itself once it has caught up. Always false on voters. */
  readonly promote: boolean;
}

/** The servers of the cluster, sorted by id, ids and addresses unique. */
export interface Membership {
  readonly members: readonly Member[];
}

/** What a server must not forget (Raft paper figure 2), with the commit index as a hint. */
export interface HardState {
  readonly term: Term;
  /** Whom this server voted for in `term`, or null. */
  readonly votedFor: NodeId | null;
  /**
   * An index known to be committed, and durable before this hard state was handed out. Safe to be
   * old: it only bounds how much of the log may still be overwritten, and lets a restart apply at
   * once. Never synced for its own sake.
   */
  readonly commitIndex: LogIndex;
}

/** What a snapshot stands for (Raft paper §7). */
export interface SnapshotMeta {
  /** Names the file on the node that holds it; ids of one snapshot differ between nodes. */
  readonly id: string;
  readonly lastIncludedIndex: LogIndex;
  readonly lastIncludedTerm: Term;
  /** The membership at `lastIncludedIndex`, and the index of the entry it came from (0 = bootstrap). */
  readonly membership: Membership;
  readonly membershipIndex: LogIndex;
  readonly sizeBytes: number;
}

/** Entries `firstIndex …` up to the next span's first index all have this term. */
export interface TermSpan {
  readonly firstIndex: LogIndex;
  readonly term: Term;
}

/** A membership entry that is in the log. */
export interface LoggedMembership {
  readonly index: LogIndex;
  readonly membership: Membership;
}

/** What the log store found at open; the core starts from it. */
export interface RecoveredState {
  readonly hardState: HardState;
  /** The newest snapshot that is whole, or null. */
  readonly snapshot: SnapshotMeta | null;
  /** First and last entry in the log; `lastIndex = firstIndex - 1` when it is empty. */
  readonly firstIndex: LogIndex;
  readonly lastIndex: LogIndex;
  /** Terms of all entries in the log, by first index. */
  readonly terms: readonly TermSpan[];
  /** Every membership entry in the log, by index. */
  readonly memberships: readonly LoggedMembership[];
  /**
   * The runs that may still be overwritten: those that end above `hardState.commitIndex`, whole as
   * they are stored, contiguous up to `lastIndex`.
   */
  readonly tail: readonly Run[];
}

/** True when a run holds a membership. */
export function isMembershipRun(run: Run): boolean {
  return (run.flags & RUN_KIND_MASK) === RUN_MEMBERSHIP;
}

/** Index of the last entry in a run. */
export function lastIndexOf(run: Run): LogIndex {
  return run.firstIndex + run.count - 1;
}
