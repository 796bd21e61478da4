import { expect, test } from 'vitest';

import { digestOf } from '../../node-engine/sim/digest.ts';
import { scheduleOf } from '../../node-engine/sim/run-many.ts';
import { runSchedule } from '../../node-engine/sim/schedule.ts';
import type { ScheduleInput, ScheduleResult } from '../../node-engine/sim/schedule.ts';

interface Seen {
  readonly atUs: number;
  readonly text: string;
}

/** Everything that happened, but for draws: a replay has none that led to no decision. */
function eventsOf(input: ScheduleInput): {
  readonly events: readonly Seen[];
  readonly result: ScheduleResult;
} {
  const events: Seen[] = [];
  const result = runSchedule({
    ...input,
    record: true,
    onWorld: (world) => {
      world.sink = (_event, atUs, text) => {
        if (!/^(?:fault|decision|client \d+)$/.test(text)) events.push({ atUs, text });
      };
    },
  });
  return { events, result };
}

/** What was decided at each point before the last microsecond. */
function choicesOf({ recorded }: ScheduleResult): readonly (readonly [string, unknown])[] {
  const { choices = {}, endUs = 0 } = recorded ?? {};
  return Object.entries(choices)
    .map(([point, made]) => [point, made.filter(([atUs]) => atUs < endUs)] as const)
    .filter(([, made]) => made.length > 0);
}

test('the recorded decisions of a schedule give the same run without its seed', () => {
  for (let seed = 0; seed < 8; seed += 1) {
    const input = scheduleOf({ seed, profile: 'swarm', events: 400 });
    const original = eventsOf(input);
    const { recorded } = original.result;
    const replay = eventsOf({ ...input, seed: -1, replay: recorded });
    expect(choicesOf(replay.result)).toEqual(choicesOf(original.result));
    expect(replay.result.recorded?.decisions).toEqual(recorded?.decisions);
    // A schedule ends after a number of events, its replay at the same time: in the last microsecond
    // one may have gone further than the other. Decisions of one microsecond and what else happens in
    // it have no order that a replay could keep.
    const endUs = recorded?.endUs ?? 0;
    const before = (events: readonly Seen[]): readonly string[] =>
      events
        .filter(({ atUs }) => atUs < endUs)
        .map(({ atUs, text }) => `${String(atUs).padStart(20)} ${text}`)
        .sort();
    expect(before(replay.events)).toEqual(before(original.events));
  }
});

test('a replay is as deterministic as a seed', () => {
  const input = scheduleOf({ seed: 3, profile: 'swarm', events: 400 });
  const { recorded } = runSchedule({ ...input, record: true });
  const replay = (): string => digestOf({ ...input, seed: -1, replay: recorded }).digest;
  expect(replay()).toBe(replay());
});
