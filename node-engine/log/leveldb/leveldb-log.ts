import type { SnapshotMeta } from '../../raft/types.ts';
import type { OffsetOfCommand } from '../cut-run.ts';
import type { DiskFaults } from '../disk-faults.ts';
import { StorageError } from '../log-store.ts';
import type { Durability, OpenedLog, RepairMode, StoreIdentity } from '../log-store.ts';
import { META_BYTES } from '../meta.ts';
import {
  makeFolder,
  nodePaths,
  readIdentity,
  readWhole,
  writeLockHolder,
  type NodePaths,
} from '../node-directory.ts';
import { chooseMeta, openStore } from '../open-store.ts';
import { scheduleTimer } from '../schedule-timer.ts';
import { LevelDbMedium } from './leveldb-medium.ts';
import { openLogDatabase } from './log-database.ts';
import { rebuildLog } from './rebuild-log.ts';

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
  /** `refuse` unless told otherwise. A repair keeps the damaged log as `log.damaged-…`. */
  readonly repair?: RepairMode;
  readonly faults?: DiskFaults | null;
}

/**
 * Opens the log in a node's directory, or makes it.
 *
 * @throws StorageError FOREIGN, LOCKED, DAMAGED, NEWER_FORMAT or IO; the directory is as it was,
 *   except that LevelDB may have rewritten files of a log it could read.
 */
export async function openLevelDbLog(options: LevelDbLogOptions): Promise<OpenedLog> {
  const paths = nodePaths(options.directory);
  const description = `data directory ${options.directory}`;
  await makeFolder(paths.directory);
  const isNew = await isNewDirectory(paths, options, description);
  const repair = options.repair ?? 'refuse';
  try {
    const opened = await openOnce(options, { paths, description, isNew, repair: 'refuse' });
    // What an earlier opening set out to repair is given up here, although nothing is damaged now.
    if (repair !== 'accept-loss' || !opened.store.isRepairing()) return opened;
    await new Promise((resolve) => opened.store.close(resolve));
    return await openOnce(options, { paths, description, isNew, repair });
  } catch (error) {
    const isDamaged = error instanceof StorageError && error.code === 'DAMAGED';
    if (!isDamaged || repair === 'refuse' || isNew) throw error;
    if (!(await hasMeta(paths, options, description))) throw error;
    await rebuildLog(paths, description);
    return openOnce(options, { paths, description, isNew: false, repair });
  }
}

interface Opening {
  readonly paths: NodePaths;
  readonly description: string;
  /** Whether the database may be made. */
  readonly isNew: boolean;
  readonly repair: RepairMode;
}

async function openOnce(options: LevelDbLogOptions, opening: Opening): Promise<OpenedLog> {
  const { paths, description, repair } = opening;
  if (opening.isNew) await makeFolder(paths.log);
  const database = await openLogDatabase(paths, opening);
  const medium = new LevelDbMedium(database, paths);
  try {
    await writeLockHolder(paths.lock);
    await medium.measure();
    const snapshots = await options.snapshots();
    const schedule = scheduleTimer;
    return await new Promise((resolve, reject) => {
      openStore(
        { ...options, backend: 'leveldb', medium, snapshots, description, schedule, repair },
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
  options: LevelDbLogOptions,
  description: string,
): Promise<boolean> {
  const found = await readIdentity(paths.identity).catch((error: unknown) => {
    // The pages say the same and are checked; node.json is written anew from them.
    if (error instanceof StorageError && error.code === 'DAMAGED') return null;
    throw error;
  });
  const isThere = await hasMeta(paths, options, description);
  if (found === null) return !isThere;
  const { identity } = options;
  const isForeign =
    found.nodeId !== identity.nodeId ||
    (found.clusterId !== '' && identity.clusterId !== '' && found.clusterId !== identity.clusterId);
  if (isForeign) {
    const cluster = found.clusterId === '' ? 'no cluster yet,' : `cluster ${found.clusterId}`;
    throw new StorageError('FOREIGN', `${description} belongs to ${cluster} node ${found.nodeId}`);
  }
  if (isThere) return false;
  throw new StorageError(
    'DAMAGED',
    `${description} has lost its term and vote: meta.a and meta.b are missing; ` +
      'the node can only rejoin under a new id',
  );
}

/** Whether there are meta files; refuses those that are foreign, newer, or damaged beyond use. */
async function hasMeta(
  paths: NodePaths,
  options: LevelDbLogOptions,
  description: string,
): Promise<boolean> {
  const pages = {
    a: await readWhole(paths.metaA, META_BYTES + 1),
    b: await readWhole(paths.metaB, META_BYTES + 1),
  };
  const chosen = chooseMeta(pages, { ...options, description });
  if (chosen instanceof StorageError) throw chosen;
  return chosen !== null;
}
