import { scheduleOf } from '../../node-engine/sim/run-many.ts';
import { runSchedule } from '../../node-engine/sim/schedule.ts';
import type { ScheduleInput, ScheduleResult } from '../../node-engine/sim/schedule.ts';
import { shrink } from '../../node-engine/sim/shrink.ts';
import { SpaceTime } from '../../node-engine/sim/space-time.ts';
import type { World } from '../../node-engine/sim/world.ts';
import type { Violation } from '../../node-engine/sim/invariants/invariant.ts';
import { cpuLimit } from './cpu-limit.ts';
import type { SimOptions } from './options.ts';
import { inputOf, readRegression, writeRegression } from './regression-file.ts';
import { SCRIPTS } from './scripts/all-scripts.ts';
import { runScript } from './scripts/run-script.ts';
import type { AddedCrash, Script } from './scripts/scenario.ts';

/** Gathers what a run shows, as a list of events or as a picture. */
class Trace {
  private readonly lines: string[] = [];
  private picture: SpaceTime | null = null;
  private readonly isDrawn: boolean;

  constructor(isDrawn: boolean) {
    this.isDrawn = isDrawn;
  }

  readonly onWorld = (world: World): void => {
    if (this.isDrawn) this.picture = new SpaceTime(world);
  };

  readonly sink = (event: number, atUs: number, text: string): void => {
    if (this.picture !== null) this.picture.take(atUs, text);
    else this.lines.push(`${String(event).padStart(6)} ${milliseconds(atUs)}  ${text}`);
  };

  /** Lines there are, without the head of a picture. */
  get length(): number {
    return this.picture === null ? this.lines.length : this.picture.lines().length - 1;
  }

  print(tail: number): void {
    const [head = '', ...rest] = this.picture?.lines() ?? ['', ...this.lines];
    const shown = tail === 0 ? rest : rest.slice(-tail);
    if (head !== '') console.log(head);
    console.log(shown.join('\n'));
  }
}

function milliseconds(us: number): string {
  return (us / 1000).toFixed(3).padStart(11);
}

/** `--replay`: one schedule or script again, with everything that happens in it. */
export function replay(options: SimOptions): number {
  const trace = new Trace(options.draw);
  const { sink, onWorld } = trace;
  let violation: Violation | null;
  if (options.script !== '') {
    const added = crashOf(options.crash);
    violation = runScript(scriptNamed(options.script), { added, sink, onWorld }).violation;
  } else {
    violation = runSchedule({ ...chosenInput(options), sink, onWorld }).violation;
  }
  trace.print(options.tail);
  console.log(violation === null ? 'no violation' : describe(violation));
  return violation === null ? 0 : 1;
}

/** `--shrink`: the smallest schedule that still breaks the same promise. */
export function shrinkSeed(options: SimOptions): number {
  const input = chosenInput(options);
  const { recorded, violation } = runSchedule({ ...input, record: true });
  if (violation === null || recorded === null) {
    console.log('this schedule breaks no promise');
    return 1;
  }
  console.log(`${describe(violation)}\n${sizeOf(recorded)}`);
  const shrunk = shrink(input, { recorded, violation }, cpuLimit(options.limit));
  const trace = new Trace(true);
  const { sink, onWorld } = trace;
  const { profile, recorded: smallest } = shrunk;
  const last = runSchedule({ seed: input.seed, profile, replay: smallest, sink, onWorld });
  trace.print(0);
  const { events } = last.counts;
  console.log(`${sizeOf(smallest)}, ${events} events, ${trace.length} of them drawn`);
  console.log(`after ${shrunk.tries} replays`);
  console.log(describe(shrunk.violation));
  if (options.out !== '') {
    const { invariant, message } = shrunk.violation;
    const title = message.split('\n')[0] ?? '';
    writeRegression(options.out, { title, invariant, profile, recorded: smallest });
    console.log(`npm run sim -- --replay --file ${options.out}`);
  }
  return 0;
}

function chosenInput(options: SimOptions): ScheduleInput {
  if (options.file !== '') return inputOf(readRegression(options.file));
  const { seed, profile, events } = options;
  return scheduleOf({ seed, profile, events });
}

/** The script of this name, or the only one that has this in its name. */
export function scriptNamed(part: string): Script {
  const exact = SCRIPTS.find(({ name }) => name === part);
  const found = SCRIPTS.filter(({ name }) => name.includes(part));
  const script = exact ?? found[0];
  if (script === undefined) {
    throw new Error(`no script is called ${part}; there are:\n${listed(SCRIPTS)}`);
  }
  if (exact === undefined && found.length > 1) {
    throw new Error(`${found.length} scripts are called ${part}:\n${listed(found)}`);
  }
  return script;
}

function listed(scripts: readonly Script[]): string {
  return scripts.map(({ name }) => `  ${name}`).join('\n');
}

function crashOf(text: string): AddedCrash | null {
  if (text === '') return null;
  const [node = '', effect = ''] = text.split(':');
  return { node, effect: Number(effect) };
}

function sizeOf(recorded: NonNullable<ScheduleResult['recorded']>): string {
  const choices = Object.values(recorded.choices).reduce((sum, values) => sum + values.length, 0);
  return `${recorded.decisions.length} decisions, ${choices} choices`;
}

function describe({ invariant, message, event }: Violation): string {
  return `event ${event}: ${invariant}: ${message}`;
}
