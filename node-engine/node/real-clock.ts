import { performance } from 'node:perf_hooks';
import type { DriverClock } from './driver-ports.ts';

/** The operating system's clocks and the event loop. */
export class RealClock implements DriverClock {
  #timer: ReturnType<typeof setTimeout> | null = null;
  #timerAtMs = Infinity;
  #timerTask: (() => void) | null = null;

  monotonicMs(): number {
    return performance.now();
  }

  wallNs(): bigint {
    return BigInt(Date.now()) * 1_000_000n;
  }

  /** At the end of the poll phase: everything the sockets had is in by then. */
  defer(task: () => void): void {
    setImmediate(task);
  }

  /** A later deadline keeps the timer that is set: waking early once is cheaper than setting anew. */
  setTimer(atMs: number, task: () => void): void {
    this.#timerTask = task;
    if (this.#timer !== null && this.#timerAtMs <= atMs) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    if (atMs === Infinity) {
      this.#timer = null;
      return;
    }
    const delayMs = Math.max(0, Math.ceil(atMs - performance.now()));
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#timerAtMs = Infinity;
      this.#timerTask?.();
    }, delayMs);
  }

  clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#timerAtMs = Infinity;
    this.#timerTask = null;
  }
}
