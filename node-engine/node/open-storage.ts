import { StorageError } from '../log/log-store.ts';
import { inspectNode, type InspectedNode } from '../snapshot/inspect-node.ts';
import {
  openNodeStorage,
  type NodeStorage,
  type NodeStorageOptions,
} from '../snapshot/node-storage.ts';
import { holdsData } from './found-cluster.ts';
import { keepMachine } from './machine-file.ts';

/**
 * Opens what a node keeps, for the machine that has applied it so far. A log that lost entries is
 * opened for its leader to repair, unless the node is the only voter of its cluster: nobody can send
 * them again, and to go on without them is not for a program to decide.
 *
 * @param warn what the log was not read for, where what is missing of it does not say so
 * @throws StorageError as `openNodeStorage`; FOREIGN for another machine, too; DAMAGED names every
 *   entry that is lost
 */
export async function openOrRepair(
  options: NodeStorageOptions,
  warn: (text: string) => void,
): Promise<NodeStorage> {
  const { backend, directory, machine } = options;
  if (backend === 'memory') return openNodeStorage(options);
  const storage = await openLog(options, warn);
  try {
    await keepMachine(directory, machine.name, holdsData(storage));
  } catch (error) {
    if (error instanceof StorageError && error.code === 'FOREIGN') {
      await new Promise((resolve) => storage.close(resolve));
      throw error;
    }
    warn(`another machine would not be refused at the next start: ${String(error)}`);
  }
  return storage;
}

async function openLog(
  options: NodeStorageOptions,
  warn: (text: string) => void,
): Promise<NodeStorage> {
  let damage: StorageError | null = null;
  try {
    const storage = await openNodeStorage({ ...options, repair: 'refuse' });
    if (storage.log.repair === null) return storage;
    // An earlier opening began a repair that has not ended.
    await new Promise((resolve) => storage.close(resolve));
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'DAMAGED') throw error;
    damage = error;
  }
  await refuseOnlyVoter(options, damage);
  const storage = await openNodeStorage({ ...options, repair: 'from-leader' });
  if (damage !== null && damage.message !== storage.log.repair?.description) warn(damage.message);
  return storage;
}

async function refuseOnlyVoter(
  { directory }: NodeStorageOptions,
  damage: StorageError | null,
): Promise<void> {
  const node = await inspectNode(directory).catch((error: unknown) => {
    throw damage ?? error;
  });
  if (!isOnlyVoter(node)) return;
  const what = damage?.message ?? `data directory ${directory} is still being repaired`;
  const advice =
    node.membership === null
      ? 'Nothing of its log can be brought back: restore a snapshot of it into a new cluster'
      : `To go on without them: raftdeck repair --accept-loss '${directory}'`;
  throw new StorageError(
    'DAMAGED',
    `${what}. ${lossOf(node)} This node is the only voter of its cluster: nobody can send them ` +
      `again. ${advice}`,
    { cause: damage },
  );
}

/** What is left of the log may know only the members of an earlier time; the pages know how many. */
function isOnlyVoter({ membership, voterCount, identity }: InspectedNode): boolean {
  if (voterCount > 1) return false;
  if (membership === null) return voterCount === 1;
  const voters = membership.membership.members.filter(({ voter }) => voter);
  return voters.every(({ id }) => id === identity.nodeId);
}

/** The entries that were acknowledged and are not in what can be kept. */
function lossOf({ records, mark, repairUntil }: InspectedNode): string {
  const last = records?.lastIndex ?? 0;
  const promised = Math.max(mark.index, repairUntil?.index ?? 0);
  if (promised <= last) return 'Entries that were acknowledged cannot be read.';
  return `Entries ${last + 1} to ${promised} were acknowledged and cannot all be kept.`;
}
