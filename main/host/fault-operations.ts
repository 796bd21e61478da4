import type { Reply } from '../../node-engine/resp/value.ts';
import type { Result } from '../contract/errors.ts';
import {
  faultCommand,
  type FaultRef,
  type FaultRequest,
  type HealedFaults,
} from '../contract/fault.ts';
import { noSuchNode } from './cluster-operations.ts';
import { refusalOf } from './command-sender.ts';
import { DONE } from './failure.ts';
import type { ManagedCluster } from './managed-cluster.ts';
import type { ManagedNode } from './managed-node.ts';

/** Setting and healing needs no disk and no peer: a node that is slower is frozen. */
const FAULT_TIMEOUT_MS = 5_000;

/** Puts a fault in force on one node. */
export async function setFault(
  cluster: ManagedCluster,
  node: ManagedNode,
  request: { readonly fault: FaultRequest; readonly leaseMs: number },
): Promise<Result<FaultRef>> {
  const replied = await sendFault(cluster, node, faultCommand(request.fault, request.leaseMs));
  return replied.ok ? { ok: true, value: { faultId: textOf(replied.value) } } : replied;
}

/** Gives a fault a new lease, from now on. */
export async function extendFault(
  cluster: ManagedCluster,
  node: ManagedNode,
  request: { readonly faultId: string; readonly leaseMs: number },
): Promise<Result<null>> {
  const { faultId, leaseMs } = request;
  const args = ['RAFT', 'FAULT', 'EXTEND', faultId, 'LEASE', String(leaseMs)];
  const replied = await sendFault(cluster, node, args);
  return replied.ok ? DONE : replied;
}

/** Ends one fault of a node, all of a node, or all of the cluster. */
export async function healFaults(
  cluster: ManagedCluster,
  request: { readonly nodeId: string | null; readonly faultId: string | null },
): Promise<Result<HealedFaults>> {
  const { nodeId, faultId } = request;
  if (nodeId === null) return healAll(cluster);
  const node = cluster.node(nodeId);
  if (node === undefined) return noSuchNode(cluster, nodeId);
  const replied = await sendFault(cluster, node, ['RAFT', 'FAULT', 'HEAL', faultId ?? 'ALL']);
  if (!replied.ok) return replied;
  return { ok: true, value: { healed: Number(textOf(replied.value)), unreached: [] } };
}

/** All nodes at the same time; one that does not answer, frozen perhaps, is named. */
async function healAll(cluster: ManagedCluster): Promise<Result<HealedFaults>> {
  const unreached: string[] = [];
  let healed = 0;
  const heal = async (node: ManagedNode): Promise<void> => {
    const replied = await sendFault(cluster, node, ['RAFT', 'FAULT', 'HEAL', 'ALL']);
    if (replied.ok) healed += Number(textOf(replied.value));
    else unreached.push(node.id);
  };
  await Promise.all(
    cluster
      .nodes()
      .filter((node) => node.exists)
      .map(heal),
  );
  return { ok: true, value: { healed, unreached } };
}

async function sendFault(
  cluster: ManagedCluster,
  node: ManagedNode,
  args: readonly string[],
): Promise<Result<Reply>> {
  const options = { timeoutMs: FAULT_TIMEOUT_MS, followRedirects: false };
  const answered = await cluster.send(node, args, options);
  if (!answered.ok) return answered;
  const { reply } = answered.value;
  const refused = refusalOf(reply);
  return refused === null ? { ok: true, value: reply } : { ok: false, error: refused };
}

function textOf(reply: Reply): string {
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString('utf8');
  return typeof reply === 'object' ? '' : String(reply);
}
