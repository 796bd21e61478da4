import { rm } from 'node:fs/promises';

import { Level } from 'level';

import { StorageError } from './log-store.ts';
import { ioError, readLockHolder, type NodePaths } from './node-directory.ts';

/** Held until `release`, or until the process ends, however it ends. */
export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Locks a node's directory. Node has no call for a lock that the system takes back from a process that
 * was killed; LevelDB has, on every platform, so an empty database is opened for nothing but its lock.
 *
 * @throws StorageError LOCKED while another process, or this one, holds it; IO
 */
export async function lockDirectory(paths: NodePaths, description: string): Promise<DirectoryLock> {
  const database = new Level(paths.lockFolder);
  try {
    await database.open();
  } catch (error) {
    if (isLocked(error)) {
      const pid = await readLockHolder(paths.lock);
      const holder = pid === null ? 'another process' : `process ${pid}`;
      throw new StorageError('LOCKED', `${description} is in use by ${holder}`, { cause: error });
    }
    return lockAnew(paths, error);
  }
  return { release: () => database.close() };
}

/** There is nothing in the database: one that cannot be opened is made anew. */
async function lockAnew(paths: NodePaths, cause: unknown): Promise<DirectoryLock> {
  try {
    await rm(paths.lockFolder, { recursive: true, force: true });
    const database = new Level(paths.lockFolder);
    await database.open();
    return { release: () => database.close() };
  } catch {
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    throw ioError(`cannot lock ${paths.directory}`, reason);
  }
}

function isLocked(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  return cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED';
}
