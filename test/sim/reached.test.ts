import { expect, test } from 'vitest';

import { MARKS } from '../../node-engine/sim/marks.ts';
import type { MarkCounts } from '../../node-engine/sim/marks.ts';
import { emptyReport } from '../../node-engine/sim/run-many.ts';
import { impossibleIn, unreachedIn } from './reached.ts';

const everything = Object.fromEntries(MARKS.map((mark) => [mark, 1])) as MarkCounts;

test('a long run that misses a corner says which', () => {
  const marks = { ...everything, 'disk full': 0, 'transfer completed': 0 };
  const report = { ...emptyReport(), marks, schedules: 2000 };
  expect(unreachedIn(report)).toEqual(['transfer completed', 'disk full']);
  expect(unreachedIn({ ...report, marks: everything })).toEqual([]);
});

test('a short run may miss a corner', () => {
  expect(unreachedIn({ ...emptyReport(), schedules: 1999 })).toEqual([]);
});

test('there are at least forty corners', () => {
  expect(new Set(MARKS).size).toBe(MARKS.length);
  expect(MARKS.length).toBeGreaterThanOrEqual(40);
});

test('a message that no correct server sends is noticed when it comes', () => {
  const report = emptyReport();
  report.coverage.hit('leader', 'AppendEntriesRequest', 1);
  expect(impossibleIn(report)).toEqual([]);
  report.coverage.hit('leader', 'AppendEntriesRequest', 0);
  expect(impossibleIn(report)).toEqual(['leader AppendEntriesRequest same']);
});
