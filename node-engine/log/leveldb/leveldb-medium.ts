import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { Level } from 'level';

import type { LogIndex } from '../../raft/types.ts';
import type { LogMedium, MetaSlot, RecordOperation, StoredRecord } from '../log-medium.ts';
import { StorageError, type Done, type StoreIdentity } from '../log-store.ts';
import { ioError, isMissing, type NodePaths } from '../node-directory.ts';
import { NodeFiles } from '../node-files.ts';
import type { OpeningMarker } from './opening-marker.ts';

/** `level` types only what browsers have too; this is LevelDB's own. */
interface Compactable {
  compactRange(start: Uint8Array, end: Uint8Array): Promise<void>;
}

/** The database of a log: binary keys and values. */
export type LogDatabase = Level<Uint8Array, Uint8Array> & Compactable;

/** 'r', then the record's first index, big-endian: key order is index order. */
const RECORD_PREFIX = 0x72;
/** A key that never exists; deleting it carries a sync. */
const SYNC_KEY = Buffer.from('s', 'latin1');
const KEY_BYTES = 9;

/** Each memtable is one log file: fewer, larger ones halve the work of compaction. */
const WRITE_BUFFER_BYTES = 16 * 1024 * 1024;
/** Records read ahead in one trip through the thread pool. */
const SCAN_RECORDS = 256;
const SCAN_BYTES = 1024 * 1024;
/**
 * A sync covers LevelDB's current log file only. Once this much was written unsynced, an earlier one
 * may be unsynced too; then the memtables are written out instead, which leaves nothing behind.
 */
const UNSYNCED_BYTES_MAX = WRITE_BUFFER_BYTES / 2;
/** A size older than this is measured again, in the background, when somebody asks. */
const SIZE_AGE_MS = 1000;

/** Opens the database, or says who holds it. Damage that LevelDB itself notices is DAMAGED. */
export async function openDatabase(
  path: string,
  options: { readonly isNew: boolean },
): Promise<LogDatabase> {
  const database = new Level<Uint8Array, Uint8Array>(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    // Snappy costs more than it saves on commands, and hides which byte was damaged.
    compression: false,
    writeBufferSize: WRITE_BUFFER_BYTES,
    createIfMissing: options.isNew,
  });
  await database.open();
  if (!isCompactable(database)) throw new Error('this build of level cannot compact');
  return database;
}

function isCompactable(database: object): database is Compactable {
  return 'compactRange' in database;
}

/** The medium of the default store: records in LevelDB, meta pages in two files beside it. */
export class LevelDbMedium implements LogMedium {
  readonly #database: LogDatabase;
  readonly #paths: NodePaths;
  readonly #files: NodeFiles;
  readonly #marker: OpeningMarker | null;
  #unsyncedBytes = 0;
  #sizeBytes = 0;
  #sizeAtMs = 0;
  #isMeasuring = false;

  /** @param marker is told when the log was read, and when it is closed */
  constructor(database: LogDatabase, paths: NodePaths, marker: OpeningMarker | null = null) {
    this.#marker = marker;
    this.#database = database;
    this.#paths = paths;
    this.#files = new NodeFiles(paths);
  }

