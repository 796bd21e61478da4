import type { ClusterView, NodeView } from '../../../main/contract/model.ts';

/** How a process says, as its last word, that what it stored is of no use to it any more. */
const BEYOND_USE = /\bdamaged\b|corrupt|has lost its|can only rejoin|checksum|unreadable/i;

/** Whether a member cannot use what it stored: it says so while it runs, or it ended over it. */
export function isDamaged({ removed, process, exitReason, connected, status }: NodeView): boolean {
  if (removed) return false;
  if (process === 'crashed') return BEYOND_USE.test(exitReason ?? '');
  return connected && status?.health === 'damaged';
}

/** Why a node cannot be rebuilt from the leader just now; null when it can. */
export function rebuildReason(view: ClusterView, nodeId: string): string | null {
  const node = view.nodes.find(({ id }) => id === nodeId);
  if (node === undefined || node.removed) return 'It is not a member any more.';
  if (!isDamaged(node)) return `${node.name} can use its data: there is nothing to rebuild.`;
  if (view.operation?.state === 'running') return 'Something else is under way in the cluster.';
  return view.health.leaderId === null ? 'There is no leader to rebuild it from.' : null;
}
