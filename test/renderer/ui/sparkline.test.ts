import { expect, test } from 'vitest';

import { sparklineRuns } from '../../../renderer/ui/sparkline-runs.ts';

test('the newest value is at the right end and the largest at the top', () => {
  expect(sparklineRuns([0, 10, 5], 3, 20, 13)).toEqual([['0.0,11.5', '10.0,1.5', '20.0,6.5']]);
});

test('a short history starts at the right', () => {
  expect(sparklineRuns([1, 1], 11, 100, 13)).toEqual([['90.0,1.5', '100.0,1.5']]);
});

test('a gap stays a gap', () => {
  expect(sparklineRuns([1, 1, null, 1, 1], 5, 8, 13)).toEqual([
    ['0.0,1.5', '2.0,1.5'],
    ['6.0,1.5', '8.0,1.5'],
  ]);
});

test('nothing but zeros is a line on the ground, not in the middle', () => {
  expect(sparklineRuns([0, 0], 2, 10, 13)).toEqual([['0.0,11.5', '10.0,11.5']]);
});

test('only the last of many values are drawn', () => {
  expect(sparklineRuns([9, 9, 9, 1, 1], 2, 10, 13)).toEqual([['0.0,1.5', '10.0,1.5']]);
});
