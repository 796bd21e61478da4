import { readdir } from 'node:fs/promises';

import { StorageError } from '../log-store.ts';
import { isMissing, readLockHolder, type NodePaths } from '../node-directory.ts';
import { openDatabase, readError, type LogDatabase } from './leveldb-medium.ts';

/**
 * Opens the database in a node's directory and so locks the directory.
 *
 * @throws StorageError LOCKED, DAMAGED or IO
 */
export async function openLogDatabase(
  paths: NodePaths,
  options: { readonly isNew: boolean; readonly description: string },
): Promise<LogDatabase> {
  const { isNew, description } = options;
  // LevelDB answers a folder that has lost its CURRENT file with an empty database.
  if (!isNew && !(await hasDatabase(paths.log))) {
    throw new StorageError('DAMAGED', `${description} has lost its log: log/CURRENT is missing`);
  }
  try {
    return await openDatabase(paths.log, { isNew });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : null;
    if (cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED') {
      const pid = await readLockHolder(paths.lock);
      const holder = pid === null ? 'another process' : `process ${pid}`;
      throw new StorageError('LOCKED', `${description} is in use by ${holder}`, { cause: error });
    }
    throw readError(`cannot open the log of ${description}`, error);
  }
}

/** Whether a folder holds a database that LevelDB would open rather than make. */
export async function hasDatabase(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).includes('CURRENT');
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
