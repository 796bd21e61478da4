import type { OffsetOfCommand } from '../log/cut-run.ts';
import { backendNamed } from '../log/backends.ts';
import type { DiskFaults } from '../log/disk-faults.ts';
import { openDiskLog } from '../log/disk-log.ts';
import type {
  Backend,
  Done,
  Durability,
  OpenedLog,
  RepairMode,
  StoreIdentity,
} from '../log/log-store.ts';
import { StorageError } from '../log/log-store.ts';
import { openMemoryLog } from '../log/memory/memory-log.ts';
import { ioError, nodePaths, readWhole } from '../log/node-directory.ts';
import { openFileSnapshots, type DamagedSnapshot } from './file-snapshot-store.ts';
import type { MachineIdentity } from './header-document.ts';
import { MemorySnapshotStore } from './memory-snapshot-store.ts';
import type { SnapshotStore } from './snapshot-store.ts';

/** What a node's storage is opened with. */
export interface NodeStorageOptions {
  readonly backend: Backend;
  /** The node's directory; made when missing, not used in memory. */
  readonly directory: string;
  /** Whose directory it must be; an empty cluster id takes the one that is there. */
  readonly identity: StoreIdentity;
  readonly durability: Durability;
  /** What to do when entries that were promised are lost; `refuse` unless told otherwise. */
  readonly repair?: RepairMode;
  readonly machine: MachineIdentity;
  readonly offsetOfCommand: OffsetOfCommand;
  /** Faults of the disk under log and snapshots; null or missing for none. */
  readonly faults?: DiskFaults | null;
}

/** The log and the snapshots of one node, and what was found of them. */
export interface NodeStorage {
  readonly log: OpenedLog;
  readonly snapshots: SnapshotStore;
  /** Files that were not used; they stay where they are. */
  readonly damagedSnapshots: readonly DamagedSnapshot[];
  /** Tells both which cluster a joining node belongs to; durable when done. */
  adoptCluster(clusterId: string, done: Done): void;
  /** Ends snapshots that are under way, then the log: once it is done, nothing is open. */
  close(done: Done): void;
}

/**
 * Opens everything a node keeps, in the order that locking asks for: the log locks the directory, then
 * the snapshots are read, then the log is held against them.
 *
 * @throws StorageError FOREIGN, LOCKED, DAMAGED, NEWER_FORMAT or IO.
 */
export async function openNodeStorage(options: NodeStorageOptions): Promise<NodeStorage> {
  const { identity, machine, offsetOfCommand } = options;
  const faults = options.faults ?? null;
  let clusterId = identity.clusterId;
  const currentClusterId = (): string => clusterId;
  let snapshots: SnapshotStore = new MemorySnapshotStore({ machine, clusterId: currentClusterId });
  let damagedSnapshots: readonly DamagedSnapshot[] = [];
  let closeSnapshots = (): Promise<void> => Promise.resolve();
  let log: OpenedLog;
  if (options.backend === 'memory') {
    await refuseDiskLog(options.directory);
    log = await openMemoryLog({ identity, offsetOfCommand, faults });
  } else {
    const paths = nodePaths(options.directory);
    log = await openDiskLog(backendNamed(options.backend), {
      ...options,
      snapshots: async (known) => {
        if (clusterId === '') clusterId = known;
        const opened = await openFileSnapshots({
          folder: paths.snapshots,
          machine,
          clusterId: currentClusterId,
          faults,
        });
        snapshots = opened.store;
        damagedSnapshots = opened.damaged;
        closeSnapshots = opened.close;
        return opened.store.list();
      },
    });
  }
  clusterId = log.identity.clusterId;
  return {
    log,
    snapshots,
    damagedSnapshots,
    adoptCluster: (learnt, done) => {
      log.store.adoptCluster(learnt, (error) => {
        if (error === null) clusterId = learnt;
        done(error);
      });
    },
    close: (done) => {
      closeSnapshots().then(
        () => log.store.close(done),
        // The log is closed in any case: it holds the directory.
        (error: unknown) =>
          log.store.close((failure) => done(failure ?? ioError('cannot close snapshots', error))),
      );
    },
  };
}

/** A node that comes back in memory where it has been on disk would vote a second time. */
async function refuseDiskLog(directory: string): Promise<void> {
  const { metaA, metaB } = nodePaths(directory);
  if ((await readWhole(metaA)) === null && (await readWhole(metaB)) === null) return;
  throw new StorageError(
    'FOREIGN',
    `data directory ${directory} holds the log of a node on disk; the memory backend would forget ` +
      'its vote: start it with the backend it has, or give this node another directory and id',
  );
}
