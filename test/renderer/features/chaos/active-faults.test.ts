import { expect, test } from 'vitest';

import type { FaultRequest } from '../../../../main/contract/fault.ts';
import type { ClusterView } from '../../../../main/contract/model.ts';
import {
  createFakeCluster,
  endProcess,
  type FakeCluster,
} from '../../../../renderer/connection/fake/fake-cluster.ts';
import { setFakeFault } from '../../../../renderer/connection/fake/fake-faults.ts';
import { fakeView } from '../../../../renderer/connection/fake/fake-views.ts';
import { activeFaultsOf } from '../../../../renderer/features/chaos/active-faults.ts';
import { stoppedByFaults } from '../../../../renderer/features/chaos/heal.ts';
import { LeaseClock } from '../../../../renderer/features/chaos/lease-clock.ts';

const NOW_MS = 1_700_000_000_000;
const SECOND = 1_000;

type Given = readonly [nodeId: string, fault: FaultRequest];

const cut = (from: string, to: string): Given => [
  from,
  { kind: 'link-cut', peerId: to, direction: 'out' },
];

function clusterWith(faults: readonly Given[], nodes = 3): FakeCluster {
  const cluster = createFakeCluster({ id: 'lab', nodes, nowMs: NOW_MS });
  for (const [nodeId, fault] of faults) {
    const node = cluster.nodes.find(({ id }) => id === nodeId);
    if (node !== undefined) setFakeFault(node, fault, 30 * SECOND, NOW_MS - 10 * SECOND);
  }
  return cluster;
}

function titles(faults: readonly Given[], nodes = 3): readonly string[] {
  const view = fakeView(clusterWith(faults, nodes), NOW_MS);
  return activeFaultsOf(view, NOW_MS).map(({ title }) => title);
}

test('cuts between two groups, in both directions, are one partition', () => {
  const between = [cut('1', '2'), cut('2', '1'), cut('1', '3'), cut('3', '1')];
  expect(titles(between)).toEqual(['{node-1} | {node-2, node-3}']);
  // It does not matter at which end of a link its messages are stopped.
  const atReceiver: Given = ['1', { kind: 'link-cut', peerId: '3', direction: 'in' }];
  expect(titles([...between.slice(0, 3), atReceiver])).toEqual(['{node-1} | {node-2, node-3}']);
});

test('cuts that separate nobody completely are told link by link', () => {
  expect(titles([cut('1', '2'), cut('2', '1')])).toEqual(['node-1 ⇄ node-2, cut']);
  expect(titles([cut('1', '2'), cut('2', '1'), cut('3', '1')])).toEqual([
    'node-1 ⇄ node-2, cut',
    'node-3 → node-1, cut',
  ]);
  // One direction is missing: node-3 still reaches node-1.
  expect(titles([cut('1', '2'), cut('2', '1'), cut('1', '3')])).toEqual([
    'node-1 ⇄ node-2, cut',
    'node-1 → node-3, cut',
  ]);
});

test('a cut in one direction only is a partition of its own kind', () => {
  expect(titles([cut('1', '2'), cut('1', '3')])).toEqual([
    '{node-1} → {node-2, node-3}, cut one way',
  ]);
});

test('three groups, each alone, are found too', () => {
  const all = ['1', '2', '3'].flatMap((from) =>
    ['1', '2', '3'].filter((to) => to !== from).map((to) => cut(from, to)),
  );
  expect(titles(all)).toEqual(['{node-1} | {node-2} | {node-3}']);
});

test('the same fault on all links of a node is one row', () => {
  const all = (from: string): readonly Given[] =>
    ['1', '2', '3']
      .filter((id) => id !== from)
      .map((peerId) => [
        from,
        { kind: 'link-drop', peerId, direction: 'out', probability: 0.2 } as const,
      ]);
  expect(titles(all('2'))).toEqual(['node-2 → all others, lose 20 %']);
  const back: readonly Given[] = all('2').map(([, fault]) => [
    'peerId' in fault ? fault.peerId : '',
    { kind: 'link-drop', peerId: '2', direction: 'out', probability: 0.2 },
  ]);
  expect(titles([...all('2'), ...back])).toEqual(['node-2 ⇄ all others, lose 20 %']);
});

test('the same fault in both directions of a link is one row, another figure is another', () => {
  const delay = (from: string, to: string, delayMs: number): Given => [
    from,
    { kind: 'link-delay', peerId: to, direction: 'out', delayMs, jitterMs: 20 },
  ];
  expect(titles([delay('1', '2', 80), delay('2', '1', 80)])).toEqual([
    'node-1 ⇄ node-2, 80 ms ± 20 ms',
  ]);
  expect(titles([delay('1', '2', 80), delay('2', '1', 90)])).toEqual([
    'node-1 → node-2, 80 ms ± 20 ms',
    'node-2 → node-1, 90 ms ± 20 ms',
  ]);
});

test('disk, clock, frozen and killed nodes have their rows; a stopped one is no fault', () => {
  const cluster = clusterWith([
    ['1', { kind: 'disk-full' }],
    ['2', { kind: 'clock-offset', offsetMs: -5_000 }],
  ]);
  const [, , third] = cluster.nodes;
  if (third === undefined) throw new Error('no third node');
  third.process = 'frozen';
  const rows = (): readonly string[] =>
    activeFaultsOf(fakeView(cluster, NOW_MS), NOW_MS).map(({ sign, title }) => `${sign}: ${title}`);
  expect(rows()).toEqual([
    'disk: node-1, the disk is full',
    'clock: node-2, the wall clock is off by -5000 ms',
    'freeze: node-3, frozen',
  ]);
  third.leaseEndsAtMs = NOW_MS + 12 * SECOND;
  const lease = (nowMs: number): unknown =>
    activeFaultsOf(fakeView(cluster, NOW_MS), nowMs).find(({ sign }) => sign === 'freeze')?.leftMs;
  expect(lease(NOW_MS + 2 * SECOND)).toBe(10 * SECOND);
  endProcess(third, 'SIGKILL', NOW_MS);
  expect(rows().at(-1)).toBe('kill: node-3, killed');
  endProcess(third, null, NOW_MS);
  expect(rows()).toHaveLength(2);
});

