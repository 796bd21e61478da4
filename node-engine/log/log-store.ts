import type {
  HardState,
  LogIndex,
  NodeId,
  RecoveredState,
  Run,
  SnapshotMeta,
  Term,
} from '../raft/types.ts';

/** When a write of the log store is reported as done. Term and vote are always synced. */
export type Durability =
  /** Never synced: lost with the machine, kept over a kill. */
  | 'low'
  /** Synced within a second of the report. */
  | 'medium'
  /** Synced before the report. */
  | 'high';

/** Whose data this is; a directory of another cluster or node is refused. */
export interface StoreIdentity {
  /** 32 hex digits, chosen when the cluster is created; empty until a joining node learns it. */
  readonly clusterId: string;
  readonly nodeId: NodeId;
}

/** One write: the persistent part of one Ready, made atomically and in this order. */
export interface LogWrite {
  readonly hardState: HardState | null;
  /** Forget the whole log; it starts after this snapshot, which is durable already. */
  readonly install: SnapshotMeta | null;
  /** Remove every record that starts at or above this index; always the start of a stored run. */
  readonly truncateFrom: LogIndex | null;
  /** Contiguous runs, each stored as one record under its first index. */
  readonly append: readonly Run[];
  /** Remove records that end at or below this index; a durable snapshot covers them. */
  readonly trimThrough: LogIndex | null;
}

/** What can go wrong in storage. After IO the handle is dead: nothing may be written again. */
export type StorageErrorCode =
  /** The directory belongs to another cluster, node or store. */
  | 'FOREIGN'
  /** Another process holds the directory. */
  | 'LOCKED'
  /** The data is not what was once durable: shorter, altered, or out of order. */
  | 'DAMAGED'
  /** A newer format than this version reads. */
  | 'NEWER_FORMAT'
  /** Reading, writing or syncing failed; whether the write happened is not known. */
  | 'IO'
  /** The store was closed, or an earlier write failed. */
  | 'CLOSED';

/** A failure of the outside world below the log or the snapshots. */
export class StorageError extends Error {
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StorageError';
    this.code = code;
  }
}

/** Called exactly once. */
export type Done = (error: StorageError | null) => void;

/** What keeps the records of a log. */
export type Backend = 'leveldb' | 'fastlog' | 'lmdb' | 'memory';

/** A store whose log outlives its process. */
export type DiskBackendName = Exclude<Backend, 'memory'>;

/**
 * The log of one node on one medium. Used from one thread; `write` is called with at most one write
 * outstanding, reads may overlap a write and see the log as it was before or after it.
 *
 * Opening is a static matter of each implementation and yields the store with its RecoveredState.
 */
export interface LogStore {
  readonly backend: Backend;
  /** Makes one write; `done` is called when it is as durable as the store promises. */
  write(write: LogWrite, done: Done): void;
  /**
   * Reads runs that cover [fromIndex, toIndex], the first and last cut to fit, stopping after
   * `bytesMax` but never before one run. An error, or fewer entries than one run, is never a gap.
   */
  read(
    range: { readonly fromIndex: LogIndex; readonly toIndex: LogIndex; readonly bytesMax: number },
    done: (error: StorageError | null, runs: readonly Run[]) => void,
  ): void;
  /** Gives space of removed records back to the file system. */
  reclaim(done: Done): void;
  /**
   * True while entries that this node once acknowledged may be missing (`OpenedLog.repair`): it must
   * neither vote nor stand for election. Ends by itself once they are durable here again.
   */
  isRepairing(): boolean;
  /** Records the cluster id a joining node has learnt; durable when done. */
  adoptCluster(clusterId: string, done: Done): void;
  /** Bytes the log takes on its medium, as last measured. */
  sizeBytes(): number;
  /**
   * Calls `listener` once, when writing or syncing has failed and the handle is dead: also when no
   * caller waits for it, as for the sync that durability `medium` puts off.
   */
  onFailure(listener: (error: StorageError) => void): void;
  close(done: Done): void;
}

/**
 * What to do with a log that has lost entries it promised to keep.
 *
 * - `refuse`: do not open it.
 * - `from-leader`: go on with what is left; the leader sends the rest. Until then `isRepairing()`.
 * - `accept-loss`: go on with what is left as if the rest had never been: for a cluster of one, by
 *   the word of its operator only. Committed entries may be gone.
 */
export type RepairMode = 'refuse' | 'from-leader' | 'accept-loss';

/** What a repair found, and what it asks for. */
export interface LogRepair {
  /** Every entry that is lost, in words. */
  readonly description: string;
  /** The log must reach this entry, or one of a later term, before the node may vote. */
  readonly untilIndex: LogIndex;
  readonly untilTerm: Term;
}

/** An opened store and what it found. */
export interface OpenedLog {
  readonly store: LogStore;
  readonly identity: StoreIdentity;
  readonly recovered: RecoveredState;
  /** Not null while a damaged log is being repaired, by this opening or an earlier one. */
  readonly repair: LogRepair | null;
  /** What was damaged and is whole again without anybody's help, in sentences. */
  readonly mended: readonly string[];
  /** How often this data was opened, this time included. */
  readonly incarnation: number;
}
