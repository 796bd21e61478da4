import type { StopFailure } from './driver-ports.ts';

/** Hears that its task will not run, because the driver has stopped; then nothing was done. */
export type Refused = (failure: StopFailure) => void;

interface Input {
  readonly run: () => void;
  readonly refused: Refused | null;
}

/**
 * What is to be done in the driver's next turn. A driver that stops has no next turn: whoever waits for
 * a task is told so, at once or as soon as it stops, and never left without an answer.
 */
export class Inputs {
  readonly #wake: () => void;
  #waiting: Input[] = [];
  #stopped: StopFailure | null = null;

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** Takes in a task; `refused` is for those that somebody waits for. */
  add(run: () => void, refused: Refused | null = null): void {
    if (this.#stopped !== null) {
      refused?.(this.#stopped);
      return;
    }
    this.#waiting.push({ run, refused });
    this.#wake();
  }

  /** Runs all of them, and those that they bring. */
  run(): void {
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const { run, refused } of waiting) {
        if (this.#stopped === null) run();
        else refused?.(this.#stopped);
      }
    }
  }

  /** Refuses what waits, and all that comes. */
  stop(failure: StopFailure): void {
    this.#stopped = failure;
    const left = this.#waiting;
    this.#waiting = [];
    for (const { refused } of left) refused?.(failure);
  }
}
