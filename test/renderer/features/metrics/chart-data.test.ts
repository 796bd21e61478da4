import { expect, test } from 'vitest';

import type { MetricsPoint } from '../../../../main/contract/metrics.ts';
import type { EventView } from '../../../../main/contract/model.ts';
import {
  electionTimes,
  faultsBetween,
  indexAt,
  leaderlessOf,
  linesOf,
  reignsOf,
  withGaps,
  written,
} from '../../../../renderer/features/metrics/chart-data.ts';

const NODES = [
  { id: '1', name: 'node-1' },
  { id: '2', name: 'node-2' },
];

function point(second: number, leaderId: string | null, term = 3): MetricsPoint {
  const node = {
    lag: second,
    fsyncP99Ms: 1,
    logBytes: 2 * 1024 ** 2,
    residentBytes: 3 * 1024 ** 2,
  };
  return {
    timeMs: second * 1_000,
    leaderId,
    term,
    operationsPerSecond: 10 * second,
    commitP50Ms: 1,
    commitP99Ms: second,
    nodes: { '1': node },
  };
}

test('who led is one bar per term, and the time between is without a leader', () => {
  const points = [
    point(0, '1'),
    point(1, '1'),
    point(2, null),
    point(3, null),
    point(4, '2', 4),
    point(5, '2', 5),
    point(6, '2', 5),
  ];
  expect(
    reignsOf(points).map(({ nodeId, term, fromMs, toMs }) => [nodeId, term, fromMs, toMs]),
  ).toEqual([
    ['1', 3, 0, 2_000],
    ['2', 4, 4_000, 5_000],
    ['2', 5, 5_000, 6_000],
  ]);
  expect(leaderlessOf(points)).toEqual([{ fromMs: 2_000, toMs: 4_000, label: 'no leader' }]);
  // Nobody was heard: whether there was a leader is not known.
  expect(leaderlessOf([{ ...point(1, null), nodes: {} }])).toEqual([]);
});

test('no line is drawn across what nobody saw', () => {
  const points = withGaps([
    point(0, '1'),
    point(1, '1'),
    point(2, '1'),
    point(9, '1'),
    point(10, '1'),
  ]);
  expect(points.map(({ timeMs }) => timeMs / 1_000)).toEqual([0, 1, 2, 3, 9, 10]);
  const [line] = linesOf('latency', points, NODES);
  expect(line?.values).toEqual([0, 1, 2, null, 9, 10]);
  expect(reignsOf(points)).toHaveLength(2);
});

test('a node has a line of its own, empty where it was not heard', () => {
  const points = [point(0, '1'), point(1, '1')];
  expect(linesOf('lag', points, NODES).map(({ label, values }) => [label, values])).toEqual([
    ['node-1', [0, 1]],
    ['node-2', [null, null]],
  ]);
  expect(linesOf('memory', points, NODES)[0]?.values).toEqual([3, 3]);
  expect(linesOf('operations', points, NODES)[0]?.values).toEqual([0, 10]);
});

test('values are written with their units, and what is not known is not nought', () => {
  expect(written('latency', 81.2).replace('\u00A0', ' ')).toBe('81 ms');
  expect(written('operations', 196)).toBe('196/s');
  expect(written('lag', 1_176)).toBe('1,176');
  expect(written('memory', 53.04)).toBe('53.0');
  expect(written('fsync', null)).toBe('–');
});

test('elections and faults come from the events; a fault in force reaches to the end', () => {
  const event = (timeMs: number, type: string, fields: EventView['fields']): EventView => ({
    ...{ sequence: timeMs, clusterId: 'c1', nodeId: '1', nodeSequence: timeMs },
    ...{ timeMs, type, fields },
  });
  const marks = [
    event(100, 'role', { role: 'leader' }),
    event(200, 'fault', { id: 'f1', description: 'delay', state: 'in force' }),
    event(300, 'fault', { id: 'f2', description: 'cut', state: 'in force' }),
    event(400, 'fault', { id: 'f1', description: 'delay', state: 'healed' }),
  ];
  expect(electionTimes(marks)).toEqual([100]);
  expect(faultsBetween(marks, 0, 1_000).map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
    [200, 400],
    [300, 1_000],
  ]);
  expect(faultsBetween(marks, 500, 1_000)).toHaveLength(1);
  expect([50, 1_000, 1_999].map((atMs) => indexAt([point(0, '1'), point(1, '1')], atMs))).toEqual([
    0, 1, 1,
  ]);
  expect(indexAt([point(5, '1')], 10)).toBeNull();
});
