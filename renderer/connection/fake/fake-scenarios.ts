import { setFakeFault } from './fake-faults.ts';
import type { FakeLoad } from './fake-load.ts';
import {
  createFakeCluster,
  createFakeNode,
  endProcess,
  type FakeCluster,
  type FakeNode,
} from './fake-cluster.ts';
import { fakeKeys, hostileKeys } from './fake-keys.ts';

/** The situations every screen must look right in, by name. */
export const FAKE_SCENARIOS: Readonly<Record<string, (nowMs: number) => readonly FakeCluster[]>> = {
  first: () => [],
  healthy: (nowMs) => [healthy(nowMs), stopped(nowMs)],
  million: (nowMs) => [million(nowMs)],
  idle: (nowMs) => [{ ...healthy(nowMs), writesPerSecond: 0 }],
  degraded: (nowMs) => [degraded(nowMs)],
  'no-leader': (nowMs) => [noLeader(nowMs)],
  'frozen-quorum': (nowMs) => [frozenQuorum(nowMs)],
  creating: (nowMs) => [creating(nowMs)],
  'failed-start': (nowMs) => [failedStart(nowMs)],
  five: (nowMs) => [five(nowMs)],
  nine: (nowMs) => [createFakeCluster({ id: 'nine', name: 'nine', nodes: 9, nowMs })],
  one: (nowMs) => [createFakeCluster({ id: 'one', name: 'one', nodes: 1, nowMs })],
  two: (nowMs) => [createFakeCluster({ id: 'two', name: 'two', nodes: 2, nowMs })],
  adding: (nowMs) => [adding(nowMs)],
  'no-snapshots': (nowMs) => [{ ...healthy(nowMs), snapshots: [] }],
  stopped: (nowMs) => [stopped(nowMs)],
  damaged: (nowMs) => [damaged(nowMs)],
  faults: (nowMs) => [faults(nowMs)],
  load: (nowMs) => [loaded(nowMs, 'linearizable', null)],
  violation: (nowMs) => [loaded(nowMs, 'not linearizable', nowMs - 2_000)],
  undecided: (nowMs) => [loaded(nowMs, 'undecided', nowMs - 2_000)],
  recording: (nowMs) => [{ ...degraded(nowMs), id: 'rec-1a2b3c4d' }, healthy(nowMs)],
  hostile: (nowMs) => [hostile(nowMs), ...many(nowMs)],
};

function healthy(nowMs: number): FakeCluster {
  const cluster = createFakeCluster({ id: 'orders-lab', nodes: 3, nowMs });
  const [, second, third] = cluster.nodes;
  if (second !== undefined) Object.assign(second, { roundTripMs: 0.4 });
  if (third !== undefined) Object.assign(third, { roundTripMs: 3.1, lag: 2 });
  return Object.assign(cluster, { keys: fakeKeys(nowMs) });
}

/** A million keys, and among them a value of 50 MB. */
function million(nowMs: number): FakeCluster {
  const cluster = createFakeCluster({ id: 'million', name: 'million', nodes: 3, nowMs });
  cluster.keys.counted = 999_999;
  cluster.keys.set('large', new Uint8Array(50_000_000).fill(97));
  return cluster;
}

function stopped(nowMs: number): FakeCluster {
  const cluster = createFakeCluster({
    id: 'five-way',
    name: 'five-way',
    nodes: 5,
    basePort: 7491,
    nowMs,
  });
  for (const node of cluster.nodes) endProcess(node, null, nowMs - 86_400_000);
  return Object.assign(cluster, {
    leaderId: null,
    term: 12,
    writesPerSecond: 0,
    lastUsedMs: nowMs - 2 * 86_400_000,
  });
}

function degraded(nowMs: number): FakeCluster {
  const cluster = createFakeCluster({ id: 'orders-lab', nodes: 3, nowMs });
  const [first, , third] = cluster.nodes;
  if (first !== undefined) endProcess(first, 'SIGKILL', nowMs - 9_800);
  if (first !== undefined) first.lag = 864;
  if (third !== undefined) {
    Object.assign(third, { lag: 22, roundTripMs: 242 });
    const delay = { kind: 'link-delay', delayMs: 240, jitterMs: 0 } as const;
    setFakeFault(third, { ...delay, peerId: '2', direction: 'in' }, 30_000, nowMs - 12_000);
  }
  return Object.assign(cluster, {
    leaderId: '2',
    term: 8,
    writesPerSecond: 98,
    leaderChangedAtMs: nowMs - 9_100,
  });
}