test('an effect is what was measured: waiting, seen, or not as asked', () => {
  const view = fakeView(clusterWith([cut('1', '2')]), NOW_MS);
  const change = (fields: Record<string, number>): ClusterView => ({
    ...view,
    nodes: view.nodes.map((node) => ({
      ...node,
      status:
        node.status === null
          ? null
          : { ...node.status, faults: node.status.faults.map((f) => ({ ...f, ...fields })) },
    })),
  });
  const effect = (fields: Record<string, number>) =>
    activeFaultsOf(change(fields), NOW_MS)[0]?.effect;
  expect(effect({ seen: 0, stopped: 0 })).toEqual({
    state: 'waiting',
    text: 'no message has met it yet',
  });
  expect(effect({ seen: 31, stopped: 31 })).toEqual({
    state: 'seen',
    text: '0 of 31 messages arrived',
  });
  expect(effect({ seen: 31, stopped: 30 })).toEqual({
    state: 'unlike',
    text: '1 of 31 messages arrived',
  });
});

test('each way of a link has the limit of its rate to itself', () => {
  const rate = (from: string, to: string): Given => [
    from,
    { kind: 'link-rate', peerId: to, direction: 'out', bytesPerSecond: 8192 },
  ];
  const view = fakeView(clusterWith([rate('1', '2'), rate('2', '1')]), NOW_MS);
  const measured = new Map([
    ['1', 8_000],
    ['2', 4_000],
  ]);
  const nodes = view.nodes.map((node) => {
    if (node.status === null) return node;
    const bytesPerSecond = measured.get(node.id) ?? null;
    const faults = node.status.faults.map((one) => ({ ...one, seen: 9, bytesPerSecond }));
    return { ...node, status: { ...node.status, faults } };
  });
  const [row] = activeFaultsOf({ ...view, nodes }, NOW_MS);
  expect(row?.title).toBe('node-1 ⇄ node-2, at most 8.0\u00A0KiB/s');
  expect(row?.effect.text).toBe('7.8\u00A0KiB/s where most got through');
});

test('a lease runs between two reports, and a fault is gone when it is over', () => {
  const cluster = clusterWith([cut('1', '2'), cut('2', '1')]);
  const view = fakeView(cluster, NOW_MS);
  expect(activeFaultsOf(view, NOW_MS)[0]?.leftMs).toBe(20 * SECOND);
  expect(activeFaultsOf(view, NOW_MS + 5 * SECOND)[0]?.leftMs).toBe(15 * SECOND);
  expect(activeFaultsOf(view, NOW_MS + 21 * SECOND)).toEqual([]);
});

test('the lease clock knows the whole of a lease from when it was first seen, or extended', () => {
  const cluster = clusterWith([cut('1', '2')]);
  const clock = new LeaseClock();
  const at = (nowMs: number): number | null => {
    const row = activeFaultsOf(fakeView(cluster, nowMs), nowMs)[0];
    return row === undefined ? null : clock.whole(row);
  };
  expect(at(NOW_MS)).toBe(20 * SECOND);
  expect(at(NOW_MS + 7 * SECOND)).toBe(20 * SECOND);
  const fault = cluster.nodes[0]?.faults[0];
  if (fault === undefined) throw new Error('no fault');
  fault.untilMs = NOW_MS + 8 * SECOND + 60 * SECOND;
  expect(at(NOW_MS + 8 * SECOND)).toBe(60 * SECOND);
  expect(at(NOW_MS + 30 * SECOND)).toBe(60 * SECOND);
});

test('a lease is as long as it was when a node takes its part of the row along', () => {
  const cluster = clusterWith([cut('1', '2'), cut('2', '1')]);
  const clock = new LeaseClock();
  const wholes = (nowMs: number): readonly unknown[] => {
    const rows = activeFaultsOf(fakeView(cluster, nowMs), nowMs);
    clock.keep(rows);
    return rows.map((row) => [row.title, clock.whole(row)]);
  };
  expect(wholes(NOW_MS)).toEqual([['node-1 ⇄ node-2, cut', 20 * SECOND]]);
  const [, second] = cluster.nodes;
  if (second === undefined) throw new Error('no second node');
  endProcess(second, 'SIGKILL', NOW_MS);
  expect(wholes(NOW_MS + 9 * SECOND)[0]).toEqual(['node-1 → node-2, cut', 20 * SECOND]);
});

test('who cannot write because of a fault is restarted with its healing, and nobody else', () => {
  const faults: readonly Given[] = [
    ['1', { kind: 'disk-full' }],
    ['2', { kind: 'disk-slow', delayMs: 90 }],
    ['4', { kind: 'disk-fsync-error' }],
  ];
  const view = fakeView(clusterWith(faults, 5), NOW_MS);
  // Node 3's own disk failed, node 4 has not written since.
  const nodes = view.nodes.map((node) => {
    const failed = ['1', '2', '3'].includes(node.id);
    if (!failed || node.status === null) return node;
    return { ...node, status: { ...node.status, health: 'storage-failed' as const } };
  });
  const failing = { ...view, nodes };
  expect(stoppedByFaults(failing, activeFaultsOf(failing, NOW_MS))).toEqual(['1']);
  expect(stoppedByFaults(failing, [])).toEqual([]);
});
