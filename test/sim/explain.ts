import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Violation } from '../../node-engine/sim/invariants/invariant.ts';
import { runSchedule } from '../../node-engine/sim/schedule.ts';
import type { ScheduleInput } from '../../node-engine/sim/schedule.ts';
import { shrink } from '../../node-engine/sim/shrink.ts';
import { SpaceTime } from '../../node-engine/sim/space-time.ts';
import { cpuLimit } from './cpu-limit.ts';
import { writeRegression } from './regression-file.ts';

/** Where a schedule that broke a promise is written down, and what has become of it. */
export interface Explained {
  /** What to read: paths relative to where this was run. */
  readonly files: readonly string[];
  /** The shrunk schedule, drawn. */
  readonly drawing: string;
  readonly violation: Violation;
  /** Events of the shrunk schedule. */
  readonly events: number;
}

/**
 * Writes down everything about a failing schedule: each event as a line of JSON, the whole as a
 * drawing, and the smallest schedule that still breaks the promise, as a drawing and for a replay.
 *
 * @param folder is made when it is not there
 * @param limit seconds of processor time that shrinking may take
 * @returns null when the schedule breaks no promise
 */
export function explain(
  input: ScheduleInput,
  { folder, limit }: { readonly folder: string; readonly limit: number },
): Explained | null {
  mkdirSync(folder, { recursive: true });
  const name = join(folder, `seed-${input.seed}`);
  const whole = drawn(input, `${name}.trace.jsonl`);
  const { recorded, violation } = runSchedule({ ...input, record: true });
  if (violation === null || recorded === null) return null;
  writeFileSync(`${name}.txt`, whole.drawing);
  const shrunk = shrink(input, { recorded, violation }, cpuLimit(limit));
  const { profile, recorded: smallest } = shrunk;
  const last = drawn({ seed: input.seed, profile, replay: smallest }, null);
  writeFileSync(`${name}.shrunk.txt`, last.drawing);
  const { invariant, message } = shrunk.violation;
  const title = message.split('\n')[0] ?? '';
  writeRegression(`${name}.shrunk.json`, { title, invariant, profile, recorded: smallest });
  const endings = ['trace.jsonl', 'txt', 'shrunk.txt', 'shrunk.json'];
  const files = endings.map((ending) => `${name}.${ending}`);
  return { files, drawing: last.drawing, violation: shrunk.violation, events: last.events };
}

/** Runs a schedule and draws it; writes its events to `trace`. */
function drawn(
  input: ScheduleInput,
  trace: string | null,
): { readonly drawing: string; readonly events: number } {
  const pictures: SpaceTime[] = [];
  const lines: string[] = [];
  const { counts } = runSchedule({
    ...input,
    onWorld: (world) => {
      pictures.push(new SpaceTime(world));
    },
    sink: (event, atUs, text) => {
      pictures[0]?.take(atUs, text);
      if (trace !== null) lines.push(JSON.stringify({ event, atUs, what: text }));
    },
  });
  if (trace !== null) writeFileSync(trace, `${lines.join('\n')}\n`);
  return { drawing: `${(pictures[0]?.lines() ?? []).join('\n')}\n`, events: counts.events };
}
