import { createRequire } from 'node:module';

import type { Key, RootDatabase, RootDatabaseOptionsWithPath } from 'lmdb';

import { ioError } from '../node-directory.ts';

/** A record under its first index. */
export type RecordDatabase = RootDatabase<Buffer, number>;

/** What is used of the library. */
export interface LmdbLibrary {
  open<V = unknown, K extends Key = Key>(options: RootDatabaseOptionsWithPath): RootDatabase<V, K>;
}

/** Where the library is, for a process of its own. */
export function lmdbPath(): string {
  return createRequire(import.meta.url).resolve('lmdb');
}

/**
 * Loads the library: an optional dependency, wanted by this backend only.
 *
 * @throws StorageError IO when it is not installed here
 */
export function loadLmdb(): LmdbLibrary {
  try {
    return createRequire(import.meta.url)('lmdb') as LmdbLibrary;
  } catch (error) {
    throw ioError(
      "the lmdb backend needs the package 'lmdb' (npm install lmdb), which cannot be loaded",
      error,
    );
  }
}

/** Opens the file at `path`, or makes it. */
export function openRecords(library: LmdbLibrary, path: string): RecordDatabase {
  return library.open<Buffer, number>({
    path,
    noSubdir: true,
    encoding: 'binary',
    // A commit is done when it is durable, at every durability: without its syncs a power loss can
    // destroy the whole file, and not only its end.
    overlappingSync: false,
    // Otherwise a commit that fails rejects a promise that nobody outside can catch.
    eventTurnBatching: false,
    // One database in the file, and one process that uses it.
    maxDbs: 1,
  });
}
