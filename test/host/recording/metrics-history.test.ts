import { expect, test } from 'vitest';

import {
  mergedPoint,
  metricsPointOf,
  type MetricsPoint,
  thinnedPoints,
  withPoint,
} from '../../../main/contract/metrics.ts';
import type { ClusterView } from '../../../main/contract/model.ts';
import { computeHealth } from '../../../main/host/health.ts';
import { MetricsHistory } from '../../../main/host/recording/metrics-history.ts';
import { leaderStatusOf, nodeOf, NOW_MS, progressOf, statusOf } from '../status-fixture.ts';

function viewOf(timeMs: number, fsyncP99Ms: number, frozen: readonly string[] = []): ClusterView {
  const base = statusOf('1').figures;
  const figures = { ...base, fsyncP99Ms, readsPerSecond: 5, writesPerSecond: 20 };
  const followers = [progressOf('2', 9), { ...progressOf('3', 0), state: 'probe' as const }];
  const change = (id: string) => ({
    heardAtMs: timeMs - 100,
    process: frozen.includes(id) ? ('frozen' as const) : ('running' as const),
  });
  const nodes = [
    nodeOf(
      leaderStatusOf('1', ['1', '2', '3'], { figures, followers, lastIndex: 12 }),
      change('1'),
    ),
    nodeOf(statusOf('2', { figures }), change('2')),
    nodeOf(statusOf('3', { figures }), change('3')),
  ];
  const health = computeHealth({
    ...{ nodes, nowMs: timeMs, starting: false },
    ...{ leaderChangedAtMs: null, lagMs: () => null },
  });
  const about = { id: 'c1', name: 'c', createdAtMs: 0, machine: 'kv', directory: '/tmp/c' };
  return { ...about, health, nodes, operation: null, connectCommand: null, timeMs };
}

test('a point is what nodes that are heard say in that second', () => {
  const point = metricsPointOf(viewOf(NOW_MS + 417, 2.5, ['2']));
  expect(point.timeMs).toBe(NOW_MS);
  expect(point).toMatchObject({ leaderId: '1', term: 3 });
  // The leader's writes, and everybody's reads; a follower does not count the same write again.
  expect(point.operationsPerSecond).toBe(20 + 5 + 5);
  expect(Object.keys(point.nodes)).toEqual(['1', '3']);
  expect(point.nodes['1']).toMatchObject({ lag: null, fsyncP99Ms: 2.5 });
  // Nobody knows yet how far node 3 is.
  expect(point.nodes['3']?.lag).toBeNull();
  expect(metricsPointOf(viewOf(NOW_MS, 1)).nodes['2']?.lag).toBe(3);
});

test('pictures of one second are one point, with the worst of what hurts', () => {
  const points = [3, 9, 4].reduce<readonly MetricsPoint[]>(
    (known, ms, at) => withPoint(known, metricsPointOf(viewOf(NOW_MS + at * 250, ms)), 10),
    [],
  );
  expect(points).toHaveLength(1);
  expect(points[0]?.nodes['2']?.fsyncP99Ms).toBe(9);
  const two = withPoint(points, metricsPointOf(viewOf(NOW_MS + 1_000, 1)), 10);
  expect(two.map(({ timeMs }) => timeMs - NOW_MS)).toEqual([0, 1_000]);
  // A clock that was set back begins anew.
  expect(withPoint(two, metricsPointOf(viewOf(NOW_MS - 5_000, 1)), 10)).toHaveLength(1);
});

test('a long stretch has fewer points, and no spike is lost in them', () => {
  const points = Array.from({ length: 900 }, (_, at) =>
    metricsPointOf(viewOf(NOW_MS + at * 1_000, at === 451 ? 80 : 1)),
  );
  const thinned = thinnedPoints(points, 600);
  expect(thinned).toHaveLength(450);
  expect(Math.max(...thinned.map(({ nodes }) => nodes['1']?.fsyncP99Ms ?? 0))).toBe(80);
  expect(thinnedPoints(points, 900)).toBe(points);
  const [first, second] = points;
  if (first === undefined || second === undefined) throw new Error('no points');
  expect(mergedPoint(first, second).timeMs).toBe(first.timeMs);
});

test('ten minutes are kept, and each ten seconds are written whole whenever they change', () => {
  const history = new MetricsHistory();
  for (let at = 0; at < 700; at += 1) history.add(metricsPointOf(viewOf(NOW_MS + at * 1_000, 1)));
  expect(history.between(NOW_MS, NOW_MS + 10_000)).toBeNull();
  expect(history.between(NOW_MS + 100_000, NOW_MS + 102_000)).toHaveLength(3);
  expect(history.take().size).toBe(60);
  expect(history.take().size).toBe(0);
  history.add(metricsPointOf(viewOf(NOW_MS + 705_000, 1)));
  expect([...history.take()].map(([startMs, points]) => [startMs - NOW_MS, points.length])).toEqual(
    [[705_000, 1]],
  );
});
