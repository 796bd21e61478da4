import type { StorageError } from './log-store.ts';

/** What is about to reach the disk: a plain write, or one that is to be synced before it counts. */
export type DiskOperation = 'write' | 'synced-write';

/** What a fault makes of one operation. */
export interface DiskVerdict {
  /** Hold it back for so many milliseconds first; 0 = none. */
  readonly delayMs: number;
  /** Do not do it at all and fail with this, as a full disk does. */
  readonly refusal: Error | null;
  /** Do it, then fail with this: what became of it is not known, as after a failed sync. */
  readonly failure: Error | null;
}

/**
 * A switchboard for faults of the disk under a node's log, its pages and its snapshots. It stands
 * below the store, so that what the store makes of a bad disk is what really happens.
 */
export interface DiskFaults {
  /** What becomes of an operation that begins now; null when no fault is in force. */
  judge(operation: DiskOperation): DiskVerdict | null;
  /** An operation was held back, for so many milliseconds as measured. */
  held(measuredMs: number): void;
}

/** A task with a callback, as the media have them. */
type Action = (done: (error: StorageError | null) => void) => void;

/** Runs `action` as the faults let it; `toError` makes the error of a store out of one of a disk. */
export function throughFaults(
  faults: DiskFaults,
  request: {
    readonly operation: DiskOperation;
    readonly action: Action;
    readonly toError: (cause: Error) => StorageError;
  },
  done: (error: StorageError | null) => void,
): void {
  const { operation, action, toError } = request;
  const verdict = faults.judge(operation);
  if (verdict === null) {
    action(done);
    return;
  }
  const { delayMs, refusal, failure } = verdict;
  const startMs = performance.now();
  const begin = (): void => {
    if (delayMs > 0) faults.held(performance.now() - startMs);
    if (refusal !== null) done(toError(refusal));
    else if (failure === null) action(done);
    else action((error) => done(error ?? toError(failure)));
  };
  // Never from within the call: a medium answers later, and its callers count on it.
  if (delayMs > 0) setTimeout(begin, delayMs);
  else setImmediate(begin);
}

/** The same for what is written with promises. */
export function promisedThroughFaults(
  faults: DiskFaults | null,
  operation: DiskOperation,
  task: () => Promise<void>,
): Promise<void> {
  const verdict = faults?.judge(operation) ?? null;
  if (faults === null || verdict === null) return task();
  return throughVerdict(faults, verdict, task);
}

async function throughVerdict(
  faults: DiskFaults,
  { delayMs, refusal, failure }: DiskVerdict,
  task: () => Promise<void>,
): Promise<void> {
  if (delayMs > 0) {
    const startMs = performance.now();
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    faults.held(performance.now() - startMs);
  }
  if (refusal !== null) throw refusal;
  await task();
  if (failure !== null) throw failure;
}
