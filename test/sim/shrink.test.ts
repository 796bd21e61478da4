import { expect, test } from 'vitest';

import { scheduleOf } from '../../node-engine/sim/run-many.ts';
import { runSchedule } from '../../node-engine/sim/schedule.ts';
import type { ScheduleInput, ScheduleResult } from '../../node-engine/sim/schedule.ts';
import { shrink } from '../../node-engine/sim/shrink.ts';
import { SpaceTime } from '../../node-engine/sim/space-time.ts';

/** So often may be asked whether shrinking is over: about as many schedules are run. */
const QUESTIONS_MAX = 1500;

/** Judges a schedule by a promise that nobody made: no server crashes after a write was answered. */
function runUnlucky(input: ScheduleInput): ScheduleResult {
  let crashesBefore = 0;
  let crashedUs = -1;
  let event = 0;
  const result = runSchedule({
    ...input,
    onWorld: (world) => {
      world.sink = () => {
        const { crashes, writesAnswered } = world.counts;
        if (writesAnswered === 0) crashesBefore = crashes;
        else if (crashes > crashesBefore && crashedUs < 0) {
          crashedUs = world.nowUs;
          event = world.counts.events;
        }
      };
    },
  });
  if (crashedUs < 0 || result.violation !== null) return result;
  const message = 'a server crashed after a write was answered';
  return { ...result, violation: { invariant: 'L5', message, atUs: crashedUs, event } };
}

/** The first schedule of some size that is unlucky. */
function firstUnlucky(): {
  readonly input: ScheduleInput;
  readonly recorded: NonNullable<ScheduleResult['recorded']>;
  readonly violation: NonNullable<ScheduleResult['violation']>;
} {
  for (let seed = 1; ; seed += 1) {
    const input = scheduleOf({ seed, profile: 'swarm', events: 600 });
    const { recorded, violation } = runUnlucky({ ...input, record: true });
    const isOfSize = recorded !== null && recorded.decisions.length > 10;
    if (isOfSize && violation !== null) return { input, recorded, violation };
  }
}

test('a failing schedule shrinks to the few decisions that it needs', () => {
  const { input, recorded, violation } = firstUnlucky();
  expect(recorded.decisions.length).toBeGreaterThan(10);
  let questions = 0;
  const isOver = (): boolean => {
    questions += 1;
    return questions > QUESTIONS_MAX;
  };
  const shrunk = shrink(input, { recorded, violation }, isOver, runUnlucky);
  const { decisions, choices } = shrunk.recorded;
  expect(decisions.length).toBeLessThan(10);
  const kinds = decisions.map((one) => ('fault' in one ? 'fault' : one.operation.kind));
  expect(kinds).toContain('fault');
  expect(['fault', 'write']).toEqual(expect.arrayContaining([...new Set(kinds)]));
  expect(Object.values(choices).flat().length).toBeLessThan(10);
  const again = runUnlucky({ ...input, profile: shrunk.profile, replay: shrunk.recorded });
  expect(again.violation?.message).toBe(violation.message);
});

/** The drawing of the first schedule of three servers in which one of them gave its vote. */
function firstElection(): readonly string[] {
  for (let seed = 1; ; seed += 1) {
    const input = scheduleOf({ seed, profile: 'swarm', events: 400 });
    if (input.profile.voters !== 3 || input.profile.grows) continue;
    const pictures: SpaceTime[] = [];
    const votes: string[] = [];
    runSchedule({
      ...input,
      onWorld: (world) => {
        const drawn = new SpaceTime(world);
        pictures.push(drawn);
        world.sink = (_event, atUs, text) => {
          if (/RequestVoteResponse .*granted=true/.test(text)) votes.push(text);
          drawn.take(atUs, text);
        };
      },
    });
    if (votes.length > 0) return pictures[0]?.lines() ?? [];
  }
}

test('a run is drawn with an arrow for every message that arrives', () => {
  const lines = firstElection();
  expect(lines[0]).toMatch(/ms {3}1 +2/);
  expect(lines.some((line) => /[|<]-+\w*Vote ok t\d+-+[|>]/.test(line))).toBe(true);
  expect(lines.some((line) => line.includes('leader t'))).toBe(true);
});
