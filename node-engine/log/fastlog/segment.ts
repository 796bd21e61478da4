import { close, constants, fdatasync, ftruncate, open, read, write, writev } from 'node:fs';
import { rename, unlink } from 'node:fs/promises';
import { promisify } from 'node:util';

import type { LogIndex } from '../../raft/types.ts';
import { SYNC_FLAG } from '../meta-file.ts';
import { FILE_MODE, NO_FOLLOW } from '../node-directory.ts';
import type { StoredRecord } from '../log-medium.ts';
import type { Stretch } from './segment-scan.ts';

/**
 * A file is made longer by this many zeros at a time, ahead of what is written: a write into blocks
 * that are there needs no change of the file system's own books, which halves its time.
 */
const EXTENSION_BYTES = 512 * 1024;
const ZEROS = Buffer.alloc(EXTENSION_BYTES);

const openFile = promisify(open);
const closeFile = promisify(close);
const syncFile = promisify(fdatasync);
const cutFile = promisify(ftruncate);
const readSome = promisify(read);
const writeSome = promisify(write);

/** Called when a write has ended, with what went wrong. */
export type Written = (error: Error | null) => void;

/**
 * One file of the log: records one behind the other, then zeros. Knows where each record stands.
 * One write at a time; reads may overlap it.
 */
export class Segment {
  #path: string;
  /** The first index of the first record it was made for. */
  readonly nameIndex: LogIndex;
  #stretches: Stretch[] = [];
  /** Records in front of this one are no longer part of the log. */
  #firstLive = 0;
  /** Where the next record goes, and where the file ends. */
  #usedBytes: number;
  #fileBytes: number;
  readonly #plain: number;
  readonly #synced: number;
  /** While zeros are being written behind the end; nothing else may be written there. */
  #extending: Promise<void> | null = null;
  /** A sync that failed while zeros were written: nothing may be written any more. */
  #failure: Error | null = null;
  #isUnsynced = false;
  #readCount = 0;
  #isClosing = false;

  private constructor(file: SegmentFile) {
    this.#path = file.path;
    this.nameIndex = file.nameIndex;
    this.#usedBytes = file.usedBytes;
    this.#fileBytes = file.fileBytes;
    this.#plain = file.plain;
    this.#synced = file.synced;
  }

  /** Opens a file that is there, or makes it. The caller syncs the folder. */
  static async open(
    path: string,
    nameIndex: LogIndex,
    size: { readonly usedBytes: number; readonly fileBytes: number } | null,
  ): Promise<Segment> {
    const creation = size === null ? constants.O_CREAT | constants.O_EXCL : 0;
    const plain = await openFile(path, constants.O_RDWR | NO_FOLLOW | creation, FILE_MODE);
    const synced = await openFile(path, constants.O_WRONLY | NO_FOLLOW | SYNC_FLAG);
    return new Segment({
      path,
      nameIndex,
      plain,
      synced,
      ...(size ?? { usedBytes: 0, fileBytes: 0 }),
    });
  }

  /** Bytes up to the end of the last record. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Bytes on disk. */
  get fileBytes(): number {
    return this.#fileBytes;
  }

  /** Records that are part of the log. */
  get liveCount(): number {
    return this.#stretches.length - this.#firstLive;
  }

  get first(): Stretch | null {
    return this.#stretches[this.#firstLive] ?? null;
  }

