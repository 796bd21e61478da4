import fc from 'fast-check';
import { expect, test } from 'vitest';

import { InvariantError } from '../../node-engine/raft/assert.ts';
import { runCost } from '../../node-engine/raft/run.ts';
import { RunWindow } from '../../node-engine/raft/run-window.ts';
import { lastIndexOf } from '../../node-engine/raft/types.ts';
import type { Run } from '../../node-engine/raft/types.ts';
import { run } from './messages.ts';

const steps = fc.array(
  fc.record({
    do: fc.constantFrom('push', 'push', 'push', 'cut', 'commit', 'evict', 'trim'),
    size: fc.integer({ min: 1, max: 5 }),
  }),
  { maxLength: 80 },
);

test('the window agrees with a plain list, in what it holds, finds and counts', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const window = new RunWindow();
      let runs: Run[] = [];
      let commitIndex = 0;
      let next = 1;
      for (const { do: action, size } of list) {
        if (action === 'push') {
          const added = run(next, 1, 'abcdefgh'.slice(0, size));
          window.push(added);
          runs.push(added);
          next += size;
        } else if (action === 'cut') {
          const kept = runs.filter(
            (part) => lastIndexOf(part) <= Math.max(commitIndex, next - size),
          );
          window.cutFrom(window.end - (runs.length - kept.length));
          runs = kept;
          next = Math.max(commitIndex, lastOf(kept) ?? commitIndex) + 1;
        } else if (action === 'commit') {
          commitIndex = Math.min(next - 1, commitIndex + size);
          window.commitThrough(commitIndex);
        } else if (action === 'trim') {
          const through = commitIndex - size;
          window.trimThrough(through);
          runs = runs.filter((part) => lastIndexOf(part) > through);
        } else {
          window.evict(150, commitIndex - 1);
          while (bytesOf(runs, commitIndex) > 150) {
            const [first] = runs;
            if (first === undefined || lastIndexOf(first) > commitIndex - 1) break;
            runs = runs.slice(1);
          }
        }
        expectSame(window, runs, commitIndex);
      }
    }),
  );
});

function lastOf(runs: readonly Run[]): number | null {
  const last = runs.at(-1);
  return last === undefined ? null : lastIndexOf(last);
}

/** Cost of the runs that are committed as a whole. */
function bytesOf(runs: readonly Run[], commitIndex: number): number {
  return runs
    .filter((part) => lastIndexOf(part) <= commitIndex)
    .reduce((sum, part) => sum + runCost(part), 0);
}

function expectSame(window: RunWindow, runs: readonly Run[], commitIndex: number): void {
  const all = runs.reduce((sum, part) => sum + runCost(part), 0);
  expect(window.committedBytes).toBe(bytesOf(runs, commitIndex));
  expect(window.uncommittedBytes).toBe(all - window.committedBytes);
  expect(window.isEmpty).toBe(runs.length === 0);
  expect(window.firstIndex).toBe(runs[0]?.firstIndex ?? null);
  expect(window.lastIndex).toBe(lastOf(runs));
  for (const part of runs) {
    expect(window.at(window.find(part.firstIndex))).toBe(part);
    expect(window.at(window.find(lastIndexOf(part)))).toBe(part);
  }
  const [first] = runs;
  if (first !== undefined) expect(window.find(first.firstIndex - 1)).toBe(-1);
  expect(window.find((lastOf(runs) ?? 0) + 1)).toBe(window.end);
}

test('thousands of runs pass through, and the window stays small', () => {
  const window = new RunWindow();
  for (let index = 1; index <= 10_000; index += 1) {
    window.push(run(index, 1, 'a'));
    window.commitThrough(index);
    window.evict(1000, index);
    expect(window.at(window.find(index)).firstIndex).toBe(index);
  }
  expect(window.end).toBeLessThan(3000);
  expect(window.committedBytes).toBeLessThanOrEqual(1000);
});

test('committed runs are not cut off', () => {
  const window = new RunWindow();
  window.push(run(1, 1, 'ab'));
  window.commitThrough(2);
  expect(() => {
    window.cutFrom(0);
  }).toThrow(InvariantError);
});
