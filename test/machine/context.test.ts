import { expect, test } from 'vitest';

import { EntryContext } from '../../node-engine/machine/context.ts';
import { entrySeed, Pcg32 } from '../../node-engine/machine/pcg32.ts';

const TIME_NS = 1_700_000_000_123_999_998n;

function contextAt(offset: number): EntryContext {
  const context = new EntryContext();
  context.beginRun(TIME_NS, 42n);
  context.moveTo(offset);
  return context;
}

test('an entry is one nanosecond later than the one before it', () => {
  expect([0, 1, 2].map((offset) => contextAt(offset).nowNs())).toEqual([
    TIME_NS,
    TIME_NS + 1n,
    TIME_NS + 2n,
  ]);
});

test('milliseconds are the nanoseconds rounded down, across the border between two', () => {
  expect([0, 1, 2, 1_000_002].map((offset) => contextAt(offset).nowMs())).toEqual([
    1_700_000_000_123, 1_700_000_000_123, 1_700_000_000_124, 1_700_000_000_125,
  ]);
});

test('an entry draws the numbers of its own seed, whether or not entries before it drew any', () => {
  const alone = contextAt(7);
  const after = contextAt(6);
  after.randomUint32();
  after.moveTo(7);
  const stream = new Pcg32(entrySeed(42n, 7));
  const expected = [stream.nextUint32(), stream.nextUint32()];
  expect([alone.randomUint32(), alone.randomUint32()]).toEqual(expected);
  expect([after.randomUint32(), after.randomUint32()]).toEqual(expected);
});

test('a new run starts with its own time and stream', () => {
  const context = contextAt(9);
  context.randomUint32();
  context.beginRun(5_000_000n, 1n);
  expect([context.nowNs(), context.nowMs(), context.randomUint32()]).toEqual([
    5_000_000n,
    5,
    new Pcg32(entrySeed(1n, 0)).nextUint32(),
  ]);
});