  get last(): Stretch | null {
    return this.liveCount === 0 ? null : (this.#stretches.at(-1) ?? null);
  }

  get isUnsynced(): boolean {
    return this.#isUnsynced;
  }

  /** Records of the log that start in [fromIndex, toIndex]. */
  between(fromIndex: LogIndex, toIndex: LogIndex): readonly Stretch[] {
    const start = this.#positionFrom(fromIndex);
    return this.#stretches.slice(start, Math.max(start, this.#positionFrom(toIndex + 1)));
  }

  /** The last record of the log that starts before `index`. */
  lastBefore(index: LogIndex): Stretch | null {
    const position = this.#positionFrom(index) - 1;
    return position < this.#firstLive ? null : (this.#stretches[position] ?? null);
  }

  /** Notes what was found in the file, and where it ends. */
  note(stretches: readonly Stretch[], usedBytes: number): void {
    this.#stretches = [...stretches];
    this.#usedBytes = usedBytes;
  }

  /** Forgets the first record; its bytes stay. */
  dropFirst(): void {
    this.#firstLive += 1;
  }

  /** Appends records; several are gathered by the system, not copied here. */
  append(records: readonly StoredRecord[], isSynced: boolean, done: Written): void {
    const length = records.reduce((sum, { value }) => sum + value.length, 0);
    const end = this.#usedBytes + length;
    if (this.#failure !== null || (end > this.#fileBytes && this.#extending !== null)) {
      void Promise.resolve(this.#extending).then(() => {
        if (this.#failure === null) this.append(records, isSynced, done);
        else done(this.#failure);
      });
      return;
    }
    this.#write(
      records.map(({ value }) => value),
      { position: this.#usedBytes, length, isSynced },
      (error) => {
        if (error !== null) {
          done(error);
          return;
        }
        for (const { firstIndex, value } of records) {
          this.#stretches.push({ firstIndex, offset: this.#usedBytes, length: value.length });
          this.#usedBytes += value.length;
        }
        this.#fileBytes = Math.max(this.#fileBytes, this.#usedBytes);
        if (isSynced) this.#extend();
        done(null);
      },
    );
  }

  /** Writes the bytes from `offset` on once more and syncs them: they may be in memory only. */
  async rewriteFrom(offset: number): Promise<void> {
    await this.#rewrite(await this.read({ offset, length: this.#usedBytes - offset }), offset);
  }

  /** Takes all that is live in another segment, synced; this one must be new. */
  async takeFrom(other: Segment): Promise<void> {
    const { first } = other;
    if (first === null) return;
    const bytes = await other.read({
      offset: first.offset,
      length: other.usedBytes - first.offset,
    });
    await this.#rewrite(bytes, 0);
    const stretches = other.between(first.firstIndex, Number.MAX_SAFE_INTEGER);
    const moved = stretches.map((one) => ({ ...one, offset: one.offset - first.offset }));
    this.note(moved, bytes.length);
    this.#fileBytes = bytes.length;
  }

  #rewrite(bytes: Buffer, position: number): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#write([bytes], { position, length: bytes.length, isSynced: true }, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }

  /** Whether the file was closed: what it held is elsewhere, or no part of the log any more. */
  get isGone(): boolean {
    return this.#isClosing;
  }

  /** Reads a part of the file; not once it is gone. */
  async read(part: { readonly offset: number; readonly length: number }): Promise<Buffer> {
    if (this.isGone) throw new Error(`${this.#path} is closed`);
    const { offset, length } = part;
    const bytes = Buffer.allocUnsafeSlow(length);
    this.#readCount += 1;
    try {
      for (let filled = 0; filled < length;) {
        const left = length - filled;
        const { bytesRead } = await readSome(this.#plain, bytes, filled, left, offset + filled);
        // Shorter than it was: what is missing reads as zeros, which no record is.
        if (bytesRead === 0) return bytes.fill(0, filled);
        filled += bytesRead;
      }
      return bytes;
    } finally {
      this.#readCount -= 1;
      if (this.#isClosing && this.#readCount === 0) await this.#closeFiles();
    }
  }

  async sync(): Promise<void> {
    await syncFile(this.#plain);
    this.#isUnsynced = false;
  }

  /** Removes the records from `index` on, and their bytes. */
  async cutFrom(index: LogIndex): Promise<void> {
    const position = this.#positionFrom(index);
    const first = this.#stretches[position];
    if (first === undefined) return;
    await this.#extending;
    this.#stretches.length = position;
    this.#usedBytes = first.offset;
    await this.trimZeros();
  }

  /** Gives the space behind the last record back. */
  async trimZeros(): Promise<void> {
    await this.#extending;
    if (this.#fileBytes === this.#usedBytes) return;
    await cutFile(this.#plain, this.#usedBytes);
    this.#fileBytes = this.#usedBytes;
    this.#isUnsynced = true;
  }

  /** Gives the file its name. The caller syncs the folder. */
  async rename(path: string): Promise<void> {
    await rename(this.#path, path);
    this.#path = path;
  }

  async remove(): Promise<void> {
    await unlink(this.#path);
    await this.close();
  }

  /** Reads that are under way end first. */
  async close(): Promise<void> {
    await this.#extending;
    this.#isClosing = true;
    if (this.#readCount === 0) await this.#closeFiles();
  }

  async #closeFiles(): Promise<void> {
    await closeFile(this.#plain);
    await closeFile(this.#synced);
  }

  #write(
    values: readonly Uint8Array[],
    place: { readonly position: number; readonly length: number; readonly isSynced: boolean },
    done: Written,
  ): void {
    const { position, length, isSynced } = place;
    const descriptor = isSynced ? this.#synced : this.#plain;
    this.#isUnsynced ||= !isSynced;
    const written = (error: Error | null, count: number): void => {
      if (error !== null) done(error);
      else if (count !== length) done(new Error(`${count} of ${length} bytes written`));
      else if (!isSynced || SYNC_FLAG !== 0) done(null);
      else fdatasync(descriptor, done);
    };
    const [only, ...others] = values;
    if (only !== undefined && others.length === 0)
      write(descriptor, only, 0, length, position, written);
    else writev(descriptor, values, position, written);
  }

  /** Keeps some zeros ahead. Without room for them the next write says so itself. */
  #extend(): void {
    if (this.#extending !== null || this.#isClosing) return;
    if (this.#fileBytes - this.#usedBytes > EXTENSION_BYTES / 2) return;
    this.#extending = this.#appendZeros(this.#fileBytes).finally(() => {
      this.#extending = null;
    });
  }

  async #appendZeros(position: number): Promise<void> {
    try {
      const { bytesWritten } = await writeSome(this.#plain, ZEROS, 0, EXTENSION_BYTES, position);
      await syncFile(this.#plain);
      this.#fileBytes = position + bytesWritten;
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      if (!isFull(failure)) this.#failure = failure;
    }
  }

  #positionFrom(index: LogIndex): number {
    let low = this.#firstLive;
    let high = this.#stretches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#stretches[middle]?.firstIndex ?? index) < index) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

interface SegmentFile {
  readonly path: string;
  readonly nameIndex: LogIndex;
  readonly usedBytes: number;
  readonly fileBytes: number;
  readonly plain: number;
  readonly synced: number;
}

function isFull(error: Error): boolean {
  return 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
