/** What a part measures: raw samples, one per round. */
export interface Measurement {
  readonly name: string;
  readonly unit: string;
  readonly samples: readonly number[];
  /** Median of ratios to redis-server in the same round. */
  readonly ratio?: number;
  readonly goal?: string;
  /** Cores that processes outside the measurement used, the worst round. */
  readonly othersCores: number;
}

/** What a part is given. */
export interface PartOptions {
  readonly rounds: number;
  /** Instead of what follows from the rounds, for parts that count trials. */
  readonly trials?: number;
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

/** A process of a cluster; `pid` is that of its present life. */
export interface BenchNode {
  readonly id: string;
  pid: number;
  readonly clientAddress: string;
  readonly directory: string;
}
