import type { LogIndex, SnapshotMeta } from '../raft/types.ts';
import type { OffsetOfCommand } from './cut-run.ts';
import type { DiskFaults } from './disk-faults.ts';
import type { LogMedium } from './log-medium.ts';
import { StorageError } from './log-store.ts';
import type {
  DiskBackendName,
  Durability,
  OpenedLog,
  RepairMode,
  StoreIdentity,
} from './log-store.ts';
import { META_BYTES, syncedIndex, type Meta } from './meta.ts';
import {
  makeFolder,
  nodePaths,
  readIdentity,
  readWhole,
  writeLockHolder,
  type NodePaths,
} from './node-directory.ts';
import { chooseMeta, openStore } from './open-store.ts';
import { scheduleTimer } from './schedule-timer.ts';

/** How a medium on disk is opened. */
export interface MediumOpening {
  readonly paths: NodePaths;
  /** How errors name the data, such as "data directory /x". */
  readonly description: string;
  /** Whether the log may be made. */
  readonly isNew: boolean;
  /**
   * The last entry known to be durable. What is found behind it may be in memory only, also after a
   * sync that failed; the medium must make it durable when it is first told to sync.
   */
  readonly syncedIndex: LogIndex;
}

/** One way to keep records on disk; everything else about a node's directory is the same. */
export interface DiskBackend {
  readonly name: DiskBackendName;
  /**
   * Opens the log and so locks the directory until the medium is closed.
   *
   * @throws StorageError LOCKED, DAMAGED or IO
   */
  open(opening: MediumOpening): Promise<LogMedium>;
  /** Keeps the damaged log as `log.damaged-…`, and leaves one that can be opened and changed. */
  rebuild(paths: NodePaths, description: string): Promise<void>;
}

/** What a log on disk is opened with. */
export interface DiskLogOptions {
  /** The node's directory; made when missing. */
  readonly directory: string;
  /** Whose directory it must be; an empty cluster id takes the one that is there. */
  readonly identity: StoreIdentity;
  readonly durability: Durability;
  /**
   * Called once the directory is locked, with the cluster it belongs to, empty as long as that is not
   * known: the whole snapshots of this node, newest first.
   */
  readonly snapshots: (clusterId: string) => Promise<readonly SnapshotMeta[]>;
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
export async function openDiskLog(
  backend: DiskBackend,
  options: DiskLogOptions,
): Promise<OpenedLog> {
  const paths = nodePaths(options.directory);
  const description = `data directory ${options.directory}`;
  const claim: Claim = { ...options, paths, backend: backend.name, description };
  await makeFolder(paths.directory);
  const isNew = await isNewDirectory(claim);
  const repair = options.repair ?? 'refuse';
  const open = async (mode: RepairMode): Promise<OpenedLog> => {
    const meta = isNew ? null : await readMeta(claim);
    const known = { syncedIndex: meta === null ? 0 : syncedIndex(meta) };
    const clusterId = meta?.clusterId ?? '';
    const opening = { paths, description, isNew, clusterId, ...known };
    return openOnce(backend, options, { ...opening, repair: mode });
  };
  try {
    const opened = await open('refuse');
    // What an earlier opening set out to repair is given up here, although nothing is damaged now.
    if (repair !== 'accept-loss' || !opened.store.isRepairing()) return opened;
    await new Promise((resolve) => opened.store.close(resolve));
    return await open(repair);
  } catch (error) {
    const isDamaged = error instanceof StorageError && error.code === 'DAMAGED';
    if (!isDamaged || repair === 'refuse' || isNew) throw error;
    if ((await readMeta(claim)) === null) throw error;
    await backend.rebuild(paths, description);
    return open(repair);
  }
}

async function openOnce(
  backend: DiskBackend,
  options: DiskLogOptions,
  opening: MediumOpening & { readonly repair: RepairMode; readonly clusterId: string },
): Promise<OpenedLog> {
  const { paths, description, repair } = opening;
  if (opening.isNew) await makeFolder(paths.log);
  const medium = await backend.open(opening);
  try {
    await writeLockHolder(paths.lock);
    const snapshots = await options.snapshots(opening.clusterId);
    const schedule = scheduleTimer;
    return await new Promise((resolve, reject) => {
      openStore(
        { ...options, backend: backend.name, medium, snapshots, description, schedule, repair },
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

interface Claim {
  readonly paths: NodePaths;
  readonly backend: DiskBackendName;
  readonly identity: StoreIdentity;
  readonly description: string;
}

/**
 * Whether there is no node in the directory yet. The meta files are made after the log and before
 * node.json, so a directory with any meta file must have a log, and one with node.json both.
 */
async function isNewDirectory(claim: Claim): Promise<boolean> {
  const { paths, identity, description } = claim;
  const found = await readIdentity(paths.identity).catch((error: unknown) => {
    // The pages say the same and are checked; node.json is written anew from them.
    if (error instanceof StorageError && error.code === 'DAMAGED') return null;
    throw error;
  });
  const isThere = (await readMeta(claim)) !== null;
  if (found === null) return !isThere;
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

/** The newest page; refuses what is foreign, newer, or damaged beyond use. Null: there is none. */
async function readMeta(claim: Claim): Promise<Meta | null> {
  const { paths } = claim;
  const pages = {
    a: await readWhole(paths.metaA, META_BYTES + 1),
    b: await readWhole(paths.metaB, META_BYTES + 1),
  };
  const chosen = chooseMeta(pages, claim);
  if (chosen instanceof StorageError) throw chosen;
  return chosen?.meta ?? null;
}
