import type { LogStore, StorageError } from '../log/log-store.ts';
import type { Machine } from '../machine/machine.ts';
import type { RaftCore } from '../raft/core.ts';
import type { RefusalReason } from '../raft/errors.ts';
import type { LogIndex, NodeId, Term } from '../raft/types.ts';
import type { Reply } from '../resp/value.ts';
import type { SnapshotStore } from '../snapshot/snapshot-store.ts';
import type { Transport } from '../transport/transport.ts';

/** Time and scheduling, so that the simulator can own both. */
export interface DriverClock {
  /** Monotonic milliseconds, with fraction. */
  monotonicMs(): number;
  /** Wall clock, nanoseconds since 1970. May jump; the driver never lets log time go back. */
  wallNs(): bigint;
  /** Runs `task` once, after the input that is being read now has been taken in. */
  defer(task: () => void): void;
  /** Runs `task` once at about `atMs` on the monotonic clock; replaces the timer set before. */
  setTimer(atMs: number, task: () => void): void;
  clearTimer(): void;
}

/** How much a snapshot leaves in the log, and when one is made by itself. */
export interface SnapshotPolicy {
  /** Applied entries since the last snapshot that make a new one; 0 = never by itself. */
  readonly snapshotEntries: number;
  /** Log bytes since the last snapshot that make a new one; 0 = never by itself. */
  readonly snapshotLogBytes: number;
  /** Entries kept below the snapshot for followers that are a little behind. */
  readonly trailingEntries: number;
  /**
   * Instead of making a snapshot by itself, only lets the log go, and makes one when a follower needs
   * it. For a node whose state lasts no longer and no shorter than its log.
   */
  readonly isOnDemand?: boolean;
}

/** Everything a driver is made of. */
export interface DriverPorts {
  readonly core: RaftCore;
  readonly store: LogStore;
  readonly snapshots: SnapshotStore;
  readonly transport: Pick<Transport, 'send' | 'flush' | 'setPeers'>;
  readonly machine: Machine;
  readonly clock: DriverClock;
  /** A fresh 64-bit seed for the random streams of a run. */
  readonly seed: () => bigint;
  readonly policy: SnapshotPolicy;
  readonly observer: DriverObserver;
  /** Writes gathered that are proposed before everything that arrives has been read; 256 if not given. */
  readonly sliceCommands?: number;
}

/** What the driver reports; every member must return at once and must not call back. */
export interface DriverObserver {
  /** The log or the snapshots failed; the driver has stopped taking part in the cluster. */
  storageFailed(error: StorageError): void;
  /** Role, term, leader, membership, commit or snapshot may have changed in the turn that ended. */
  turnEnded(): void;
  /** An entry of the node's own trace, beside the core's. */
  trace(event: { readonly type: string; readonly [field: string]: unknown }): void;
}

/** Why nobody here learns any more what became of a proposed write. */
export type UnknownCause = 'leadership-lost' | StopFailure['kind'];

/** Why a write was not done, or that nobody knows. */
export type WriteFailure =
  /** Never proposed: nothing happened. `leaderId` is whom to ask, or null. */
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly leaderId: NodeId | null }
  /** Proposed and then overwritten by another leader's entry: it never happened. */
  | { readonly kind: 'superseded'; readonly leaderId: NodeId | null }
  /** Proposed; it may or may not be applied. */
  | {
      readonly kind: 'unknown';
      readonly index: LogIndex;
      readonly term: Term;
      readonly cause: UnknownCause;
    }
  /** The node's storage failed before it was proposed: nothing happened. */
  | { readonly kind: 'storage-failed'; readonly message: string }
  /** The node is still reading its log, or is closing: nothing happened. */
  | { readonly kind: 'unavailable'; readonly message: string };

/** What a driver that has stopped answers to every write. */
export type StopFailure = Extract<
  WriteFailure,
  { readonly kind: 'storage-failed' | 'unavailable' }
>;

/**
 * Waits for writes that came together. For each of them exactly one of the two is called, once, in
 * their order.
 */
export interface WriteWaiter {
  /** Committed and applied here. `reply` may hold views that are valid only during the call. */
  applied(reply: Reply, index: LogIndex): void;
  failed(failure: WriteFailure): void;
  /**
   * The writes were taken in, and this is their copy: it stays as it is for as long as the waiter
   * keeps it. Called at most once, before the other two.
   */
  taken?(raw: Uint8Array): void;
}

/**
 * One client connection as the driver sees it, so that its reads never run before its own writes.
 * The driver alone changes it. A write behind an unanswered read of the same connection must be held
 * back by the caller: the driver would let the read see it.
 */
export interface Session {
  /** Writes taken in and not yet proposed. */
  unproposed: number;
  /** Index and term of the newest proposed write; 0 = none. */
  lastWriteIndex: LogIndex;
  lastWriteTerm: Term;
}

/** Read consistency: `high` is linearizable (ReadIndex), `medium` leader-local, `low` any node. */
export type Consistency = 'low' | 'medium' | 'high';

/** A read that accepts an old state, but not any. */
export interface MaxAge {
  /**
   * The read sees every write that was answered this many milliseconds before it reached the node;
   * with 0 it is linearizable.
   */
  readonly maxAgeMs: number;
}

/**
 * What a read asks for. A consistency is answered by the nodes it names; the others by whichever
 * node the read has reached: `follower` is linearizable, because a node that does not lead asks its
 * leader for a read index (dissertation §6.4).
 */
export type ReadLevel = Consistency | 'follower' | MaxAge;

/** Why a read was not answered. Nothing was read, and it can be sent again. */
export type ReadFailure =
  | WriteFailure
  /** The leader that should have confirmed the read was lost before it did. */
  | { readonly kind: 'not-confirmed' }
  /** The state here is older than the read accepts; `ageMs` null: nobody knows how old. */
  | { readonly kind: 'too-old'; readonly ageMs: number | null; readonly maxAgeMs: number };

/** Waits for the moment when reads that came together may run; one of the two is called, once. */
export interface ReadWaiter {
  /** The machine may be asked now, during this call. */
  ready(): void;
  failed(failure: ReadFailure): void;
}
