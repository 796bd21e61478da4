import { findShorter } from './find-shorter.ts';
import type { InvariantId, Violation } from './invariants/invariant.ts';
import type { Profile } from './profile.ts';
import { runSchedule } from './schedule.ts';
import type { RecordedSchedule, ScheduleInput, ScheduleResult } from './schedule.ts';
import {
  asRecorded,
  classOf,
  kindOf,
  partsOf,
  sizeOf,
  upTo,
  withoutServer,
  withoutSpan,
  withoutTime,
} from './shrink-parts.ts';
import type { Parts } from './shrink-parts.ts';
import { calmed, isolated, lighter, lossesOf, mended, withLosses } from './shrink-variants.ts';

/** What shrinking has come to. */
export interface Shrunk {
  readonly profile: Profile;
  readonly recorded: RecordedSchedule;
  readonly violation: Violation;
  /** Schedules tried. */
  readonly tries: number;
}

/** Runs a schedule. */
export type Runner = (input: ScheduleInput) => ScheduleResult;

/** Gaps shorter than this are not worth closing. */
const GAP_US = 2_000;
/** Spans of time shorter than this are not left out as such. */
const SPAN_US = 4_000;
/** With more decisions than this, leaving out two at a time takes too long. */
const PAIRS_MAX = 24;
/** Shorter schedules to start from, beside the one that was found. */
const STARTS_MAX = 4;
/** Starts that have led to nothing smaller, after which no other is tried. */
const IN_VAIN_MAX = 2;

/**
 * Makes a failing schedule smaller: first others with the same profile are drawn that fail sooner, then
 * everything is left out that the failure does not need, and time in which nothing is decided is cut. A
 * smaller schedule counts only when it breaks the same promise.
 *
 * @param isOver asked before each run; true ends the work with what there is
 * @param run runs a schedule; a test may judge its outcome in its own way
 */
export function shrink(
  input: ScheduleInput,
  found: { readonly recorded: RecordedSchedule; readonly violation: Violation },
  isOver: () => boolean,
  run: Runner = runSchedule,
): Shrunk {
  const shorter = findShorter(input, found.violation, { isOver, run, startsMax: STARTS_MAX });
  const starts = [
    ...shorter.found,
    { parts: partsOf(input.profile, found.recorded), violation: found.violation },
  ];
  let { tries } = shorter;
  let best: Descent | null = null;
  let inVain = 0;
  for (const start of starts) {
    if (best !== null && (isOver() || inVain >= IN_VAIN_MAX)) break;
    const descent = new Descent(input.seed, start, { isOver, run });
    descent.run();
    tries += descent.tries;
    if (best === null || descent.size < best.size) best = descent;
    else inVain += 1;
  }
  if (best === null) throw new Error('there is a schedule to start from');
  const { profile } = best.best;
  return { profile, recorded: asRecorded(best.best), violation: best.violation, tries };
}

/** The way from one failing schedule to a small one. */
class Descent {
  best: Parts;
  violation: Violation;
  tries = 0;
  private readonly seed: number;
  private readonly isOver: () => boolean;
  private readonly runner: Runner;
  private readonly invariant: InvariantId;
  /** Messages that arrive in the best so far. */
  private arrivals = Infinity;

  constructor(
    seed: number,
    start: { readonly parts: Parts; readonly violation: Violation },
    tools: { readonly isOver: () => boolean; readonly run: Runner },
  ) {
    this.seed = seed;
    this.isOver = tools.isOver;
    this.runner = tools.run;
    this.invariant = start.violation.invariant;
    this.violation = start.violation;
    this.best = start.parts;
  }

  get size(): number {
    return sizeOf(this.best, this.arrivals);
  }

  run(): void {
    this.cutAfterFailure();
    for (let before = Infinity; this.size < before && !this.isOver();) {
      before = this.size;
      this.dropClasses();
      this.dropServers();
      this.reduce(this.best.decisions, (decisions) => ({ ...this.best, decisions }));
      this.reduce(this.best.choices, (choices) => ({ ...this.best, choices }));
      for (const parts of calmed(this.best, this.invariant, this.runner)) this.isEnough(parts);
      for (const profile of lighter(this.best.profile)) {
        this.isEnough({ ...this.best, profile: { ...this.best.profile, ...profile } });
      }
      for (const parts of isolated(this.best)) this.isEnough(parts);
      this.mendFaults();
      this.dropDeliveries();
      this.cutSpans();
      this.closeGaps();
      this.cutAfterFailure();
      if (this.size === before) this.dropPairs();
    }
    this.halveValues();
  }

  /**
   * Whether these parts still break the same promise, and there is less to read in them; if so they are
   * the best so far.
   */
  private isEnough(parts: Parts): boolean {
    if (this.isOver()) return false;
    this.tries += 1;
    const replay = asRecorded(parts);
    const { violation, counts } = this.runner({ seed: this.seed, profile: parts.profile, replay });
    if (violation?.invariant !== this.invariant) return false;
    if (sizeOf(parts, counts.arrivals) > this.size) return false;
    this.best = parts;
    this.violation = violation;
    this.arrivals = counts.arrivals;
    return true;
  }

  /** What was decided after the failure had no part in it. */
  private cutAfterFailure(): void {
    this.isEnough(upTo(this.best, this.violation.atUs));
  }

