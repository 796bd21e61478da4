import type { PlannedNode } from './cluster-plan.ts';
import type { ReadyCluster } from './cluster-readiness.ts';

/** A cluster that is ready, as `up` tells it. */
export interface ReadyReport {
  readonly ready: ReadyCluster;
  readonly nodes: readonly PlannedNode[];
  /** By node id; null for a node that has died meanwhile. */
  readonly pids: ReadonlyMap<string, number | null>;
  /** Path of the authority's certificate; null without TLS. */
  readonly authority: string | null;
  readonly elapsedMs: number;
}

/** One line of JSON. */
export function readyLine({ ready, nodes, pids, authority }: ReadyReport): string {
  const document = {
    ready: true,
    clusterId: ready.clusterId,
    leader: ready.leader,
    authority,
    nodes: nodes.map((node) => ({
      id: node.id,
      pid: pids.get(node.id) ?? null,
      clientAddress: ready.statuses.get(node.id)?.clientAddress ?? node.address,
      peerAddress: ready.statuses.get(node.id)?.peerAddress ?? node.address,
      directory: node.directory,
    })),
  };
  return `${JSON.stringify(document)}\n`;
}

/** A few lines for people; the last one says what to type. */
export function readyText({ ready, nodes, pids, authority, elapsedMs }: ReadyReport): string {
  const lines = nodes.map(({ id, address, directory }) => {
    const pid = pids.get(id) ?? null;
    const process = pid === null ? 'dead' : `PID ${pid}`;
    const isMember = ready.memberIds.includes(id);
    const role = id === ready.leader ? '  leader' : isMember ? '' : '  not a member any more';
    return `  node ${id}  ${address}  ${process}  ${directory}${role}`;
  });
  const port = nodes[0]?.address.split(':').at(-1) ?? '';
  return [
    `Cluster ${ready.clusterId} is ready after ${(elapsedMs / 1000).toFixed(1)} s:`,
    ...lines,
    'Ctrl-C stops it. Talk to it with:',
    `  redis-cli -c -p ${port}${authority === null ? '' : ` --tls --cacert ${quoted(authority)}`}`,
    '',
  ].join('\n');
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
