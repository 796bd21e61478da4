import fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  isWellFormedRun,
  RUN_OVERHEAD_BYTES,
  runCost,
  runFrom,
  runPrefixWithin,
  runThrough,
  splitRun,
} from '../../node-engine/raft/run.ts';
import {
  lastIndexOf,
  RUN_COMMANDS,
  RUN_MEMBERSHIP,
  RUN_NO_OP,
  RUN_TICK,
} from '../../node-engine/raft/types.ts';
import type { Run } from '../../node-engine/raft/types.ts';

/** Commands as length byte and content. */
function offsetOfCommand(bytes: Uint8Array, count: number): number {
  let offset = 0;
  for (let number = 0; number < count; number += 1) offset += 1 + (bytes[offset] ?? 0);
  return offset;
}

function runOf(sizes: readonly number[], firstIndex = 10): Run {
  const bytes = sizes.flatMap((size, place) => [size, ...new Array<number>(size).fill(place)]);
  return {
    firstIndex,
    originalFirstIndex: firstIndex,
    count: sizes.length,
    term: 3,
    timeNs: 5n,
    seed: 7n,
    flags: RUN_COMMANDS,
    bytes: Uint8Array.from(bytes),
  };
}

const runs = fc
  .array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 30 })
  .map((sizes) => runOf(sizes));
const longRuns = runs.filter((run) => run.count > 1);

test('two parts of a run are the run, and keep where it was proposed', () => {
  fc.assert(
    fc.property(longRuns, fc.nat(), (run, choice) => {
      const index = run.firstIndex + 1 + (choice % (run.count - 1));
      const parts = splitRun(run, index, offsetOfCommand);
      if (parts === null) throw new Error('a sound run can be cut');
      const { left, right } = parts;
      expect([left.firstIndex, lastIndexOf(left) + 1]).toEqual([run.firstIndex, right.firstIndex]);
      expect([right.firstIndex, lastIndexOf(right)]).toEqual([index, lastIndexOf(run)]);
      expect([...left.bytes, ...right.bytes]).toEqual([...run.bytes]);
      for (const part of [left, right]) {
        const { originalFirstIndex, term, timeNs, seed, flags } = run;
        expect(part).toMatchObject({ originalFirstIndex, term, timeNs, seed, flags });
        expect(isWellFormedRun(part)).toBe(true);
      }
    }),
  );
});

test('a part is the same whichever cuts led to it', () => {
  fc.assert(
    fc.property(longRuns, fc.nat(), fc.nat(), (run, one, two) => {
      const from = run.firstIndex + (one % run.count);
      const through = from + (two % (lastIndexOf(run) - from + 1));
      const tail = runFrom(run, from, offsetOfCommand);
      const head = runThrough(run, through, offsetOfCommand);
      if (tail === null || head === null) throw new Error('a sound run can be cut');
      expect(runThrough(tail, through, offsetOfCommand)).toEqual(
        runFrom(head, from, offsetOfCommand),
      );
    }),
  );
});

test('nothing is copied when nothing is cut off', () => {
  const run = runOf([1, 2, 3]);
  expect(runFrom(run, 10, offsetOfCommand)).toBe(run);
  expect(runFrom(run, 5, offsetOfCommand)).toBe(run);
  expect(runThrough(run, 12, offsetOfCommand)).toBe(run);
});

test('the prefix within a limit is the longest that fits, and at least one entry', () => {
  fc.assert(
    fc.property(runs, fc.nat({ max: 500 }), (run, bytesMax) => {
      const prefix = runPrefixWithin(run, bytesMax, offsetOfCommand);
      if (prefix === null) throw new Error('a sound run can be cut');
      expect(prefix.firstIndex).toBe(run.firstIndex);
      expect(prefix.count === 1 || runCost(prefix) <= bytesMax).toBe(true);
      if (prefix.count === run.count) return;
      const longer = offsetOfCommand(run.bytes, prefix.count + 1) + RUN_OVERHEAD_BYTES;
      expect(longer).toBeGreaterThan(bytesMax);
    }),
  );
});

test('bytes that do not hold the commands they claim cannot be cut', () => {
  const run = { ...runOf([1, 1]), count: 5 };
  expect(splitRun(run, 13, offsetOfCommand)).toBe(null);
  expect(splitRun(run, 11, () => Number.NaN)).toBe(null);
  expect(splitRun(run, 11, () => -1)).toBe(null);
});

test.each<[string, Partial<Run>]>([
  ['count 0', { count: 0 }],
  ['a fraction of an entry', { count: 1.5 }],
  ['index 0', { firstIndex: 0, originalFirstIndex: 0 }],
  ['an original index after its own', { originalFirstIndex: 11 }],
  ['an index that is no number', { firstIndex: Number.NaN }],
  ['a last index beyond 2^53', { firstIndex: Number.MAX_SAFE_INTEGER }],
  ['term 0', { term: 0 }],
  ['a no-op of two entries', { flags: RUN_NO_OP }],
  ['a membership of two entries', { flags: RUN_MEMBERSHIP }],
  ['a tick of two entries', { flags: RUN_TICK }],
  ['an unknown kind', { flags: 7, count: 1 }],
  ['flags beyond 16 bits', { flags: 0x10000 }],
  ['a time beyond 64 bits', { timeNs: 2n ** 63n }],
  ['a negative seed', { seed: -1n }],
  ['a seed beyond 64 bits', { seed: 2n ** 64n }],
])('a run with %s is not well formed', (_, fields) => {
  const run = runOf([1, 1]);
  expect(isWellFormedRun(run)).toBe(true);
  expect(isWellFormedRun({ ...run, ...fields })).toBe(false);
});
