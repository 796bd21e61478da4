/** What a figure is held to: `required` is the least that will do, `aim` what would be good. */
export interface Goal {
  /** What is held to it: the figure itself, or its ratio to redis-server in the same round. */
  readonly of: 'median' | 'ratio';
  /** Whether a larger figure is better, or a smaller one. */
  readonly bound: 'least' | 'most';
  readonly required: number;
  readonly aim?: number;
}

/** What a part measures: raw samples, one per round or trial. */
export interface Measurement {
  readonly name: string;
  readonly unit: string;
  readonly samples: readonly number[];
  /** To redis-server, one per round: both were measured in that round, one after the other. */
  readonly ratios?: readonly number[];
  readonly goal?: Goal;
  /**
   * The samples are trials of something that chance has a part in (an election, a wait): their
   * spread belongs to the figure and says nothing about the machine.
   */
  readonly isSpreadInherent?: boolean;
  /** Cores that processes outside the measurement used, the worst round. */
  readonly othersCores: number;
}

/** What a part is given. */
export interface PartOptions {
  readonly rounds: number;
  /** Instead of what follows from the rounds, for parts that count trials. */
  readonly trials?: number;
  /** Of `ui`: which of its measures; all of them without it. */
  readonly ui?: readonly string[];
  /** Of `ui`: how long its memory is watched, instead of a short time. */
  readonly soakMinutes?: number;
  /** 1, or less of a trial run: the share of keys, commands and seconds. Its figures are no result. */
  readonly scale: number;
  /** Says something about the run that no figure says: what was left out, and why. */
  readonly note: (text: string) => void;
  /**
   * Runs `work` and tells how many cores processes outside of `pids` (and this one) used meanwhile.
   */
  readonly otherLoad: <T>(
    pids: () => readonly number[],
    work: () => Promise<T>,
  ) => Promise<{ readonly value: T; readonly othersCores: number }>;
}

/** A line of the table. */
export interface Row extends Measurement {
  readonly part: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** `reached` is at least what is required, `aimed` at least the aim. */
export type Verdict = 'aimed' | 'reached' | 'missed';

/** The machine and the version that figures belong to. */
export interface RunDescription {
  /** ISO 8601. */
  readonly date: string;
  /** Short hash of HEAD, with a `+` when files differ from it. */
  readonly commit: string;
  readonly machine: string;
  readonly node: string;
}

/** A line of docs/bench-history.jsonl: one figure of one run. */
export interface HistoryLine extends RunDescription {
  readonly part: string;
  readonly name: string;
  readonly unit: string;
  readonly samples: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly ratio?: number;
  readonly ratioMin?: number;
  readonly ratioMax?: number;
  readonly goal?: Goal;
  readonly verdict?: Verdict;
  /** Why the figure is no result: such a figure has no verdict. */
  readonly doubt?: string;
  readonly othersCores: number;
}

/** A process of a cluster; `pid` is that of its present life. */
export interface BenchNode {
  readonly id: string;
  pid: number;
  readonly clientAddress: string;
  readonly directory: string;
}