  writeBatch(operations: readonly RecordOperation[], isSynced: boolean, done: Done): void {
    const [only, ...others] = operations;
    const unsyncedBefore = this.#unsyncedBytes;
    let written: Promise<void>;
    if (only?.type === 'put' && others.length === 0) {
      this.#unsyncedBytes += only.value.length;
      written = this.#database.put(keyOf(only.firstIndex), only.value, { sync: isSynced });
    } else {
      // A chained batch is several times cheaper per operation than an array.
      const batch = this.#database.batch();
      for (const operation of operations) {
        if (operation.type === 'delete') {
          batch.del(keyOf(operation.firstIndex));
        } else {
          this.#unsyncedBytes += operation.value.length;
          batch.put(keyOf(operation.firstIndex), operation.value);
        }
      }
      written = batch.write({ sync: isSynced });
    }
    written.then(
      () => {
        // A synced batch syncs the file it is in; what is before it in the same file, too.
        if (isSynced && unsyncedBefore <= UNSYNCED_BYTES_MAX) this.#unsyncedBytes = 0;
        done(null);
      },
      (error: unknown) => done(this.#failed('cannot write the log', error)),
    );
  }

  writeMeta(slot: MetaSlot, page: Uint8Array, isSynced: boolean, done: Done): void {
    this.#files.writeMeta(slot, page, isSynced, done);
  }

  sync(done: Done): void {
    const isCovered = this.#unsyncedBytes <= UNSYNCED_BYTES_MAX;
    const synced = isCovered
      ? this.#database.del(SYNC_KEY, { sync: true })
      : this.#database.compactRange(SYNC_KEY, SYNC_KEY);
    synced.then(
      () => {
        this.#unsyncedBytes = 0;
        done(null);
      },
      (error: unknown) => done(this.#failed('cannot sync the log', error)),
    );
  }

  readMeta(
    slot: MetaSlot,
    done: (error: StorageError | null, page: Uint8Array | null) => void,
  ): void {
    this.#files.readMeta(slot, done);
  }

  scan(
    range: { readonly fromIndex: LogIndex; readonly toIndex: LogIndex },
    onRecord: (record: StoredRecord) => boolean,
    done: Done,
  ): void {
    scanRecords(this.#database, range, onRecord).then(
      () => {
        // The first reader of all reads everything.
        void this.#marker?.wasRead();
        done(null);
      },
      (error: unknown) => done(readError(`cannot read the log in ${this.#paths.log}`, error)),
    );
  }

  writeIdentity(identity: StoreIdentity, done: Done): void {
    this.#files.writeIdentity(identity, done);
  }

  reclaim(index: LogIndex, done: Done): void {
    this.#reclaim(index).then(
      () => done(null),
      (error: unknown) => done(this.#failed('cannot compact the log', error)),
    );
  }

  sizeBytes(): number {
    if (!this.#isMeasuring && performance.now() - this.#sizeAtMs > SIZE_AGE_MS) {
      // A failed measurement is made again later.
      this.measure().catch(() => undefined);
    }
    return this.#sizeBytes;
  }

  close(done: Done): void {
    this.#close().then(
      () => done(null),
      (error: unknown) => done(this.#failed('cannot close the log', error)),
    );
  }

  async #close(): Promise<void> {
    await this.#files.close();
    await this.#database.close();
    await this.#marker?.clear();
  }

  /**
   * A compaction merges a level into the next, so it never rewrites the lowest one that holds the
   * range. The first writes the memtables out, values and deletions side by side; two more deletions
   * then lie above that table and make the second one rewrite it.
   */
  async #reclaim(index: LogIndex): Promise<void> {
    await this.#database.compactRange(keyOf(0), keyOf(index));
    await this.#database.batch().del(keyOf(0)).del(keyOf(index)).write();
    await this.#database.compactRange(keyOf(0), keyOf(index));
    await this.measure();
  }

  /** Measures what the log takes, as `du` would. */
  async measure(): Promise<void> {
    this.#isMeasuring = true;
    try {
      let sizeBytes = 0;
      for (const name of await readdir(this.#paths.log)) {
        sizeBytes += await sizeOf(join(this.#paths.log, name));
      }
      this.#sizeBytes = sizeBytes;
      this.#sizeAtMs = performance.now();
    } finally {
      this.#isMeasuring = false;
    }
  }

  #failed(what: string, error: unknown): StorageError {
    return databaseError(`${what} in ${this.#paths.log}`, error);
  }
}

/** A file's size; 0 for one that a compaction has taken away since the folder was listed. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

/** Hands out records in order until `onRecord` says false; see `LogMedium.scan`. */
export async function scanRecords(
  database: LogDatabase,
  range: { readonly fromIndex: LogIndex; readonly toIndex: LogIndex },
  onRecord: (record: StoredRecord) => boolean,
): Promise<void> {
  const iterator = database.iterator({
    gte: keyOf(range.fromIndex),
    lte: keyOf(range.toIndex),
    fillCache: false,
    highWaterMarkBytes: SCAN_BYTES,
  });
  try {
    for (;;) {
      const entries = await iterator.nextv(SCAN_RECORDS);
      if (entries.length === 0) return;
      for (const [key, value] of entries) {
        if (!onRecord({ firstIndex: firstIndexOf(key), value })) return;
      }
    }
  } finally {
    await iterator.close();
  }
}

/** A failure of LevelDB to write, as a StorageError. */
export function databaseError(what: string, error: unknown): StorageError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  if (code === 'LEVEL_CORRUPTION') {
    return new StorageError('DAMAGED', `${what}: ${reason}`, { cause: error });
  }
  return ioError(what, cause);
}

/**
 * A failure of LevelDB to open or to read. It has no error numbers, only texts: a file that is missing
 * or cut short is damage, what the disk or the system refuses is not.
 */
export function readError(what: string, error: unknown): StorageError {
  const failure = databaseError(what, error);
  const isDamage = /: (No such file or directory|Invalid argument)$/.test(failure.message);
  return isDamage ? new StorageError('DAMAGED', failure.message, { cause: error }) : failure;
}

function keyOf(index: LogIndex): Uint8Array {
  const key = Buffer.allocUnsafe(KEY_BYTES);
  key[0] = RECORD_PREFIX;
  key.writeUInt32BE(Math.floor(index / 2 ** 32), 1);
  key.writeUInt32BE(index % 2 ** 32, 5);
  return key;
}

function firstIndexOf(key: Uint8Array): LogIndex {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  return view.getUint32(1) * 2 ** 32 + view.getUint32(5);
}
