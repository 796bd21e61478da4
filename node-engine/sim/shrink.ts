import type { ChoiceTrace } from './choices.ts';
import type { Decision } from './fault.ts';
import type { InvariantId, Violation } from './invariants/invariant.ts';
import type { Profile } from './profile.ts';
import { runSchedule } from './schedule.ts';
import type { RecordedSchedule, ScheduleInput, ScheduleResult } from './schedule.ts';

/** One choice that is not the default. */
interface PlacedChoice {
  readonly point: string;
  readonly atUs: number;
  readonly ordinal: number;
  readonly value: number;
}

/** The parts of a schedule that can be left out or made smaller. */
interface Parts {
  readonly profile: Profile;
  readonly decisions: readonly Decision[];
  readonly choices: readonly PlacedChoice[];
  readonly healedAtUs: number | null;
  readonly endUs: number;
}

/** What shrinking has come to. */
export interface Shrunk {
  readonly profile: Profile;
  readonly recorded: RecordedSchedule;
  readonly violation: Violation;
  /** Replays tried. */
  readonly tries: number;
}

/** Gaps shorter than this are not worth closing. */
const GAP_US = 2_000;
/** When an election is asked for that would otherwise wait for its timer. */
const CAMPAIGN_US = 5_000;
/** How much rarer heartbeats are tried to be. */
const HEARTBEAT_FACTORS = [16, 8, 4, 2];

/**
 * Makes a failing schedule smaller: everything is left out that the failure does not need, and time in
 * which nothing is decided is cut. A smaller schedule counts only when it breaks the same promise.
 *
 * @param isOver asked before each replay; true ends the work with what there is
 * @param run runs a schedule; a test may judge its outcome in its own way
 */
export function shrink(
  input: ScheduleInput,
  found: { readonly recorded: RecordedSchedule; readonly violation: Violation },
  isOver: () => boolean,
  run: (input: ScheduleInput) => ScheduleResult = runSchedule,
): Shrunk {
  return new Shrinker(input, found, { isOver, run }).shrink();
}

class Shrinker {
  private readonly seed: number;
  private readonly isOver: () => boolean;
  private readonly run: (input: ScheduleInput) => ScheduleResult;
  private readonly invariant: InvariantId;
  private best: Parts;
  private violation: Violation;
  /** Messages that arrive in the best so far. */
  private messages = Infinity;
  private tries = 0;

  constructor(
    input: ScheduleInput,
    found: { readonly recorded: RecordedSchedule; readonly violation: Violation },
    tools: {
      readonly isOver: () => boolean;
      readonly run: (input: ScheduleInput) => ScheduleResult;
    },
  ) {
    this.seed = input.seed;
    this.isOver = tools.isOver;
    this.run = tools.run;
    this.invariant = found.violation.invariant;
    this.violation = found.violation;
    this.best = {
      profile: input.profile,
      decisions: found.recorded.decisions,
      choices: flatten(found.recorded.choices),
      healedAtUs: found.recorded.healedAtUs,
      endUs: found.recorded.endUs,
    };
  }

  shrink(): Shrunk {
    this.cutAfterFailure();
    for (let before = Infinity; this.size < before && !this.isOver();) {
      before = this.size;
      this.calm();
      this.dropClasses();
      this.dropServers();
      this.reduce(this.best.decisions, (decisions) => ({ ...this.best, decisions }));
      this.reduce(this.best.choices, (choices) => ({ ...this.best, choices }));
      this.closeGaps();
      this.cutAfterFailure();
    }
    this.halveValues();
    const { profile } = this.best;
    const { violation, tries } = this;
    return { profile, recorded: asRecorded(this.best), violation, tries };
  }

  private get size(): number {
    return sizeOf(this.best, this.messages);
  }

  /**
   * Whether these parts still break the same promise, and there is less to read in them; if so they are
   * the best so far.
   */
  private isEnough(parts: Parts): boolean {
    if (this.isOver()) return false;
    this.tries += 1;
    const replay = asRecorded(parts);
    const { violation, counts } = this.run({ seed: this.seed, profile: parts.profile, replay });
    if (violation?.invariant !== this.invariant) return false;
    if (sizeOf(parts, counts.messages) > this.size) return false;
    this.best = parts;
    this.violation = violation;
    this.messages = counts.messages;
    return true;
  }

