import { closeSync, fstatSync, openSync, readSync, truncateSync } from 'node:fs';

import { LineSplitter } from './line-splitter.ts';

/** How much of an old file is read at first. */
const FIRST_BYTES = 64 * 1024;
/** Most bytes read in one go: a node that prints faster than this is not read in full. */
const READ_BYTES_MAX = 256 * 1024;
/** A file beyond this is emptied; its writer appends, so its next line lands at the new start. */
const FILE_BYTES_MAX = 8 * 1024 * 1024;
const POLL_MS = 200;

/**
 * Follows a file that another process appends to, line by line.
 *
 * By looking at its size now and then: file-change notices differ between systems and are not
 * delivered on some file systems at all.
 */
export class FileTail {
  readonly #path: string;
  readonly #lines: LineSplitter;
  readonly #onLine: (text: string) => void;
  readonly #timer: NodeJS.Timeout;
  #offset: number | null;

  /** Begins at byte `offset`, or, when that is null, with the last lines that are there. */
  constructor(path: string, offset: number | null, onLine: (text: string) => void) {
    this.#path = path;
    this.#offset = offset;
    this.#onLine = onLine;
    this.#lines = new LineSplitter(onLine);
    this.#timer = setInterval(() => this.poll(), POLL_MS);
    // Looking at a log must not keep the host alive.
    this.#timer.unref();
  }

  /** Reads what has been appended since. */
  poll(): void {
    let file: number;
    try {
      file = openSync(this.#path, 'r');
    } catch {
      // Not there yet, or its folder was removed: nothing to show either way.
      return;
    }
    try {
      this.#read(file, fstatSync(file).size);
    } finally {
      closeSync(file);
    }
  }

  /** Reads the rest and stops. */
  close(): void {
    clearInterval(this.#timer);
    this.poll();
    this.#lines.end();
  }

  #read(file: number, sizeBytes: number): void {
    this.#offset ??= Math.max(0, sizeBytes - FIRST_BYTES);
    if (sizeBytes < this.#offset) this.#offset = 0;
    const pending = sizeBytes - this.#offset;
    if (pending > READ_BYTES_MAX) {
      this.#onLine(`… ${pending - READ_BYTES_MAX} bytes not shown here; they are in ${this.#path}`);
      this.#offset = sizeBytes - READ_BYTES_MAX;
    }
    const bytes = Buffer.alloc(sizeBytes - this.#offset);
    const count = bytes.length === 0 ? 0 : readSync(file, bytes, 0, bytes.length, this.#offset);
    this.#offset += count;
    if (count > 0) this.#lines.write(bytes.subarray(0, count));
    if (this.#offset > FILE_BYTES_MAX) {
      truncateSync(this.#path, 0);
      this.#offset = 0;
    }
  }
}
