import { Prng } from './prng.ts';

/*
 * A schedule's small decisions: is this message lost, how long does that sync take, which election
 * timeout is drawn. Each is made at a named point, and the k-th decision at a point is the same
 * decision in every run of the schedule. The choice trace lists the decisions that differ from the
 * default (not lost, no extra delay, the shortest timeout), so it survives changes of the code that
 * would shift a seed, and it can be shrunk by putting decisions back to their default.
 */

/** Decisions that are not the default: by point, pairs of position (0-based) and value. */
export type ChoiceTrace = Readonly<Record<string, readonly (readonly [number, number])[]>>;

/** One named place where decisions are made. */
export class ChoicePoint {
  readonly name: string;
  readonly prng: Prng;
  /** Decisions made here so far. */
  count = 0;
  /** Values by position, or null when the stream decides. */
  readonly replay: ReadonlyMap<number, number> | null;
  /** Where decisions are noted, or null. */
  readonly record: [number, number][] | null;

  constructor(
    name: string,
    prng: Prng,
    replay: ReadonlyMap<number, number> | null,
    record: [number, number][] | null,
  ) {
    this.name = name;
    this.prng = prng;
    this.replay = replay;
    this.record = record;
  }

  /** 0 … count - 1; 0 is the default. */
  below(count: number): number {
    if (count <= 1) return 0;
    const position = this.count;
    this.count = position + 1;
    let value: number;
    if (this.replay === null) value = this.prng.below(count);
    else value = Math.min(this.replay.get(position) ?? 0, count - 1);
    if (this.record !== null && value !== 0) this.record.push([position, value]);
    return value;
  }

  /** True with this probability; false is the default. */
  chance(probability: number): boolean {
    if (probability <= 0) return false;
    const position = this.count;
    this.count = position + 1;
    let value: boolean;
    if (this.replay === null) value = this.prng.float() < probability;
    else value = this.replay.has(position);
    if (this.record !== null && value) this.record.push([position, 1]);
    return value;
  }
}

/** All points of one run. */
export class Choices {
  private readonly seed: number;
  private readonly replay: ChoiceTrace | null;
  private readonly recorded: Map<string, [number, number][]> | null;
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
    let record: [number, number][] | null = null;
    if (this.recorded !== null) {
      record = [];
      this.recorded.set(name, record);
    }
    const replay = this.replay === null ? null : new Map(this.replay[name] ?? []);
    const point = new ChoicePoint(name, this.stream(stream), replay, record);
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
    const trace: Record<string, readonly (readonly [number, number])[]> = {};
    for (const [name, values] of this.recorded ?? []) {
      if (values.length > 0) trace[name] = values;
    }
    return trace;
  }
}