  /** Whole kinds of faults and of choices at once: the big steps first. */
  private dropClasses(): void {
    for (const kind of new Set(this.best.decisions.map(kindOf))) {
      const decisions = this.best.decisions.filter((decision) => kindOf(decision) !== kind);
      this.isEnough({ ...this.best, decisions });
    }
    for (const kind of new Set(this.best.choices.map(classOf))) {
      const choices = this.best.choices.filter((choice) => classOf(choice) !== kind);
      this.isEnough({ ...this.best, choices });
    }
  }

  /** Fewer servers: the last ones, or any one of them. */
  private dropServers(): void {
    const { profile } = this.best;
    if (profile.grows) this.isEnough({ ...this.best, profile: { ...profile, grows: false } });
    for (let voters = 1; voters < profile.voters; voters += 1) {
      if (this.isEnough({ ...this.best, profile: { ...this.best.profile, voters } })) break;
    }
    for (let gone = 1; gone <= this.best.profile.voters; gone += 1) {
      if (this.best.profile.voters > 1) this.isEnough(withoutServer(this.best, gone));
    }
  }

  /** Delta debugging: leaves out ever smaller pieces of a list (Zeller and Hildebrandt 2002). */
  private reduce<T>(items: readonly T[], without: (rest: readonly T[]) => Parts): void {
    let rest = items;
    let length = Math.ceil(rest.length / 2);
    while (length > 0 && !this.isOver()) {
      let start = 0;
      while (start < rest.length) {
        const left = [...rest.slice(0, start), ...rest.slice(start + length)];
        if (this.isEnough(without(left))) rest = left;
        else start += length;
      }
      length = length === 1 ? 0 : Math.ceil(length / 2);
    }
  }

  /** Loses what need not arrive: all that goes over a link, then ever fewer messages at once. */
  private dropDeliveries(): void {
    const all = lossesOf(this.best, this.runner);
    for (const link of new Set(all.map(({ point }) => point))) {
      const losses = all.filter(({ point }) => point === link);
      this.isEnough(withLosses(this.best, losses));
    }
    let rest = lossesOf(this.best, this.runner);
    for (let length = Math.ceil(rest.length / 2); length > 0 && !this.isOver();) {
      for (let start = 0; start < rest.length;) {
        const losses = rest.slice(start, start + length);
        if (this.isEnough(withLosses(this.best, losses))) {
          rest = [...rest.slice(0, start), ...rest.slice(start + length)];
        } else start += length;
      }
      length = length === 1 ? 0 : Math.ceil(length / 2);
    }
  }

  /** Two decisions may hold each other: a server that crashes needs no link that is cut. */
  private dropPairs(): void {
    const { decisions } = this.best;
    if (decisions.length > PAIRS_MAX) return;
    for (let first = 0; first < decisions.length; first += 1) {
      for (let second = first + 1; second < decisions.length; second += 1) {
        const rest = decisions.filter((_, place) => place !== first && place !== second);
        if (this.isEnough({ ...this.best, decisions: rest })) return;
      }
    }
  }

  /** Each decision as the simplest of its kind. */
  private mendFaults(): void {
    for (let place = 0; place < this.best.decisions.length; place += 1) {
      const decision = this.best.decisions[place];
      if (decision === undefined) return;
      for (const simpler of mended(decision)) {
        const decisions = this.best.decisions.map((one, at) => (at === place ? simpler : one));
        if (this.isEnough({ ...this.best, decisions })) break;
      }
    }
  }

  /** Leaves out ever shorter spans of time with all that was decided in them: whole chapters first. */
  private cutSpans(): void {
    for (let length = this.violation.atUs / 2; length >= SPAN_US; length /= 2) {
      const spanUs = Math.floor(length);
      for (let startUs = 0; startUs + spanUs <= this.violation.atUs;) {
        if (this.isOver()) return;
        const isCut = this.isEnough(withoutSpan(this.best, { startUs, endUs: startUs + spanUs }));
        if (!isCut) startUs += spanUs;
      }
    }
  }

  /** Moves what comes after a pause to an earlier time, as far as the failure allows. */
  private closeGaps(): void {
    const times = [...this.best.decisions, ...this.best.choices].map(({ atUs }) => atUs);
    const sorted = [...new Set([0, ...times, this.violation.atUs])].sort((a, b) => b - a);
    const heartbeatUs = this.best.profile.raft.heartbeatIntervalMs * 1000;
    for (const [place, endUs] of sorted.entries()) {
      const startUs = sorted[place + 1];
      if (startUs === undefined) return;
      const gapUs = endUs - startUs - 1;
      // What comes after whole heartbeats less is still in step with those that stay.
      const isClosed = this.closeGap(endUs, gapUs - (gapUs % heartbeatUs), heartbeatUs);
      if (!isClosed) this.closeGap(endUs, gapUs, 1);
    }
  }

  /** Cuts as much as possible, up to `mostUs`, of the time before `endUs`, in steps of `stepUs`. */
  private closeGap(endUs: number, mostUs: number, stepUs: number): boolean {
    for (let cutUs = mostUs; cutUs >= GAP_US;) {
      if (this.isEnough(withoutTime(this.best, { endUs, cutUs }))) return true;
      const half = Math.floor(cutUs / 2);
      cutUs = half - (half % stepUs);
    }
    return false;
  }

  /** Smaller numbers read better than large ones. */
  private halveValues(): void {
    this.best.choices.forEach((choice, place) => {
      for (let value = choice.value; value > 1;) {
        value = Math.floor(value / 2);
        const smaller = { ...choice, value };
        const choices = this.best.choices.map((one, other) => (other === place ? smaller : one));
        if (!this.isEnough({ ...this.best, choices })) return;
      }
    });
  }
}
