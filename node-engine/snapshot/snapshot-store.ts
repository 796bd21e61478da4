import type { LogIndex, SnapshotMeta } from '../raft/types.ts';
import type { StorageError } from '../log/log-store.ts';

/** What the maker of a snapshot knows before its bytes exist. */
export type SnapshotDraft = Omit<SnapshotMeta, 'id' | 'sizeBytes'>;

/**
 * A snapshot being written, by the machine or from the leader's chunks: to a temporary file aside;
 * nothing can be seen under its final name before it is whole and durable.
 */
export interface SnapshotSink {
  /** Appends machine bytes; `done` when they may be reused and more may be given. */
  write(bytes: Uint8Array, done: (error: StorageError | null) => void): void;
  /** Seals, syncs, renames, syncs the folder; then older snapshots beyond the kept ones go. */
  commit(done: (error: StorageError | null, snapshot: SnapshotMeta | null) => void): void;
  /** Removes the temporary file. */
  abort(): void;
}

/** A transfer from the leader: raw file bytes (header, blocks and trailer) at growing offsets. */
export interface SnapshotReceiver {
  readonly lastIncludedIndex: LogIndex;
  readonly receivedBytes: number;
  write(offset: number, bytes: Uint8Array, done: (error: StorageError | null) => void): void;
  /** Verifies length and checksums against `expected`, then as `SnapshotSink.commit`. */
  commit(done: (error: StorageError | null, snapshot: SnapshotMeta | null) => void): void;
  abort(): void;
}

/** A whole snapshot on this node's disk. */
export interface StoredSnapshot extends SnapshotMeta {
  /** Unix milliseconds when it became whole here. */
  readonly madeAtMs: number;
}

/** The snapshots of one node, newest first, a few kept. */
export interface SnapshotStore {
  list(): readonly StoredSnapshot[];
  create(draft: SnapshotDraft): SnapshotSink;
  receive(expected: SnapshotMeta): SnapshotReceiver;
  /** Reads raw file bytes for a follower. */
  readFile(
    range: { readonly id: string; readonly offset: number; readonly bytesMax: number },
    done: (
      error: StorageError | null,
      bytes: { readonly data: Uint8Array; readonly done: boolean } | null,
    ) => void,
  ): void;
  /** Streams the machine's bytes, each block verified before it is handed out. */
  readMachine(
    id: string,
    onBytes: (bytes: Uint8Array) => void,
    done: (error: StorageError | null) => void,
  ): void;
  /** Reads the whole file and checks every checksum. */
  verify(id: string, done: (error: StorageError | null) => void): void;
  /** Absolute path of a snapshot in the list; null for any other id. */
  path(id: string): string | null;
}
