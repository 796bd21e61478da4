import type { Reply } from '../../node-engine/resp/value.ts';
import type { NodeStatusView } from '../contract/model.ts';
import { refusalOf, type CommandTarget } from './command-sender.ts';
import type { ManagedCluster } from './managed-cluster.ts';
import { StepFailure } from './operation.ts';

/** A state of millions of keys takes a while to be hashed. */
const HASH_TIMEOUT_MS = 120_000;
const CAUGHT_UP_TIMEOUT_MS = 10 * 60_000;
/** Asked so often, all nodes answer for the same entry unless clients never stop writing. */
const TRIES = 20;
/** So long the ones that were behind are waited for before all are asked again. */
const NEXT_TRY_MS = 2_000;

/** What comparing asks of a cluster. */
export interface ComparedCluster extends Pick<ManagedCluster, 'send' | 'waitFor'> {
  readonly leader: () => ComparedNode | null;
}

/** What comparing asks of a node. */
export interface ComparedNode extends CommandTarget {
  readonly status: Pick<NodeStatusView, 'appliedIndex' | 'commitIndex'> | null;
}

/** A node's state behind one entry of the log. */
interface HashedState {
  readonly index: number;
  readonly hash: string;
}

/**
 * Compares the state of the nodes once they have caught up; returns what to say of it.
 *
 * Only states behind the same entry can be compared. While clients write no two nodes need to answer for
 * the same one: that is said, and is neither agreement nor its opposite.
 *
 * @throws StepFailure when two nodes differ, do not catch up, or do not answer
 */
export async function sameState(
  cluster: ComparedCluster,
  nodes: readonly ComparedNode[],
): Promise<string> {
  const isLevel = (): boolean => {
    const applied = nodes.map(({ status }) => status?.appliedIndex ?? 0);
    const commit = cluster.leader()?.status?.commitIndex ?? Infinity;
    return applied.every((index) => index >= commit);
  };
  await cluster.waitFor(isLevel, CAUGHT_UP_TIMEOUT_MS, () => 'Some nodes lag behind the leader.');
  for (let tries = 0; tries < TRIES; tries += 1) {
    const states = await Promise.all(nodes.map((node) => stateOf(cluster, node)));
    const hashes = new Map<number, string>();
    for (const { index, hash } of states) {
      const other = hashes.get(index);
      if (other !== undefined && other !== hash) {
        throw new StepFailure(`The nodes do not agree behind entry ${index}: ${other}, ${hash}`);
      }
      hashes.set(index, hash);
    }
    const [hash = '', ...others] = hashes.values();
    const count = states.length === 1 ? 'one node' : `${states.length} nodes agree`;
    if (others.length === 0) return `${count} on ${hash.slice(0, 8)}`;
    await caughtUp(cluster, nodes, Math.max(...hashes.keys()));
  }
  return 'not compared: clients kept writing, so that the nodes never answered for the same entry';
}

/** Asked at once, a node that has not been told of an entry yet says the same as before. */
async function caughtUp(
  cluster: ComparedCluster,
  nodes: readonly ComparedNode[],
  entry: number,
): Promise<void> {
  const isThere = (): boolean => nodes.every(({ status }) => (status?.appliedIndex ?? 0) >= entry);
  // One that does not come so far is asked all the same: its answer says what is wrong with it.
  await cluster.waitFor(isThere, NEXT_TRY_MS, () => 'Some nodes lag.').catch(() => undefined);
}

async function stateOf(cluster: ComparedCluster, node: ComparedNode): Promise<HashedState> {
  const options = { timeoutMs: HASH_TIMEOUT_MS, followRedirects: false };
  const answered = await cluster.send(node, ['RAFT', 'STATUS', 'HASH'], options);
  if (!answered.ok) throw new StepFailure(answered.error.message);
  const { reply } = answered.value;
  const refused = refusalOf(reply);
  if (refused !== null) throw new StepFailure(`${node.name}: ${refused.message}`);
  const [index, hash] = Array.isArray(reply) ? (reply as readonly Reply[]) : [];
  if (typeof index !== 'number' || !(hash instanceof Uint8Array)) {
    throw new StepFailure(`${node.name} did not say what its state is.`);
  }
  return { index, hash: Buffer.from(hash).toString('utf8') };
}