/** A load of which some seconds saw no leader. */
function loaded(
  nowMs: number,
  verdict: FakeLoad['verdict'],
  endedAtMs: number | null,
): FakeCluster {
  const cluster = degraded(nowMs);
  const request = {
    clients: 24,
    readPercent: 50,
    keys: 64,
    opsPerSecond: 200,
    durationMs: 60_000,
  };
  const gap = { fromMs: 8_000, lengthMs: 1_640 };
  cluster.load = { request, startedAtMs: nowMs - 41_000, endedAtMs, gap, verdict };
  return cluster;
}

/** A leader cut off, a slow link beside it, a disk that is late and a frozen node. */
function faults(nowMs: number): FakeCluster {
  const cluster = createFakeCluster({ id: 'orders-lab', nodes: 5, nowMs });
  const cut = (node: FakeNode | undefined, peerId: string): void => {
    if (node === undefined) return;
    const fault = { kind: 'link-cut', peerId, direction: 'out' } as const;
    setFakeFault(node, fault, 30_000, nowMs - 12_000);
  };
  const [first, second, third, fourth, fifth] = cluster.nodes;
  for (const other of [third, fourth, fifth]) {
    for (const one of [first, second]) {
      cut(one, other?.id ?? '');
      cut(other, one?.id ?? '');
    }
  }
  if (fourth !== undefined) {
    const delay = { kind: 'link-delay', delayMs: 80, jitterMs: 20 } as const;
    setFakeFault(fourth, { ...delay, peerId: '3', direction: 'out' }, 60_000, nowMs - 41_000);
    setFakeFault(fourth, { kind: 'disk-slow', delayMs: 200 }, 600_000, nowMs - 4_000);
  }
  if (fifth !== undefined) Object.assign(fifth, { process: 'frozen', silentSinceMs: nowMs - 800 });
  return Object.assign(cluster, { leaderId: '4', term: 9, leaderChangedAtMs: nowMs - 11_200 });
}

function noLeader(nowMs: number): FakeCluster {
  const cluster = createFakeCluster({ id: 'orders-lab', nodes: 3, nowMs });
  const [first, second, third] = cluster.nodes;
  if (first !== undefined) endProcess(first, null, nowMs - 8_300);
  if (second !== undefined) endProcess(second, 'exit code 137', nowMs - 7_000);
  if (third !== undefined) third.candidate = true;
  return Object.assign(cluster, {
    leaderId: null,
    term: 10,
    leaderChangedAtMs: nowMs - 6_200,
    electionAtMs: nowMs + 1e9,
  });
}

function frozenQuorum(nowMs: number): FakeCluster {
  const cluster = createFakeCluster({ id: 'orders-lab', nodes: 3, nowMs });
  const [first, second, third] = cluster.nodes;
  for (const node of [first, second]) {
    if (node !== undefined)
      Object.assign(node, { process: 'frozen', silentSinceMs: nowMs - 7_400 });
  }
  if (third !== undefined) third.candidate = true;
  return Object.assign(cluster, {
    leaderId: null,
    leaderChangedAtMs: nowMs - 6_200,
    electionAtMs: nowMs + 1e9,
  });
}

function creating(nowMs: number): FakeCluster {
  const cluster = createFakeCluster({ id: 'new', name: 'cluster-1', nodes: 3, nowMs });
  for (const node of cluster.nodes) {
    Object.assign(node, { process: 'starting', startedAtMs: nowMs - 412 });
  }
  return Object.assign(cluster, {
    leaderId: null,
    writesPerSecond: 0,
    commitIndex: 0,
    operation: {
      kind: 'create',
      nodeId: null,
      state: 'running',
      steps: [
        { name: 'Choose ports', state: 'done', detail: '7481–7483', elapsedMs: 4 },
        { name: 'Start node-1', state: 'done', detail: 'pid 51220', elapsedMs: 390 },
        { name: 'Start node-2', state: 'done', detail: 'pid 51230', elapsedMs: 402 },
        { name: 'Start node-3', state: 'running', detail: null, elapsedMs: 412 },
        { name: 'Elect a leader', state: 'waiting', detail: null, elapsedMs: null },
        { name: 'Add the voters', state: 'waiting', detail: null, elapsedMs: null },
      ],
    },
  } satisfies Partial<FakeCluster>);
}

