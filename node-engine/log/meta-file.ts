import { close, constants, fdatasync, open, write } from 'node:fs';
import { promisify } from 'node:util';

import type { Done, StorageError } from './log-store.ts';
import { META_BYTES } from './meta.ts';
import { ioError, NO_FOLLOW, readWhole, replaceFile } from './node-directory.ts';

/**
 * On Linux a descriptor with O_DSYNC makes a write and its sync one system call and one trip through
 * the thread pool. Elsewhere the flag is missing, or does not reach the platter (macOS).
 */
export const SYNC_FLAG: number = process.platform === 'linux' ? constants.O_DSYNC : 0;

/** One meta file: made by a rename, from then on overwritten in place. */
export class MetaFile {
  readonly #path: string;
  /** Descriptors for plain and for synced writes; null until the file has its size. */
  #plain: number | null = null;
  #synced: number | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  read(done: (error: StorageError | null, page: Uint8Array | null) => void): void {
    readWhole(this.#path, META_BYTES + 1).then(
      (page) => done(null, page),
      (error: unknown) => done(ioError(`cannot read ${this.#path}`, error), null),
    );
  }

  write(page: Uint8Array, isSynced: boolean, done: Done): void {
    const descriptor = isSynced ? this.#synced : this.#plain;
    if (descriptor === null) {
      this.#create(page).then(
        () => done(null),
        (error: unknown) => done(ioError(`cannot make ${this.#path}`, error)),
      );
      return;
    }
    write(descriptor, page, 0, META_BYTES, 0, (error, written) => {
      if (error !== null) done(this.#failed(error));
      else if (written !== META_BYTES) done(this.#failed(new Error(`${written} bytes written`)));
      else if (!isSynced || SYNC_FLAG !== 0) done(null);
      else fdatasync(descriptor, (failure) => done(failure && this.#failed(failure)));
    });
  }

  async close(): Promise<void> {
    const descriptors = [this.#plain, this.#synced];
    this.#plain = null;
    this.#synced = null;
    for (const descriptor of descriptors) {
      if (descriptor !== null) await promisify(close)(descriptor);
    }
  }

  /** Also replaces a file that was damaged: it may have lost its size. */
  async #create(page: Uint8Array): Promise<void> {
    await replaceFile(this.#path, page);
    this.#plain = await promisify(open)(this.#path, constants.O_WRONLY | NO_FOLLOW);
    this.#synced = await promisify(open)(this.#path, constants.O_WRONLY | NO_FOLLOW | SYNC_FLAG);
  }

  #failed(error: Error): StorageError {
    return ioError(`cannot write ${this.#path}`, error);
  }
}
