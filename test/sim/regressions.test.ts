import { expect, test } from 'vitest';

import { isRegression, violationOf } from './regression-file.ts';
import { REGRESSIONS } from './regressions.ts';

test.each(REGRESSIONS)('%s breaks no promise any more', (_name, regression) => {
  expect(violationOf(regression)).toBeNull();
});

test('what is not a recorded schedule is not taken for one', () => {
  expect(isRegression({ title: 'x', recorded: {} })).toBe(false);
  expect(REGRESSIONS.length).toBeGreaterThan(0);
});
