import { constants } from 'node:fs';
import { copyFile, open, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { StorageError } from '../log/log-store.ts';
import {
  FILE_MODE,
  ioError,
  makeFolder,
  NO_FOLLOW,
  removeFile,
  syncFolder,
} from '../log/node-directory.ts';
import { writeAt } from './snapshot-file.ts';

/** A file that can be restored. */
export interface ImportedFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Unix milliseconds. */
  readonly changedAtMs: number;
}

/** Letters, digits, dots, dashes and underscores, and no dot in front: never a path. */
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/u;
const COPYING_EXTENSION = '.copying';

/**
 * The folder `import` of a node: files from which its cluster's state can be replaced. Clients name
 * what is in it and reach nothing else of the machine's files: a name is no path, and a link is not
 * followed.
 */
export class ImportFolder {
  readonly #folder: string;
  /** Writes are made one after the other: each says at which size of the file it goes on. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Path of a file that is there; null for everything else that was typed. */
  async path(name: string): Promise<string | null> {
    const files = await this.list();
    return files.some((file) => file.name === name) ? join(this.#folder, name) : null;
  }

  /** Newest first. */
  async list(): Promise<readonly ImportedFile[]> {
    const files: ImportedFile[] = [];
    for (const name of await this.#names()) {
      const status = await stat(join(this.#folder, name)).catch(() => null);
      if (status?.isFile() !== true) continue;
      files.push({ name, sizeBytes: status.size, changedAtMs: Math.floor(status.mtimeMs) });
    }
    return files.sort((one, other) => other.changedAtMs - one.changedAtMs);
  }

  /**
   * Puts bytes into a file that is being brought, and returns its new size. At offset 0 the file
   * begins anew; anywhere else `offset` must be the size it has.
   *
   * @throws StorageError IO; the file then is as it was, or ends early
   */
  write(name: string, offset: number, bytes: Uint8Array): Promise<number> {
    return this.#inTurn(() => this.#write(name, offset, bytes));
  }

  /** Removes a file; false when there is none. */
  discard(name: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const path = await this.path(name);
      if (path === null) return false;
      await removeFile(path);
      return true;
    });
  }

  /** Keeps a copy of a file under a name here; durable when it resolves. */
  keep(source: string, name: string): Promise<void> {
    return this.#inTurn(async () => {
      const path = this.#checked(name);
      const aside = `${path}${COPYING_EXTENSION}`;
      try {
        await makeFolder(this.#folder);
        await copyFile(source, aside, constants.COPYFILE_FICLONE);
        const handle = await open(aside, constants.O_RDWR | NO_FOLLOW);
        try {
          await handle.chmod(FILE_MODE);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(aside, path);
        await syncFolder(this.#folder);
      } catch (error) {
        await removeFile(aside).catch(() => undefined);
        throw ioError(`cannot keep ${source}`, error);
      }
    });
  }

  async #write(name: string, offset: number, bytes: Uint8Array): Promise<number> {
    const path = this.#checked(name);
    try {
      await makeFolder(this.#folder);
      // A new file, not an emptied one: what was there may be a file that others have open.
      if (offset === 0) await removeFile(path);
      const fresh = offset === 0 ? constants.O_CREAT | constants.O_EXCL : 0;
      const handle = await open(path, constants.O_WRONLY | NO_FOLLOW | fresh, FILE_MODE);
      try {
        const { size } = await handle.stat();
        if (size !== offset) {
          throw new StorageError('IO', `${name} has ${size} bytes: it goes on there, or at 0`);
        }
        await writeAt(handle, offset, bytes);
      } finally {
        await handle.close();
      }
      return offset + bytes.length;
    } catch (error) {
      throw ioError(`cannot write ${name}`, error);
    }
  }

  #checked(name: string): string {
    if (NAME.test(name) && !name.endsWith(COPYING_EXTENSION)) return join(this.#folder, name);
    throw new StorageError(
      'IO',
      'a name is 1 to 100 letters, digits, dots, dashes or underscores, with no dot in front',
    );
  }

  async #names(): Promise<readonly string[]> {
    try {
      const entries = await readdir(this.#folder, { withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile() && NAME.test(entry.name));
      return files.map(({ name }) => name).filter((name) => !name.endsWith(COPYING_EXTENSION));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw ioError(`cannot read ${this.#folder}`, error);
    }
  }

  #inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
