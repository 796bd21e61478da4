import type {
  ClusterHealth,
  ClusterSummary,
  ClusterView,
  NodeView,
  OperationView,
} from '../contract/model.ts';
import type { SavedCluster } from './saved-cluster.ts';

/** The picture of a cluster, whole, as it is pushed and recorded. */
export function clusterView(parts: {
  readonly saved: SavedCluster;
  readonly nodes: readonly NodeView[];
  readonly health: ClusterHealth;
  readonly operation: OperationView | null;
  readonly nowMs: number;
}): ClusterView {
  const { saved, nodes, health, operation, nowMs } = parts;
  const { id, name, createdAtMs, machine, directory } = saved;
  return {
    id,
    name,
    createdAtMs,
    machine,
    directory,
    health,
    nodes,
    operation,
    connectCommand: connectCommand(nodes),
    timeMs: nowMs,
  };
}

/** The line of a cluster in the list of all clusters. */
export function clusterSummary(saved: SavedCluster, view: ClusterView): ClusterSummary {
  const members = view.nodes.filter((node) => !node.removed);
  return {
    id: view.id,
    name: view.name,
    health: view.health.level,
    sentence: failedStart(view) ?? view.health.sentence,
    leaderId: view.health.leaderId,
    term: view.health.term,
    nodesUp: members.filter((node) => node.connected).length,
    nodes: members.length,
    basePort: saved.basePort,
    connectCommand: view.connectCommand,
    lastUsedMs: saved.lastUsedMs,
  };
}

/** Why no node of a cluster that is stopped came up when it was to; null where it was not, or one did. */
function failedStart({ health, operation }: ClusterView): string | null {
  if (health.level !== 'stopped' || operation?.state !== 'failed') return null;
  if (operation.kind !== 'create' && operation.kind !== 'start') return null;
  const { steps } = operation;
  if (steps.some(({ name, state }) => name.startsWith('Start ') && state === 'done')) return null;
  const step = steps.find(({ state }) => state === 'failed');
  return step?.detail === null || step === undefined ? null : `Not started: ${step.detail}`;
}

/** Numbers in numeric order, anything else after them by its characters. */
export function compareIds(left: string, right: string): number {
  const numbers = [Number(left), Number(right)] as const;
  if (Number.isFinite(numbers[0]) && Number.isFinite(numbers[1])) return numbers[0] - numbers[1];
  return left < right ? -1 : left > right ? 1 : 0;
}

function connectCommand(nodes: readonly NodeView[]): string | null {
  const node = nodes.find((candidate) => candidate.connected && !candidate.removed);
  if (node === undefined) return null;
  const port = node.clientAddress.slice(node.clientAddress.lastIndexOf(':') + 1);
  // -c: a follower answers with MOVED, and redis-cli then goes to the leader by itself.
  return `redis-cli -c -p ${port}`;
}