  /**
   * Asks for the first election by name, and makes heartbeats rarer. Left to their timers, which are all
   * the same once chance has no part in them, the servers would campaign against each other.
   */
  private calm(): void {
    const { profile, decisions } = this.best;
    const isAsked = decisions.some((one) => 'fault' in one && one.fault.kind === 'campaign');
    for (let voter = 1; voter <= profile.voters && !isAsked; voter += 1) {
      const campaign: Decision = {
        atUs: CAMPAIGN_US,
        fault: { kind: 'campaign', node: String(voter) },
      };
      if (this.isEnough({ ...this.best, decisions: [campaign, ...this.best.decisions] })) break;
    }
    const { raft } = profile;
    for (const factor of HEARTBEAT_FACTORS) {
      const heartbeatIntervalMs = raft.heartbeatIntervalMs * factor;
      if (heartbeatIntervalMs >= raft.electionTimeoutMinMs) continue;
      const rarer = { ...this.best.profile, raft: { ...raft, heartbeatIntervalMs } };
      if (this.isEnough({ ...this.best, profile: rarer })) return;
    }
  }

  /** What was decided after the failure had no part in it. */
  private cutAfterFailure(): void {
    const { atUs } = this.violation;
    const decisions = this.best.decisions.filter((decision) => decision.atUs <= atUs);
    const choices = this.best.choices.filter((choice) => choice.atUs <= atUs);
    const { healedAtUs } = this.best;
    const isBefore = healedAtUs !== null && atUs <= healedAtUs;
    const endUs = Math.min(this.best.endUs, atUs + 1000);
    this.isEnough({
      ...this.best,
      decisions,
      choices,
      healedAtUs: isBefore ? null : healedAtUs,
      endUs,
    });
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

  /** Fewer servers, and turns at once. */
  private dropServers(): void {
    const { profile } = this.best;
    if (profile.turnDelayUs > 0) {
      this.isEnough({ ...this.best, profile: { ...profile, turnDelayUs: 0 } });
    }
    for (let voters = 1; voters < profile.voters; voters += 1) {
      if (this.isEnough({ ...this.best, profile: { ...this.best.profile, voters } })) return;
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

/** Everything from `endUs` on happens earlier by `cutUs`. */
function withoutTime(parts: Parts, gap: { readonly endUs: number; readonly cutUs: number }): Parts {
  const moved = (atUs: number): number => (atUs >= gap.endUs ? atUs - gap.cutUs : atUs);
  return {
    ...parts,
    decisions: parts.decisions.map((decision) => ({ ...decision, atUs: moved(decision.atUs) })),
    choices: parts.choices.map((choice) => ({ ...choice, atUs: moved(choice.atUs) })),
    healedAtUs: parts.healedAtUs === null ? null : moved(parts.healedAtUs),
    endUs: moved(parts.endUs),
  };
}

/** How much there is to read, and to wonder about, in a schedule. */
function sizeOf(parts: Parts, messages: number): number {
  return parts.decisions.length * 5 + parts.choices.length + messages + parts.endUs / 10_000;
}

function kindOf(decision: Decision): string {
  return 'fault' in decision ? decision.fault.kind : decision.operation.kind;
}

/** `loss 1>2` is of the class `loss`. */
function classOf({ point }: PlacedChoice): string {
  return point.split(' ')[0] ?? point;
}

function flatten(trace: ChoiceTrace): readonly PlacedChoice[] {
  const all = Object.entries(trace).flatMap(([point, values]) =>
    values.map(([atUs, ordinal, value]): PlacedChoice => ({ point, atUs, ordinal, value })),
  );
  // By time: what is left out together then belongs together.
  return all.sort((left, right) => left.atUs - right.atUs);
}

function asRecorded(parts: Parts): RecordedSchedule {
  const choices: Record<string, (readonly [number, number, number])[]> = {};
  for (const { point, atUs, ordinal, value } of parts.choices) {
    (choices[point] ??= []).push([atUs, ordinal, value]);
  }
  const { decisions, healedAtUs, endUs } = parts;
  return { choices, decisions, healedAtUs, endUs };
}
