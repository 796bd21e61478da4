import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { DecodedChunks } from '../../../main/host/recording/decoded-chunks.ts';

const MIB = 1024 * 1024;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test('what was not used for longest goes first when there is too much', () => {
  const chunks = new DecodedChunks();
  for (const key of ['a', 'b', 'c']) chunks.keep(key, [key], 5 * MIB);
  expect(chunks.get('a')).toEqual(['a']);
  chunks.keep('d', ['d'], 5 * MIB);
  const kept = ['a', 'b', 'c', 'd'].filter((key) => chunks.get(key) !== undefined);
  expect(kept).toEqual(['a', 'c', 'd']);
  // Kept by two readers at once it counts once.
  for (let times = 0; times < 9; times += 1) chunks.keep('d', ['d'], 5 * MIB);
  expect(chunks.get('a')).toEqual(['a']);
});

test('nothing is kept once nobody reads any more', () => {
  const chunks = new DecodedChunks();
  chunks.keep('a', ['a'], MIB);
  vi.advanceTimersByTime(4_000);
  chunks.keep('b', ['b'], MIB);
  vi.advanceTimersByTime(4_000);
  expect(chunks.get('a')).toEqual(['a']);
  vi.advanceTimersByTime(2_000);
  expect([chunks.get('a'), chunks.get('b')]).toEqual([undefined, undefined]);
});
