import { readdir } from 'node:fs/promises';

import type { SnapshotMeta } from '../../raft/types.ts';
import type { OffsetOfCommand } from '../cut-run.ts';
import { StorageError } from '../log-store.ts';
import type { Durability, OpenedLog, StoreIdentity } from '../log-store.ts';
import {
  isMissing,
  makeFolder,
  nodePaths,
  readIdentity,
  readLockHolder,
  readWhole,
  writeLockHolder,
  type NodePaths,
} from '../node-directory.ts';
import { openStore } from '../open-store.ts';
import { scheduleTimer } from '../schedule-timer.ts';
import { databaseError, LevelDbMedium, openDatabase, type LogDatabase } from './leveldb-medium.ts';

/** What a LevelDB log is opened with. */
export interface LevelDbLogOptions {
  /** The node's directory; made when missing. */
  readonly directory: string;
  /** Whose directory it must be; an empty cluster id takes the one that is there. */
  readonly identity: StoreIdentity;
  readonly durability: Durability;
  /** Called once the directory is locked: the whole snapshots of this node, newest first. */
  readonly snapshots: () => Promise<readonly SnapshotMeta[]>;
  readonly offsetOfCommand: OffsetOfCommand;
}

/**
 * Opens the log in a node's directory, or makes it.
 *
 * @throws StorageError FOREIGN, LOCKED, DAMAGED, NEWER_FORMAT or IO; then nothing was changed.
 */
export async function openLevelDbLog(options: LevelDbLogOptions): Promise<OpenedLog> {
  const paths = nodePaths(options.directory);
  const description = `data directory ${options.directory}`;
  await makeFolder(paths.directory);
  const isNew = await isNewDirectory(paths, options, description);
  await makeFolder(paths.log);
  const database = await openLocked(paths, { isNew, description });
  const medium = new LevelDbMedium(database, paths);
  try {
    await writeLockHolder(paths.lock);
    const snapshots = await options.snapshots();
    return await new Promise((resolve, reject) => {
      openStore(
        { ...options, backend: 'leveldb', medium, snapshots, description, schedule: scheduleTimer },
        (error, opened) => {
          if (opened !== null) resolve(opened);
          else reject(error ?? new Error('a log was neither opened nor refused'));
        },
      );
    });
  } catch (error) {
    await new Promise((resolve) => medium.close(resolve));
    throw error;
  }
}

/**
 * Whether there is no node in the directory yet. The meta files are made after the log and before
 * node.json, so a directory with any meta file must have a log, and one with node.json both.
 */
async function isNewDirectory(
  paths: NodePaths,
  { identity }: LevelDbLogOptions,
  description: string,
): Promise<boolean> {
  const found = await readIdentity(paths.identity);
  const hasMeta =
    (await readWhole(paths.metaA)) !== null || (await readWhole(paths.metaB)) !== null;
  if (found === null) return !hasMeta;
  const isForeign =
    found.nodeId !== identity.nodeId ||
    (found.clusterId !== '' && identity.clusterId !== '' && found.clusterId !== identity.clusterId);
  if (isForeign) {
    const cluster = found.clusterId === '' ? 'no cluster yet,' : `cluster ${found.clusterId}`;
    throw new StorageError('FOREIGN', `${description} belongs to ${cluster} node ${found.nodeId}`);
  }
  if (!hasMeta) {
    throw new StorageError(
      'DAMAGED',
      `${description} has lost its term and vote: meta.a and meta.b are missing; ` +
        'the node can only rejoin under a new id',
    );
  }
  return false;
}

async function openLocked(
  paths: NodePaths,
  { isNew, description }: { readonly isNew: boolean; readonly description: string },
): Promise<LogDatabase> {
  // LevelDB answers a folder that has lost its CURRENT file with an empty database.
  if (!isNew && !(await hasFile(paths.log, 'CURRENT'))) {
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
    throw databaseError(`cannot open the log of ${description}`, error);
  }
}

async function hasFile(folder: string, name: string): Promise<boolean> {
  try {
    return (await readdir(folder)).includes(name);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
