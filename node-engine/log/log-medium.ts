import type { LogIndex } from '../raft/types.ts';
import type { Done, StorageError, StoreIdentity } from './log-store.ts';

/** One change of the keyed records. */
export type RecordOperation =
  | { readonly type: 'put'; readonly firstIndex: LogIndex; readonly value: Uint8Array }
  /** Removing what is not there is no error. */
  | { readonly type: 'delete'; readonly firstIndex: LogIndex };

/** Which of the two meta files: `meta.a` or `meta.b`. */
export type MetaSlot = 'a' | 'b';

/** A record as it was found. */
export interface StoredRecord {
  readonly firstIndex: LogIndex;
  readonly value: Uint8Array;
}

/**
 * What a log store stands on: keyed records in key order, and two meta pages. It knows nothing of
 * Raft; the store step (store-step.ts) decides what is written when, and is the same on LevelDB, in
 * memory, and on the simulator's disk, which may tear, lose, delay or fail every call here.
 *
 * Every callback is called exactly once, and never before the call that took it has returned. After
 * the first failed write of any kind no further write is made.
 */
export interface LogMedium {
  /**
   * Applies the operations in order, all or none; `isSynced` asks for them, and everything written
   * before them, to be durable before `done`. At most one batch is outstanding. The values are valid
   * until `done`; whoever keeps one longer copies it.
   */
  writeBatch(operations: readonly RecordOperation[], isSynced: boolean, done: Done): void;
  /**
   * Overwrites one meta page. May overlap a batch, but not another meta write. A crash may tear the
   * page, unless it is the first of its slot: that one appears whole or not at all.
   */
  writeMeta(slot: MetaSlot, page: Uint8Array, isSynced: boolean, done: Done): void;
  /** Makes everything written so far durable. Counts as a batch. */
  sync(done: Done): void;
  /** The page of one file; null when there is none. */
  readMeta(
    slot: MetaSlot,
    done: (error: StorageError | null, page: Uint8Array | null) => void,
  ): void;
  /**
   * Hands out the records whose first index lies in [fromIndex, toIndex], ascending. Stops early
   * when `onRecord` returns false. Sees every batch that was done before the call.
   */
  scan(
    range: { readonly fromIndex: LogIndex; readonly toIndex: LogIndex },
    onRecord: (record: StoredRecord) => boolean,
    done: Done,
  ): void;
  /** Durably names the owner of the data, for people and tools; the meta pages decide. */
  writeIdentity(identity: StoreIdentity, done: Done): void;
  /** Gives the space of deleted records below `index` back. May overlap everything else. */
  reclaim(index: LogIndex, done: Done): void;
  sizeBytes(): number;
  close(done: Done): void;
}
