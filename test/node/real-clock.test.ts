import { performance } from 'node:perf_hooks';
import { expect, test } from 'vitest';

import { RealClock } from '../../node-engine/node/real-clock.ts';

/** Resolves with the time at which the clock ran its task. */
function ran(clock: RealClock, atMs: number): Promise<number> {
  return new Promise((resolve) => {
    clock.setTimer(atMs, () => {
      resolve(performance.now());
    });
  });
}

test('a task runs no earlier than it is wanted, however often that was put off', async () => {
  const clock = new RealClock();
  const startMs = performance.now();
  let early = 0;
  clock.setTimer(startMs + 10, () => {
    early += 1;
  });
  clock.setTimer(startMs + 30, () => {
    early += 1;
  });
  expect(await ran(clock, startMs + 60)).toBeGreaterThanOrEqual(startMs + 60);
  expect(early).toBe(0);
});

test('an earlier time replaces a later one', async () => {
  const clock = new RealClock();
  clock.setTimer(performance.now() + 3_600_000, () => undefined);
  const wantedMs = performance.now() + 10;
  expect(await ran(clock, wantedMs)).toBeGreaterThanOrEqual(wantedMs);
});

test('a timer that was put off for ever or cleared runs nothing', async () => {
  const clocks = [new RealClock(), new RealClock()] as const;
  let count = 0;
  const task = (): void => {
    count += 1;
  };
  for (const clock of clocks) clock.setTimer(performance.now() + 5, task);
  clocks[0].setTimer(Infinity, task);
  clocks[1].clearTimer();
  await ran(new RealClock(), performance.now() + 20);
  expect(count).toBe(0);
});
