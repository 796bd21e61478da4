import { lstat, rename } from 'node:fs/promises';
import { join } from 'node:path';

import { lockDirectory } from '../directory-lock.ts';
import type { DiskBackend, MediumOpening } from '../disk-log.ts';
import { keepDamagedLog } from '../keep-damaged-log.ts';
import type { LogMedium } from '../log-medium.ts';
import { StorageError } from '../log-store.ts';
import { ioError, isMissing, makeFolder, removeFile, type NodePaths } from '../node-directory.ts';
import { loadLmdb, openRecords } from './lmdb-library.ts';
import { LmdbMedium, syncedRename } from './lmdb-medium.ts';
import { copyWhole } from './lmdb-probe.ts';

/** The file of the database in a node's directory. */
export function lmdbFile(paths: NodePaths): string {
  return join(paths.log, 'data.mdb');
}

/** LMDB: a B-tree that is copied on write. */
export const LMDB: DiskBackend = { name: 'lmdb', open: openMedium, rebuild };

async function openMedium(opening: MediumOpening): Promise<LogMedium> {
  const { paths, description } = opening;
  refuseElectron();
  const library = loadLmdb();
  const file = lmdbFile(paths);
  await makeFolder(paths.log);
  const lock = await lockDirectory(paths, description);
  try {
    if (opening.isNew) {
      await removeFile(file);
    } else if (!(await isThere(file))) {
      throw new StorageError('DAMAGED', `${description} has lost its log: log/data.mdb is missing`);
    } else {
      await copyInPlace(file);
    }
    return new LmdbMedium({ paths, lock, library, file });
  } catch (error) {
    await lock.release();
    throw ioError(`cannot open the log of ${description}`, error);
  }
}

/** Another process reads the file first, and Electron may not start itself as Node. */
function refuseElectron(): void {
  if (!('electron' in process.versions)) return;
  throw new StorageError('IO', 'the lmdb backend runs under Node, not inside Electron');
}

/**
 * What is used from here on was read to its end, is durable, also after a sync that failed, and has no
 * list of free pages that could be damaged.
 */
async function copyInPlace(file: string): Promise<void> {
  const copy = `${file}.tmp`;
  await removeFile(copy);
  await copyWhole(file, copy);
  await syncedRename(copy, file, () => Promise.resolve());
}

/** Keeps the records in front of the first page that cannot be read. */
async function rebuild(paths: NodePaths, description: string): Promise<void> {
  const library = loadLmdb();
  const lock = await lockDirectory(paths, description);
  try {
    const file = lmdbFile(paths);
    await keepDamagedLog(paths, (name) => name === 'data.mdb');
    const isWhole = (await isThere(file)) && (await isCopied(file, `${file}.tmp`));
    // What was copied until the other process met the damage is a database too.
    const isPartial = !isWhole && (await isThere(`${file}.tmp`));
    const rest = `${file}.rest`;
    if (isPartial && (await isCopied(`${file}.tmp`, rest))) await rename(rest, `${file}.tmp`);
    else if (!isWhole) {
      await removeFile(`${file}.tmp`);
      await openRecords(library, `${file}.tmp`).close();
    }
    await syncedRename(`${file}.tmp`, file, () => Promise.resolve());
  } catch (error) {
    throw ioError(`cannot rebuild the log of ${description}`, error);
  } finally {
    await lock.release();
  }
}

/** Whether all of a database could be read. */
async function isCopied(from: string, to: string): Promise<boolean> {
  await removeFile(to);
  try {
    await copyWhole(from, to);
    return true;
  } catch (error) {
    if (error instanceof StorageError && error.code === 'DAMAGED') return false;
    throw error;
  }
}

/** Whether there is a regular file. */
export async function isThere(file: string): Promise<boolean> {
  try {
    if (!(await lstat(file)).isFile()) throw new Error(`${file} is not a regular file`);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
