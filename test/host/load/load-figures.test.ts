import { expect, test } from 'vitest';

import { KeyRing } from '../../../main/host/load/key-ring.ts';
import { LoadFigures } from '../../../main/host/load/load-figures.ts';

const DONE = { type: 'done', read: null } as const;
const REFUSED = { type: 'not done', kind: 'CLUSTERDOWN' } as const;

test('seconds are told when they are over, with the percentiles of what was done in them', () => {
  const figures = new LoadFigures(10_000);
  for (let at = 0; at < 100; at += 1) figures.count(DONE, 500 - at, 500);
  figures.count(REFUSED, 900, 1_900);
  expect(figures.seconds(999)).toEqual([]);
  expect(figures.seconds(2_000)).toEqual([
    { timeMs: 10_000, done: 100, notDone: 0, unknown: 0, p50Ms: 49, p99Ms: 98 },
    { timeMs: 11_000, done: 0, notDone: 1, unknown: 0, p50Ms: null, p99Ms: null },
  ]);
  expect(figures.recent(2_000)).toEqual({ p50Ms: 49, p99Ms: 98 });
  expect(figures.recent(20_000)).toEqual({ p50Ms: null, p99Ms: null });
});

test('the longest time in which nothing was done counts while it goes on', () => {
  const figures = new LoadFigures(0);
  figures.count(DONE, 0, 100);
  figures.count(DONE, 0, 740);
  figures.count(REFUSED, 740, 2_000);
  expect(figures.longestGap(800)).toEqual({ lengthMs: 640, fromMs: 100 });
  expect(figures.longestGap(3_000)).toEqual({ lengthMs: 2_260, fromMs: 740 });
});

test('an hour is kept as a minute, and hundreds of kinds of errors as a dozen', () => {
  const figures = new LoadFigures(0);
  for (let second = 0; second < 3_600; second += 1) {
    figures.count({ type: 'unknown', kind: `E${String(second)}` }, 0, second * 1000 + 1);
  }
  expect(figures.seconds(3_600_000)).toHaveLength(60);
  expect(figures.errors()).toHaveLength(13);
  expect(figures.errors().at(-1)).toMatchObject({ kind: 'other errors, unknown', count: 3_588 });
  expect(figures.counts.unknown).toBe(3_600);
});

test('worn keys are left for fresh ones', () => {
  const keys = new KeyRing('p:', 2);
  for (let call = 0; call < 250; call += 1) keys.take(0);
  expect(keys.take(0)).toBe('p:2');
  for (let call = 0; call < 6; call += 1) keys.unknown('p:1');
  expect(keys.take(0.99)).toBe('p:3');
  expect(keys.all()).toEqual(['p:0', 'p:1', 'p:2', 'p:3']);
});
