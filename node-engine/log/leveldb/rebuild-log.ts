import { readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

import type { StoredRecord } from '../log-medium.ts';
import { StorageError } from '../log-store.ts';
import {
  ioError,
  makeFolder,
  readWhole,
  removeFile,
  syncFolder,
  type NodePaths,
} from '../node-directory.ts';
import { LevelDbMedium, openDatabase, scanRecords, type LogDatabase } from './leveldb-medium.ts';
import { canProbe, copyReadable, endOfReading } from './leveldb-probe.ts';
import { hasDatabase, openLogDatabase } from './log-database.ts';

/** Bytes of records copied in one batch. */
const COPY_BYTES = 4 * 1024 * 1024;

/**
 * Copies all that LevelDB can still read of a damaged log into a new database, and keeps the damaged
 * one beside it. A database with a damaged block would fail again at its next compaction.
 *
 * A crash in between leaves the log, or the newest `log.damaged-…`, to be rebuilt again.
 */
export async function rebuildLog(paths: NodePaths, description: string): Promise<void> {
  const rebuilt = `${paths.log}.rebuilt`;
  const source = (await hasDatabase(paths.log)) ? paths.log : await newestDamaged(paths);
  try {
    await rm(rebuilt, { recursive: true, force: true });
    await makeFolder(rebuilt);
    const isDeadly = source !== null && (await isDeadlyLog(paths, source));
    // Another process dies of it, and leaves what it has copied until then.
    if (isDeadly && canProbe()) await copyReadable(source, rebuilt);
    const target = await openDatabase(rebuilt, { isNew: true });
    try {
      if (source !== null && !isDeadly)
        await salvage({ ...paths, log: source }, target, description);
    } finally {
      await target.close();
    }
    if (source === paths.log || source === null) {
      await rename(paths.log, `${paths.log}.damaged-${Date.now()}`).catch(ignoreMissing);
    }
    await rename(rebuilt, paths.log);
    await syncFolder(paths.directory);
    await removeFile(paths.opening);
  } catch (error) {
    throw ioError(`cannot rebuild the log of ${description}`, error);
  }
}

/** Whether reading the log ends the process. Where nobody can go first, the ends before this one tell. */
async function isDeadlyLog(paths: NodePaths, source: string): Promise<boolean> {
  if (canProbe()) return (await endOfReading(source)) !== null;
  return (await readWhole(paths.opening)) !== null;
}

async function newestDamaged(paths: NodePaths): Promise<string | null> {
  const prefix = `${basename(paths.log)}.damaged-`;
  const names = (await readdir(paths.directory)).filter((name) => name.startsWith(prefix)).sort();
  const newest = names.at(-1);
  return newest === undefined ? null : join(paths.directory, newest);
}

/** Reads up to the first block that cannot be read. */
async function salvage(paths: NodePaths, target: LogDatabase, description: string): Promise<void> {
  let source: LogDatabase;
  try {
    source = await openLogDatabase(paths, { isNew: false, description });
  } catch (error) {
    if (error instanceof StorageError && error.code === 'DAMAGED') return;
    throw error;
  }
  const medium = new LevelDbMedium(target, paths);
  try {
    for (let fromIndex = 0; ;) {
      const records = await readSome(source, fromIndex);
      const last = records.at(-1);
      if (last === undefined) return;
      fromIndex = last.firstIndex + 1;
      await put(medium, records);
    }
  } finally {
    await source.close();
  }
}

/** Some records from `fromIndex` on; none at the end, and none behind what cannot be read. */
async function readSome(source: LogDatabase, fromIndex: number): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  let sizeBytes = 0;
  try {
    await scanRecords(source, { fromIndex, toIndex: Number.MAX_SAFE_INTEGER }, (record) => {
      records.push(record);
      sizeBytes += record.value.length;
      return sizeBytes < COPY_BYTES;
    });
  } catch {
    // What was read before the damaged block is what there is.
  }
  return records;
}

function put(medium: LevelDbMedium, records: readonly StoredRecord[]): Promise<void> {
  const operations = records.map((record) => ({ type: 'put', ...record }) as const);
  return new Promise((resolve, reject) => {
    medium.writeBatch(operations, true, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

function ignoreMissing(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
  throw error;
}
