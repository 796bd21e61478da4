import type { ProcessState } from '../../../main/contract/model.ts';
import type { OperationView } from '../../../main/contract/model.ts';
import type { FakeFault } from './fake-faults.ts';
import { FakeKeys } from './fake-keys.ts';
import type { FakeLoad } from './fake-load.ts';

/** A node of a scripted cluster. Its figures are given, not computed by any consensus. */
export interface FakeNode {
  readonly id: string;
  process: ProcessState;
  pid: number;
  startedAtMs: number;
  exitReason: string | null;
  exitedAtMs: number | null;
  voter: boolean;
  /** A non-voter that gets a vote once it has caught up. */
  promote: boolean;
  removed: boolean;
  /** How far it is behind the leader, in entries, and by how much that changes per second. */
  lag: number;
  lagPerSecond: number;
  roundTripMs: number;
  candidate: boolean;
  /** What it last said is this old; null while it answers. */
  silentSinceMs: number | null;
  health: 'ok' | 'damaged' | 'storage-failed' | 'waiting';
  healthReason: string | null;
  faults: readonly FakeFault[];
  /** When a frozen or killed one comes back by itself. */
  leaseEndsAtMs: number | null;
}

/** A scripted cluster. */
export interface FakeCluster {
  readonly id: string;
  name: string;
  readonly basePort: number;
  nodes: FakeNode[];
  leaderId: string | null;
  term: number;
  commitIndex: number;
  writesPerSecond: number;
  leaderChangedAtMs: number | null;
  electionAtMs: number | null;
  operation: OperationView | null;
  operationStartedMs: number;
  lastUsedMs: number;
  nextSequence: number;
  keys: FakeKeys;
  snapshots: readonly FakeSnapshot[];
  load: FakeLoad | null;
}

/** A snapshot that nodes of a scripted cluster hold. */
export interface FakeSnapshot {
  readonly index: number;
  readonly term: number;
  readonly sizeBytes: number;
  readonly madeAtMs: number;
  readonly nodeIds: readonly string[];
}

/** What `createFakeCluster` leaves to its caller. */
export interface FakeClusterOptions {
  readonly id: string;
  readonly name?: string;
  readonly nodes: number;
  readonly basePort?: number;
  readonly nowMs: number;
}

export function createFakeNode(id: string, nowMs: number): FakeNode {
  return {
    id,
    process: 'running',
    pid: 51_210 + Number(id) * 10,
    startedAtMs: nowMs - 21 * 60_000,
    exitReason: null,
    exitedAtMs: null,
    voter: true,
    promote: false,
    removed: false,
    lag: 0,
    lagPerSecond: 0,
    roundTripMs: 0.3 + Number(id) * 0.1,
    candidate: false,
    silentSinceMs: null,
    health: 'ok',
    healthReason: null,
    faults: [],
    leaseEndsAtMs: null,
  };
}

export function createFakeCluster(options: FakeClusterOptions): FakeCluster {
  const { id, name = 'orders-lab', nodes, basePort = 7481, nowMs } = options;
  return {
    id,
    name,
    basePort,
    nodes: Array.from({ length: nodes }, (_, at) => createFakeNode(String(at + 1), nowMs)),
    leaderId: '1',
    term: 7,
    commitIndex: 153_310,
    writesPerSecond: 114,
    leaderChangedAtMs: nowMs - 43_800,
    electionAtMs: null,
    operation: null,
    operationStartedMs: nowMs,
    lastUsedMs: nowMs,
    nextSequence: 1,
    keys: new FakeKeys(),
    snapshots: fakeSnapshots(nowMs),
    load: null,
  };
}

export function takesPart(node: FakeNode): boolean {
  return node.process === 'running' && node.silentSinceMs === null && node.health === 'ok';
}

/** Ends a process the way a signal does. */
export function endProcess(node: FakeNode, reason: string | null, nowMs: number): void {
  node.process = reason === null ? 'stopped' : 'crashed';
  node.faults = [];
  node.exitReason = reason ?? 'exit code 0';
  node.exitedAtMs = nowMs;
}

/** A frozen process goes on, an ended one starts again. */
export function comeBack(node: FakeNode, nowMs: number): void {
  if (node.process !== 'frozen') node.startedAtMs = nowMs;
  Object.assign(node, { process: 'running', silentSinceMs: null, leaseEndsAtMs: null });
  Object.assign(node, { exitReason: null, exitedAtMs: null });
}

/** A moment passes: entries are written, followers catch up, a lost leader is replaced. */
export function advanceCluster(cluster: FakeCluster, nowMs: number, elapsedMs: number): void {
  for (const node of cluster.nodes) {
    if (node.leaseEndsAtMs !== null && node.leaseEndsAtMs <= nowMs) comeBack(node, nowMs);
  }
  const leader = cluster.nodes.find(({ id }) => id === cluster.leaderId);
  if (leader !== undefined && !takesPart(leader)) loseLeader(cluster, nowMs);
  if (cluster.electionAtMs !== null && nowMs >= cluster.electionAtMs) elect(cluster, nowMs);
  if (cluster.leaderId === null) return;
  cluster.commitIndex += Math.round((cluster.writesPerSecond * elapsedMs) / 1000);
  for (const node of cluster.nodes) {
    if (!takesPart(node)) node.lag += Math.round((cluster.writesPerSecond * elapsedMs) / 1000);
    else node.lag = Math.max(0, node.lag + Math.round((node.lagPerSecond * elapsedMs) / 1000));
    if (node.lag === 0 && node.promote) Object.assign(node, { voter: true, promote: false });
  }
}

function loseLeader(cluster: FakeCluster, nowMs: number): void {
  cluster.leaderId = null;
  cluster.leaderChangedAtMs = nowMs;
  cluster.electionAtMs = nowMs + 620;
}

function elect(cluster: FakeCluster, nowMs: number): void {
  const voters = cluster.nodes.filter(({ voter, removed }) => voter && !removed);
  const able = voters.filter(takesPart);
  const enough = able.length * 2 > voters.length;
  for (const node of cluster.nodes) node.candidate = false;
  const first = able[0];
  if (first === undefined) return;
  if (!enough) {
    first.candidate = true;
    cluster.electionAtMs = nowMs + 800;
    return;
  }
  cluster.electionAtMs = null;
  cluster.term += 1;
  cluster.leaderId = first.id;
  cluster.leaderChangedAtMs = nowMs;
}

/** Two nodes keep an older one besides, and one made one by itself. */
function fakeSnapshots(nowMs: number): readonly FakeSnapshot[] {
  const made = (index: number, term: number, agoMs: number, nodeIds: readonly string[]) => ({
    ...{ index, term, madeAtMs: nowMs - agoMs, nodeIds },
    sizeBytes: index * 146,
  });
  return [
    made(151_200, 7, 18_500, ['1', '2', '3']),
    made(131_200, 6, 193_500, ['1', '2', '3']),
    made(111_200, 6, 369_500, ['1', '2']),
    made(98_417, 6, 480_000, ['3']),
  ];
}
