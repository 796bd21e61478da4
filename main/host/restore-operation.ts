import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { CallRequest } from '../contract/check.ts';
import type { Result } from '../contract/errors.ts';
import type { CreateClusterRequest } from '../contract/host-api.ts';
import {
  answers,
  firstFailure,
  leads,
  noSuchNode,
  startStep,
  votersAre,
} from './cluster-operations.ts';
import { causeOf, failure } from './failure.ts';
import type { ManagedCluster } from './managed-cluster.ts';
import type { ManagedNode } from './managed-node.ts';
import type { LaunchRole } from './node-launch.ts';
import { type Operation, StepFailure } from './operation.ts';
import { sameState } from './same-state.ts';
import { noSuchSnapshot, readSnapshot, sizeWords } from './snapshot-reader.ts';
import type { NodeSpawner } from './spawner.ts';

const READ = 'Read the snapshot';
const UNPACK = 'Check it and make node-1 of it';
const ELECT = 'Elect a leader';
const VOTERS = 'Add the voters';
/** The last step of a restore. */
export const COMPARE = 'Compare the state on every node';

/** A snapshot on a node of a cluster that goes on. */
export interface RestoreSource {
  readonly cluster: ManagedCluster;
  readonly node: ManagedNode;
  readonly snapshotId: string;
  readonly sizeBytes: number;
}

/** Finds the snapshot, or says why it cannot be restored. */
export function restoreSource(
  cluster: ManagedCluster,
  request: { readonly nodeId: string; readonly snapshotId: string },
): Result<RestoreSource> {
  const node = cluster.node(request.nodeId);
  if (node === undefined) return noSuchNode(cluster, request.nodeId);
  const { snapshotId } = request;
  const listed = node.status?.snapshots.find(({ id }) => id === snapshotId);
  if (listed === undefined) return noSuchSnapshot(node, snapshotId);
  if (!node.connected) {
    const message = `${node.name} does not answer, so its snapshot cannot be read. Nothing was made. Start it, or choose another node's copy.`;
    return failure('E_UNREACHABLE', message);
  }
  return { ok: true, value: { cluster, node, snapshotId, sizeBytes: listed.sizeBytes } };
}

/** What a cluster is to be that is made of another one's snapshot. */
export function clusterLike(
  { saved: { machine, durability } }: ManagedCluster,
  { nodes, name }: CallRequest<'restoreToNewCluster'>,
): CreateClusterRequest {
  const named = name === undefined ? {} : { name };
  // What raftdeck restore makes is a LevelDB, whatever the other cluster had.
  const like = { nodes, backend: 'leveldb', machine, ...named } as const;
  return { ...like, durability: durability as 'low' | 'medium' | 'high' };
}

/**
 * Brings up a cluster that has just been saved, with the state of a snapshot: its first node begins
 * with it, alone; the others join empty and get it from their leader.
 */
export function restoreNodes(
  cluster: ManagedCluster,
  ports: string,
  source: RestoreSource,
  spawner: NodeSpawner,
): Promise<Result<null>> {
  const nodes = cluster.members();
  const [first, ...others] = nodes;
  if (first === undefined) throw new Error('a cluster has at least one node');
  const steps = ['Choose ports', READ, UNPACK, ...nodes.map(startStep), ELECT, VOTERS, COMPARE];
  return cluster.operate({ kind: 'restore', nodeId: null, steps }, (operation) => {
    const finished = (async () => {
      await operation.run('Choose ports', async () => ports);
      if (!(await takeData(operation, cluster, first, source, spawner))) return;
      if (!(await startAll(operation, cluster, [first], { type: 'member' }))) return;
      if (!(await operation.run(ELECT, () => leads(cluster, [first])))) return;
      const join: LaunchRole = { type: 'join', address: first.address };
      if (!(await startAll(operation, cluster, others, join))) return;
      const joined = await operation.run(VOTERS, (say) => votersAre(cluster, nodes.length, say));
      if (joined) await operation.run(COMPARE, () => sameState(cluster, nodes));
    })();
    return { accepted: Promise.resolve({ ok: true, value: null }), finished };
  });
}

/** Puts the snapshot's state into the folder of the first node; the file itself goes again. */
async function takeData(
  operation: Operation,
  cluster: ManagedCluster,
  first: ManagedNode,
  source: RestoreSource,
  spawner: NodeSpawner,
): Promise<boolean> {
  const { directory } = first.saved;
  const file = join(cluster.saved.directory, 'restored.snapshot');
  try {
    const isRead = await operation.run(READ, async (say) => {
      await mkdir(dirname(directory), { recursive: true, mode: 0o700 });
      return fetchFile(source, file, say);
    });
    if (!isRead) return false;
    return await operation.run(UNPACK, async () => {
      const target = [file, directory, '-n', first.id, '-a', first.address];
      const done = await spawner.runTool([
        'restore',
        ...target,
        '--machine',
        cluster.saved.machine,
      ]);
      if (!done.ok) throw new StepFailure(done.error.message.replace(/^raftdeck: /, ''));
      return /; (.*), all whole\./.exec(done.value)?.[1] ?? null;
    });
  } finally {
    await rm(file, { force: true });
  }
}

async function fetchFile(
  { cluster, node, snapshotId, sizeBytes }: RestoreSource,
  path: string,
  say: (detail: string) => void,
): Promise<string> {
  const handle = await open(path, 'wx', 0o600).catch((error: unknown) => {
    throw new StepFailure(`${path} cannot be made: ${causeOf(error)}`);
  });
  try {
    let received = 0;
    const read = await readSnapshot(cluster, node, snapshotId, async (bytes) => {
      await handle.writeFile(bytes);
      received += bytes.length;
      say(`${sizeWords(received)} of ${sizeWords(sizeBytes)}`);
    });
    if (!read.ok) throw new StepFailure(read.error.message);
    return `${sizeWords(received)} from ${node.name} of ${cluster.name}`;
  } finally {
    await handle.close();
  }
}

async function startAll(
  operation: Operation,
  cluster: ManagedCluster,
  nodes: readonly ManagedNode[],
  role: LaunchRole,
): Promise<boolean> {
  const started = nodes.map((node) => node.start(role));
  const up = nodes.map((node, at) => answers(operation, cluster, node, started[at]));
  const accepted = await firstFailure(started);
  return (await Promise.all(up)).every(Boolean) && accepted.ok;
}
