import { expect, test } from 'vitest';

import { digestOf } from '../../node-engine/sim/digest.ts';
import { scheduleOf } from '../../node-engine/sim/run-many.ts';
import { runSchedule } from '../../node-engine/sim/schedule.ts';

test('the recorded decisions of a schedule give the same run without its seed', () => {
  for (let seed = 0; seed < 8; seed += 1) {
    const input = scheduleOf({ seed, profile: 'swarm', events: 400 });
    const { recorded, counts } = runSchedule({ ...input, record: true });
    const replayed = runSchedule({ ...input, seed: -1, record: true, replay: recorded });
    expect(replayed.recorded).toEqual(recorded);
    // Draws that led to no decision are events of their own, and a replay has none of them.
    const same = { events: 0, overtime: 0 };
    expect({ ...replayed.counts, ...same }).toEqual({ ...counts, ...same });
  }
});

test('a replay is as deterministic as a seed', () => {
  const input = scheduleOf({ seed: 3, profile: 'swarm', events: 400 });
  const { recorded } = runSchedule({ ...input, record: true });
  const replay = (): string => digestOf({ ...input, seed: -1, replay: recorded }).digest;
  expect(replay()).toBe(replay());
});
