import { constants } from 'node:fs';
import { open, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import { promisedThroughFaults, type DiskFaults } from '../log/disk-faults.ts';
import { StorageError } from '../log/log-store.ts';
import { FILE_MODE, ioError, NO_FOLLOW, removeFile, syncFolder } from '../log/node-directory.ts';
import type { LogIndex, SnapshotMeta } from '../raft/types.ts';
import { ENCODED_BYTES_MAX, SnapshotEncoder, type Checked } from './file-format.ts';
import type { SnapshotHeader } from './header-document.ts';
import { decodeFile, writeAt, writePartsAt } from './snapshot-file.ts';
import type { SnapshotReceiver, SnapshotSink } from './snapshot-store.ts';

/** Called once, with the error or with nothing. */
type Settled = (error: StorageError | null) => void;
type Committed = (error: StorageError | null, snapshot: SnapshotMeta | null) => void;

/** Where a snapshot is written, and who takes it over when it is durable. */
export interface WriteTarget {
  readonly temporary: string;
  readonly final: string;
  readonly faults: DiskFaults | null;
  /** Called when the file stands durably under its final name. */
  readonly adopt: (header: SnapshotHeader, sizeBytes: number) => Promise<SnapshotMeta>;
}

/** A file being written, as the store sees it. */
export interface FileWriter {
  /** Nothing is open any more. */
  readonly isEnded: boolean;
  abort(): void;
  /** Aborts, unless it has ended, and waits until nothing is open. */
  close(): Promise<void>;
}

/**
 * A file written aside: steps run one after another, the first failure removes the file and answers
 * every later step.
 */
class AsideFile {
  readonly #target: WriteTarget;
  #steps: Promise<void>;
  #handle: FileHandle | null = null;
  #isOpened = false;
  #failure: StorageError | null = null;

  constructor(target: WriteTarget) {
    this.#target = target;
    this.#steps = this.#open();
  }

  /** Runs `task` after the steps before it; `done` is not called from within this call. */
  step<Result>(
    task: (handle: FileHandle) => Promise<Result>,
    done: (error: StorageError | null, result: Result | null) => void,
  ): void {
    const result = this.#steps.then(async () => {
      if (this.#failure !== null) throw this.#failure;
      if (this.#handle === null) throw new StorageError('CLOSED', 'the snapshot was ended');
      await promisedThroughFaults(this.#target.faults, 'write', () => Promise.resolve());
      return task(this.#handle);
    });
    this.#steps = result.then(
      () => undefined,
      (error: unknown) => this.#fail(error),
    );
    // After the clean-up, so that whoever hears of a failure finds nothing left of the file.
    this.#steps.then(() => {
      if (this.#failure === null) result.then((value) => done(null, value), raise);
      else done(this.#failure, null);
    }, raise);
  }

  /** Syncs the file, gives it its name, and syncs the name. */
  async publish(handle: FileHandle): Promise<void> {
    await promisedThroughFaults(this.#target.faults, 'synced-write', () => handle.sync());
    this.#handle = null;
    await handle.close();
    await rename(this.#target.temporary, this.#target.final);
    await syncFolder(dirname(this.#target.final));
  }

  get isEnded(): boolean {
    return this.#isOpened && this.#handle === null;
  }

  abort(): void {
    const aborted = new StorageError('CLOSED', 'the snapshot was aborted');
    this.step(
      () => Promise.reject(aborted),
      () => undefined,
    );
  }

  async close(): Promise<void> {
    this.abort();
    await this.#steps;
  }

  async #open(): Promise<void> {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;
    try {
      this.#handle = await open(this.#target.temporary, flags, FILE_MODE);
    } catch (error) {
      this.#failure = ioError(`cannot make ${this.#target.temporary}`, error);
    }
    this.#isOpened = true;
  }

  async #fail(error: unknown): Promise<void> {
    this.#failure ??= ioError(`cannot write ${this.#target.final}`, error);
    const handle = this.#handle;
    this.#handle = null;
    try {
      await handle?.close();
      await removeFile(this.#target.temporary);
    } catch {
      // The write has failed and says so; a file left over is removed at the next open.
    }
  }
}

/** A failure where none can be: it must not vanish in a promise nobody waits for. */
function raise(error: unknown): never {
  throw error;
}

/** Writes a snapshot that the machine makes here. */
export class FileSnapshotSink implements SnapshotSink, FileWriter {
  readonly #file: AsideFile;
  readonly #target: WriteTarget;
  readonly #header: SnapshotHeader;
  readonly #encoder = new SnapshotEncoder();
  #writtenBytes = 0;

  constructor(target: WriteTarget, header: SnapshotHeader) {
    this.#target = target;
    this.#header = header;
    this.#file = new AsideFile(target);
    // A failure here is answered again by the first write or the commit.
    this.#file.step(
      (handle) => this.#write(handle, [this.#encoder.header(header)]),
      () => undefined,
    );
  }

  write(bytes: Uint8Array, done: Settled): void {
    this.#file.step(
      async (handle) => {
        // Between the pieces of a long stretch others get their turn.
        for (let offset = 0; offset < bytes.length; offset += ENCODED_BYTES_MAX) {
          const piece = bytes.subarray(offset, offset + ENCODED_BYTES_MAX);
          await this.#write(handle, this.#encoder.encode(piece));
        }
      },
      (error) => done(error),
    );
  }

  commit(done: Committed): void {
    this.#file.step(async (handle) => {
      await this.#write(handle, this.#encoder.end());
      await this.#file.publish(handle);
      return this.#target.adopt(this.#header, this.#encoder.sizeBytes);
    }, done);
  }

  abort(): void {
    this.#file.abort();
  }

  get isEnded(): boolean {
    return this.#file.isEnded;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #write(handle: FileHandle, parts: readonly Uint8Array[]): Promise<void> {
    const offset = this.#writtenBytes;
    this.#writtenBytes = this.#encoder.sizeBytes;
    await writePartsAt(handle, offset, parts);
  }
}

/** Writes a snapshot file as it comes from the leader. */
export class FileSnapshotReceiver implements SnapshotReceiver, FileWriter {
  readonly #file: AsideFile;
  readonly #target: WriteTarget;
  readonly #expected: SnapshotMeta;
  readonly #check: (header: SnapshotHeader) => string | null;
  #receivedBytes = 0;

  constructor(
    target: WriteTarget,
    expected: SnapshotMeta,
    /** What else must hold of the header; a string says what does not. */
    check: (header: SnapshotHeader) => string | null,
  ) {
    this.#target = target;
    this.#expected = expected;
    this.#check = check;
    this.#file = new AsideFile(target);
  }

  get lastIncludedIndex(): LogIndex {
    return this.#expected.lastIncludedIndex;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  write(offset: number, bytes: Uint8Array, done: Settled): void {
    this.#file.step(
      async (handle) => {
        if (offset !== this.#receivedBytes) {
          throw damaged(`a chunk came at ${offset} instead of ${this.#receivedBytes}`);
        }
        if (offset + bytes.length > this.#expected.sizeBytes) {
          throw damaged(`more than its ${this.#expected.sizeBytes} bytes came`);
        }
        await writeAt(handle, offset, bytes);
        this.#receivedBytes += bytes.length;
      },
      (error) => done(error),
    );
  }

  commit(done: Committed): void {
    this.#file.step(async (handle) => {
      if (this.#receivedBytes !== this.#expected.sizeBytes) {
        throw damaged(`${this.#receivedBytes} of ${this.#expected.sizeBytes} bytes came`);
      }
      const decoded = await decodeFile(this.#target.temporary, () => undefined);
      const fault = this.#faultOf(decoded);
      if (!decoded.ok || fault !== null) throw damaged(`it ${fault ?? 'is bad'}`);
      await this.#file.publish(handle);
      return this.#target.adopt(decoded.value, this.#receivedBytes);
    }, done);
  }

  abort(): void {
    this.#file.abort();
  }

  get isEnded(): boolean {
    return this.#file.isEnded;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #faultOf(decoded: Checked<SnapshotHeader>): string | null {
    if (!decoded.ok) return decoded.fault;
    const { lastIncludedIndex, lastIncludedTerm } = decoded.value;
    const isExpected =
      lastIncludedIndex === this.#expected.lastIncludedIndex &&
      lastIncludedTerm === this.#expected.lastIncludedTerm;
    if (!isExpected) return `is one of index ${lastIncludedIndex} in term ${lastIncludedTerm}`;
    return this.#check(decoded.value);
  }
}

function damaged(what: string): StorageError {
  return new StorageError('DAMAGED', `the received snapshot is not whole: ${what}`);
}
