import { randomBytes } from 'node:crypto';

import type { NodeStorage } from '../snapshot/node-storage.ts';
import type { Node } from './node.ts';
import { NodeStartError } from './node-options.ts';
import type { Logger, NodeOptions } from './node-options.ts';

const CLUSTER_ID_BYTES = 16;

/**
 * Founds a cluster, or ends what a start before began. The cluster gets its id only when its first
 * entry is durable: a node that has an id and no data has been taken in by others, and waits for them.
 * Nobody may be let in before this has ended.
 */
export async function foundCluster(node: Node, hasData: boolean, log: Logger): Promise<void> {
  if (!hasData) {
    log('notice', 'bootstrapping new cluster');
    await node.bootstrap();
  }
  if (node.clusterId() !== '') return;
  await node.adoptCluster(randomBytes(CLUSTER_ID_BYTES).toString('hex'));
}

/** Whether the node has ever had an entry. */
export function holdsData({ log }: NodeStorage): boolean {
  return log.recovered.lastIndex > 0 || log.recovered.snapshot !== null;
}

/** Whether a node without data is to begin a cluster of its own. */
export function mayFound({ entry }: NodeOptions, node: Node, storage: NodeStorage): boolean {
  // What was damaged was something once.
  return entry.type === 'bootstrap' && node.clusterId() === '' && storage.log.repair === null;
}

/**
 * Refuses a member that is started on another address: its peers dial the one that the cluster has
 * agreed on, and clients are sent there.
 *
 * @throws NodeStartError OPTIONS
 */
export function refuseOtherAddress(node: Node): void {
  const { id, clientAddress } = node.settings;
  const own = node.core.membership().members.find((member) => member.id === id);
  if (own === undefined || own.clientAddress === clientAddress) return;
  throw new NodeStartError(
    'OPTIONS',
    `advertise address change from "${own.clientAddress}" to "${clientAddress}": node ${id} is the ` +
      `former in its cluster; listen there, or advertise it where something passes connections on`,
  );
}
