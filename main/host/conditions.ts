import { StepFailure } from './operation.ts';

interface Waiter {
  readonly isMet: () => boolean;
  readonly settle: (outcome: 'met' | 'aborted') => void;
}

const STOPPED_MEANWHILE = 'The cluster was stopped meanwhile.';

/** Whoever waits for something to become true of a cluster; asked anew at each change of it. */
export class Conditions {
  readonly #waiters = new Set<Waiter>();
  #aborting = false;

  /** Waits until `isMet`; fails the step when it does not come true in time or is called off. */
  waitFor(isMet: () => boolean, timeoutMs: number, otherwise: () => string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#aborting) {
        reject(new StepFailure(STOPPED_MEANWHILE));
        return;
      }
      if (isMet()) {
        resolve();
        return;
      }
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new StepFailure(otherwise()));
      }, timeoutMs);
      const waiter: Waiter = {
        isMet,
        settle: (outcome) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          if (outcome === 'met') resolve();
          else reject(new StepFailure(STOPPED_MEANWHILE));
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /** Something has changed: whoever waited for just that goes on. */
  check(): void {
    for (const waiter of [...this.#waiters]) {
      if (waiter.isMet()) waiter.settle('met');
    }
  }

  /** Everybody who waits is told that it is called off. */
  abort(): void {
    for (const waiter of [...this.#waiters]) waiter.settle('aborted');
  }

  /** Calls off whoever waits, and whoever begins to wait before `end` has come. */
  async abortUntil(end: Promise<unknown>): Promise<void> {
    this.#aborting = true;
    this.abort();
    await end;
    this.#aborting = false;
  }
}
