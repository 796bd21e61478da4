import type { ClusterView } from '../../../main/contract/model.ts';
import { splitAddress } from '../nodes/commands.ts';

/**
 * The node that would be added next, as far as can be told: ids are never used twice and ports follow
 * ids. The host chooses in the end, because a port may be taken. Null where ids are not numbers.
 */
export function nextPeer(
  view: ClusterView,
): { readonly id: string; readonly name: string; readonly address: string } | null {
  const ids = view.nodes.map(({ id }) => Number(id));
  const last = view.nodes.at(-1);
  if (last === undefined || ids.some((id) => !Number.isSafeInteger(id))) return null;
  const next = Math.max(...ids) + 1;
  const { host } = splitAddress(last.clientAddress);
  const ports = view.nodes.map(({ clientAddress }) => Number(splitAddress(clientAddress).port));
  return {
    id: String(next),
    name: `node-${String(next)}`,
    address: `${host}:${String(Math.max(...ports) + 1)}`,
  };
}
