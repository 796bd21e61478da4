import { statSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { LogIndex } from '../../raft/types.ts';
import type { DirectoryLock } from '../directory-lock.ts';
import type { LogMedium, MetaSlot, RecordOperation, StoredRecord } from '../log-medium.ts';
import type { Done, StorageError, StoreIdentity } from '../log-store.ts';
import { ioError, removeFile, syncFolder, type NodePaths } from '../node-directory.ts';
import { NodeFiles } from '../node-files.ts';
import { openRecords, type LmdbLibrary, type RecordDatabase } from './lmdb-library.ts';

/** Below every index. */
const FIRST_KEY = 0;
/** What the medium stands on. */
export interface LmdbOptions {
  readonly paths: NodePaths;
  readonly lock: DirectoryLock;
  readonly library: LmdbLibrary;
  /** The file of the database. */
  readonly file: string;
}

/** The medium of `lmdb`: a B-tree of records, copied on write, in one file that grows. */
export class LmdbMedium implements LogMedium {
  readonly #options: LmdbOptions;
  readonly #files: NodeFiles;
  #database: RecordDatabase;
  /** Batches wait while the file is being replaced. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: LmdbOptions) {
    this.#options = options;
    this.#files = new NodeFiles(options.paths);
    this.#database = openRecords(options.library, options.file);
  }

  writeBatch(operations: readonly RecordOperation[], _isSynced: boolean, done: Done): void {
    this.#inTurn('cannot write the log', () => this.#write(operations), done);
  }

  writeMeta(slot: MetaSlot, page: Uint8Array, isSynced: boolean, done: Done): void {
    this.#files.writeMeta(slot, page, isSynced, done);
  }

  /** Every commit is durable when it is done, and what was found at the opening is a synced copy. */
  sync(done: Done): void {
    this.#inTurn('cannot sync the log', () => Promise.resolve(), done);
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
    // It may wait for a file that is being replaced, but not for a batch: those do not change what a
    // reader has begun to see.
    this.#inTurn('cannot read the log', () => this.#scan(range, onRecord), done);
  }

  writeIdentity(identity: StoreIdentity, done: Done): void {
    this.#files.writeIdentity(identity, done);
  }

  reclaim(_index: LogIndex, done: Done): void {
    this.#inTurn('cannot shrink the log', () => this.#shrink(), done);
  }

  sizeBytes(): number {
    return statSync(this.#options.file, { throwIfNoEntry: false })?.size ?? 0;
  }

  close(done: Done): void {
    this.#inTurn('cannot close the log', () => this.#close(), done);
  }

  #inTurn(what: string, task: () => Promise<unknown>, done: Done): void {
    const turn = this.#turn.then(task);
    this.#turn = turn.catch(() => undefined);
    turn.then(
      () => done(null),
      (error: unknown) => done(ioError(`${what} in ${this.#options.file}`, error)),
    );
  }

  /** One transaction. */
  async #write(operations: readonly RecordOperation[]): Promise<void> {
    try {
      await this.#database.batch(() => {
        for (const operation of operations) {
          const { firstIndex } = operation;
          if (operation.type === 'delete') void this.#database.remove(firstIndex);
          else void this.#database.put(firstIndex, bufferOf(operation.value));
        }
      });
    } catch (error) {
      throw await causeOf(error);
    }
  }

  #scan(
    range: { readonly fromIndex: LogIndex; readonly toIndex: LogIndex },
    onRecord: (record: StoredRecord) => boolean,
  ): Promise<void> {
    const start = Math.max(FIRST_KEY, range.fromIndex);
    const records = this.#database.getRange({ start, end: range.toIndex, inclusiveEnd: true });
    for (const { key, value } of records) {
      // The library may hand out a view of memory that a later write changes.
      if (!onRecord({ firstIndex: key, value: Uint8Array.from(value) })) break;
    }
    return Promise.resolve();
  }

  /** The file never gets smaller by itself: a copy without its free pages takes its place. */
  async #shrink(): Promise<void> {
    const { file, library } = this.#options;
    const copy = `${file}.tmp`;
    await removeFile(copy);
    await this.#database.backup(copy, true);
    await syncedRename(copy, file, () => this.#database.close());
    this.#database = openRecords(library, file);
  }

  async #close(): Promise<void> {
    await this.#files.close();
    await this.#database.close();
    await this.#options.lock.release();
  }
}

/** Puts a whole, durable file in the place of another. `before` runs when nothing can fail but that. */
export async function syncedRename(
  from: string,
  to: string,
  before: () => Promise<void>,
): Promise<void> {
  const handle = await open(from, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await before();
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** The library tells why a commit failed by another promise, which must not be left alone. */
async function causeOf(reason: unknown): Promise<Error> {
  const error = reason instanceof Error ? reason : new Error(String(reason));
  if (!('commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (cause) {
    return cause instanceof Error ? cause : error;
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
