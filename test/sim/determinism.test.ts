import { expect, test } from 'vitest';

import { digestOf } from '../../node-engine/sim/digest.ts';
import { scheduleOf } from '../../node-engine/sim/run-many.ts';

const SEEDS = 5;
const EVENTS = 400;

function schedule(seed: number): ReturnType<typeof scheduleOf> {
  return scheduleOf({ seed, profile: 'swarm', events: EVENTS });
}

test('the same seed gives the same events at the same times, twice', () => {
  const first = Array.from({ length: SEEDS }, (_, seed) => digestOf(schedule(seed)).digest);
  const second = Array.from({ length: SEEDS }, (_, seed) => digestOf(schedule(seed)).digest);
  expect(second).toEqual(first);
  expect(new Set(first).size, 'different seeds, different schedules').toBe(SEEDS);
});