function failedStart(nowMs: number): FakeCluster {
  const cluster = creating(nowMs);
  for (const node of cluster.nodes) endProcess(node, null, nowMs);
  cluster.operation = {
    kind: 'create',
    nodeId: null,
    state: 'failed',
    steps: [
      { name: 'Choose ports', state: 'done', detail: '7481–7483', elapsedMs: 4 },
      { name: 'Start node-1', state: 'done', detail: null, elapsedMs: 390 },
      {
        name: 'Start node-2',
        state: 'failed',
        detail:
          'Port 7482 is used by redis-server (PID 4120). node-2 needs it and was not started. ' +
          'End that program and start node-2 again.',
        elapsedMs: 730,
      },
      { name: 'Start node-3', state: 'done', detail: null, elapsedMs: 402 },
      { name: 'Elect a leader', state: 'failed', detail: 'no majority', elapsedMs: 30_000 },
    ],
  };
  return cluster;
}

function five(nowMs: number): FakeCluster {
  const cluster = createFakeCluster({ id: 'five', name: 'five', nodes: 5, nowMs });
  const [, , third, fourth, fifth] = cluster.nodes;
  if (third !== undefined) third.process = 'frozen';
  if (third !== undefined) third.silentSinceMs = nowMs - 8_100;
  if (fourth !== undefined) Object.assign(fourth, { voter: false, promote: true, lag: 2_910 });
  if (fifth !== undefined) fifth.lag = 17;
  return Object.assign(cluster, { leaderId: '2' });
}

function adding(nowMs: number): FakeCluster {
  const cluster = createFakeCluster({ id: 'orders-lab', nodes: 3, nowMs });
  const fourth = createFakeNode('4', nowMs);
  Object.assign(fourth, { voter: false, promote: true, lag: 2_910, startedAtMs: nowMs - 7_000 });
  return Object.assign(cluster, {
    leaderId: '3',
    term: 11,
    commitIndex: 266_508,
    nodes: [...cluster.nodes, fourth],
    operation: {
      kind: 'add-peer',
      nodeId: '4',
      state: 'running',
      steps: [
        { name: 'Process started', state: 'done', detail: 'pid 51250', elapsedMs: 300 },
        { name: 'Joined as a non-voter', state: 'done', detail: 'entry 265,776', elapsedMs: 600 },
        { name: 'Catching up', state: 'running', detail: null, elapsedMs: 5_500 },
        { name: 'Promoted to voter', state: 'waiting', detail: null, elapsedMs: null },
      ],
    },
  } satisfies Partial<FakeCluster>);
}

function damaged(nowMs: number): FakeCluster {
  const cluster = createFakeCluster({ id: 'orders-lab', nodes: 3, nowMs });
  const [, second, third] = cluster.nodes;
  if (second !== undefined) {
    second.health = 'damaged';
    second.healthReason = 'log is unreadable after entry 5,120';
  }
  if (third !== undefined) third.silentSinceMs = nowMs - 4_200;
  return cluster;
}

/** Text that would run, hide or break the layout if anything treated it as more than text. */
function hostile(nowMs: number): FakeCluster {
  const name = '<img src=x onerror=alert(1)> "quoted" & a very long name';
  const cluster = createFakeCluster({ id: 'hostile', name, nodes: 3, nowMs });
  const second = cluster.nodes[1];
  if (second !== undefined) {
    endProcess(second, `exit code 1: ${'<script>alert(1)</script> '.repeat(8)}`, nowMs - 3_000);
  }
  const keys = hostileKeys();
  return Object.assign(cluster, { commitIndex: 9_007_199_254_740_000, term: 4_294_967_295, keys });
}

function many(nowMs: number): readonly FakeCluster[] {
  return Array.from({ length: 24 }, (_, at) =>
    createFakeCluster({
      id: `lab-${String(at)}`,
      name: `lab-${String(at)}`,
      nodes: 3,
      basePort: 7500 + 10 * at,
      nowMs,
    }),
  );
}
