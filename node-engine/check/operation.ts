/**
 * One client operation of a history, as it was seen from outside.
 *
 * - `ok`: it was answered; `output` is the answer.
 * - `fail`: it was answered with an error that promises that nothing was done.
 * - `info`: nobody knows: a time-out, a lost connection, an UNKNOWN. It may take effect at any time
 *   after its invocation, or never; `completeNs` is Infinity.
 */
export interface Operation {
  readonly id: number;
  /** The client; a process has one operation under way at a time. */
  readonly process: number;
  /** What was asked: 'read', 'write', 'cas', 'add', 'append' … */
  readonly f: string;
  /** What it was asked about; operations on different keys are independent. */
  readonly key: string;
  /** The argument of the operation, plain data. */
  readonly input: unknown;
  /** The answer; null for `fail` and `info`. */
  readonly output: unknown;
  /** Monotonic nanoseconds of one clock. */
  readonly invokeNs: number;
  readonly completeNs: number;
  readonly type: 'ok' | 'fail' | 'info';
}

/** A sequential object that operations are checked against. States are short texts. */
export interface Model {
  readonly initial: string;
  /**
   * The state after `operation`, or null when its output could not come from `state`. An `info`
   * operation has no output: any is possible.
   */
  readonly step: (state: string, operation: Operation) => string | null;
}
