import { expect, test } from 'vitest';

import { atLeast, atMost, doubtOf, ofRedis, verdictOf } from './verdict.mjs';

const QUIET = { name: 'SET', unit: '/s', othersCores: 0.02 };

test('a figure is as good as its aim, as good as it has to be, or not', () => {
  const goal = atMost(600, 150);
  const verdicts = [150, 151, 600, 601].map((ms) =>
    verdictOf({ ...QUIET, samples: [ms, ms, ms], goal }),
  );
  expect(verdicts).toEqual(['aimed', 'reached', 'reached', 'missed']);
  expect(verdictOf({ ...QUIET, samples: [499], goal: atLeast(500) })).toBe('missed');
  expect(verdictOf({ ...QUIET, samples: [500], goal: atLeast(500) })).toBe('reached');
  expect(verdictOf({ ...QUIET, samples: [500] })).toBeUndefined();
});

test('a goal beside redis-server holds for the ratio, whatever the figure is', () => {
  const goal = ofRedis(atLeast(0.9, 1));
  const samples = [1, 1, 1];
  expect(verdictOf({ ...QUIET, samples, ratios: [0.8, 0.95, 0.96], goal })).toBe('reached');
  expect(verdictOf({ ...QUIET, samples, ratios: [0.8, 0.89, 0.96], goal })).toBe('missed');
  // No ratio was taken: nothing has been reached.
  expect(verdictOf({ ...QUIET, samples, goal })).toBe('missed');
});

test('a figure taken while others used the machine is no result', () => {
  const samples = [100, 101, 102];
  expect(doubtOf({ ...QUIET, samples }, 1)).toBeUndefined();
  expect(doubtOf({ ...QUIET, samples, othersCores: 0.73 }, 1)).toBe('others used 0.73 of a core');
});

test('a figure whose rounds differ is no result, unless chance is part of what is measured', () => {
  const samples = [50, 100, 110];
  expect(doubtOf({ ...QUIET, samples }, 1)).toBe('rounds differ by 60 %');
  expect(doubtOf({ ...QUIET, samples, isSpreadInherent: true }, 1)).toBeUndefined();
  // Beside redis-server it is the ratio that has to be steady.
  expect(doubtOf({ ...QUIET, samples, ratios: [0.9, 0.91, 0.92] }, 1)).toBeUndefined();
  expect(doubtOf({ ...QUIET, samples: [100, 100], ratios: [0.5, 1] }, 1)).toBe(
    'rounds differ by 67 %',
  );
});

test('less than the whole work, or no number, is no result', () => {
  expect(doubtOf({ ...QUIET, samples: [1] }, 0.1)).toBe('only 0.1 of the work');
  expect(doubtOf({ ...QUIET, samples: [1, Number.NaN] }, 1)).toBe('not a number');
  expect(doubtOf({ ...QUIET, samples: [1], ratios: [Infinity] }, 1)).toBe('not a number');
});
