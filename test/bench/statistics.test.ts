import { expect, test } from 'vitest';

import { treeTicks } from './load.mjs';
import { medianOf, percentileOf, spreadOf, summaryOf } from './statistics.mjs';

test('median, least and most of samples in any order', () => {
  expect(summaryOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(summaryOf([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(medianOf([7])).toBe(7);
});

test('a sample that is no number shows in least and most', () => {
  expect(summaryOf([1, Number.NaN, 3])).toMatchObject({ min: Number.NaN, max: Number.NaN });
});

test('a percentile is a sample that was taken', () => {
  const samples = Array.from({ length: 200 }, (_, at) => 200 - at);
  expect(percentileOf(samples, 0.99)).toBe(198);
  expect(percentileOf(samples, 0.5)).toBe(100);
  expect(percentileOf(samples, 1)).toBe(200);
  expect(percentileOf([5], 0)).toBe(5);
});

test('the spread is a share of the median', () => {
  expect(spreadOf([90, 100, 120])).toBeCloseTo(0.3);
  expect(spreadOf([4])).toBe(0);
  expect(spreadOf([0, 0])).toBe(0);
  expect(spreadOf([0, 0, 1])).toBe(Number.POSITIVE_INFINITY);
});

test('the time of a process that was waited for moves to who waited, and stays in the sum', () => {
  const others = [9, { parent: 1, ticks: 1000 }] as const;
  const before = new Map([
    [2, { parent: 1, ticks: 10 }],
    [3, { parent: 2, ticks: 5 }],
    [4, { parent: 3, ticks: 70 }],
    others,
  ]);
  expect(treeTicks(before, [2])).toBe(85);
  // The grandchild has ended, and the child after it: each was waited for.
  const after = new Map([[2, { parent: 1, ticks: 87 }], others]);
  expect(treeTicks(after, [2])).toBe(87);
  expect(treeTicks(before, [2, 3, 9])).toBe(1085);
});
