import { Prng } from './prng.ts';

/*
 * A schedule's small decisions: is this message lost, how long does that sync take, which election
 * timeout is drawn. Each is made at a named point. The choice trace lists those that differ from the
 * default (not lost, no extra delay, the shortest timeout) with the time they were made at: leaving one
 * out, or something else that happened, moves none of the others. So a trace outlives its seed, and a
 * failing schedule can be shrunk by putting decisions back to their default.
 */

/**
 * A decision that is not the default: simulated microseconds, how many were made at this point at this
 * very time before it, and the value.
 */
export type Choice = readonly [atUs: number, ordinal: number, value: number];

/** Decisions by point, in the order they were made. */
export type ChoiceTrace = Readonly<Record<string, readonly Choice[]>>;

/** A recorded decision applies to the first one at its point from its time on, but not much later. */
const LATE_US = 20_000;

/** One named place where decisions are made. */
export class ChoicePoint {
  private readonly clock: { readonly nowUs: number };
  private readonly prng: Prng;
  /** What is to be repeated, or null when the stream decides. */
  private readonly replay: readonly Choice[] | null;
  private nextReplay = 0;
  /** Where decisions are noted, or null. */
  private readonly record: Choice[] | null;
  private lastUs = -1;
  private ordinal = 0;

  constructor(
    clock: { readonly nowUs: number },
    prng: Prng,
    replay: readonly Choice[] | null,
    record: Choice[] | null,
  ) {
    this.clock = clock;
    this.prng = prng;
    this.replay = replay;
    this.record = record;
  }

  /** 0 … count - 1; 0 is the default. */
  below(count: number): number {
    if (count <= 1) return 0;
    if (this.replay === null && this.record === null) return this.prng.below(count);
    this.arrive();
    const value =
      this.replay === null ? this.prng.below(count) : Math.min(this.recorded(), count - 1);
    this.note(value);
    return value;
  }

  /** True with this probability; false is the default. */
  chance(probability: number): boolean {
    if (probability <= 0) return false;
    if (this.replay === null && this.record === null) return this.prng.float() < probability;
    this.arrive();
    const value = this.replay === null ? this.prng.float() < probability : this.recorded() > 0;
    this.note(value ? 1 : 0);
    return value;
  }

  private arrive(): void {
    const { nowUs } = this.clock;
    this.ordinal = nowUs === this.lastUs ? this.ordinal + 1 : 0;
    this.lastUs = nowUs;
  }

  private note(value: number): void {
    if (value !== 0) this.record?.push([this.lastUs, this.ordinal, value]);
  }

  /** The recorded value that applies now; 0 when there is none. */
  private recorded(): number {
    const nowUs = this.lastUs;
    for (;;) {
      const choice = this.replay?.[this.nextReplay];
      if (choice === undefined) return 0;
      const [atUs, ordinal, value] = choice;
      if (atUs > nowUs || (atUs === nowUs && ordinal > this.ordinal)) return 0;
      this.nextReplay += 1;
      if (atUs >= nowUs - LATE_US) return value;
    }
  }
}

/** All points of one run. */
export class Choices {
  /** Simulated time; the world moves it. */
  nowUs = 0;
  private readonly seed: number;
  private readonly replay: ChoiceTrace | null;
  private readonly recorded: Map<string, Choice[]> | null;
  private readonly streams = new Map<string, Prng>();
  private readonly points = new Map<string, ChoicePoint>();

  constructor(options: {
    readonly seed: number;
    /** Decisions to repeat; every other decision takes its default. */
    readonly replay?: ChoiceTrace | null;
    readonly record?: boolean;
  }) {
    this.seed = options.seed;
    this.replay = options.replay ?? null;
    this.recorded = options.record === true ? new Map() : null;
  }

  /** The point of this name; its decisions come from `stream`. */
  point(stream: string, name: string): ChoicePoint {
    const known = this.points.get(name);
    if (known !== undefined) return known;
    let record: Choice[] | null = null;
    if (this.recorded !== null) {
      record = [];
      this.recorded.set(name, record);
    }
    const replay = this.replay === null ? null : (this.replay[name] ?? []);
    const point = new ChoicePoint(this, this.stream(stream), replay, record);
    this.points.set(name, point);
    return point;
  }

  /** The stream of one concern. */
  stream(name: string): Prng {
    let stream = this.streams.get(name);
    if (stream === undefined) {
      stream = new Prng(this.seed, name);
      this.streams.set(name, stream);
    }
    return stream;
  }

  /** What was decided, when recording. */
  trace(): ChoiceTrace {
    const trace: Record<string, readonly Choice[]> = {};
    for (const [name, values] of this.recorded ?? []) {
      if (values.length > 0) trace[name] = values;
    }
    return trace;
  }
}
