import { expect, test } from 'vitest';

import { digestOf } from '../../node-engine/sim/digest.ts';
import { scheduleOf } from '../../node-engine/sim/run-many.ts';

const SEEDS = 50;

function digests(): readonly string[] {
  return Array.from({ length: SEEDS }, (_, seed) => {
    return digestOf(scheduleOf({ seed, profile: 'swarm', events: 1500 })).digest;
  });
}

test('50 seeds give the same events at the same times, twice', () => {
  const first = digests();
  expect(digests()).toEqual(first);
  expect(new Set(first).size, 'different seeds, different schedules').toBe(SEEDS);
});
