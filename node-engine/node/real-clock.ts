import { performance } from 'node:perf_hooks';
import type { DriverClock } from './driver-ports.ts';

/** The operating system's clocks and the event loop. */
export class RealClock implements DriverClock {
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** When the timer of the event loop goes off, and when the task is wanted: never before that. */
  #timerAtMs = Infinity;
  #wantedAtMs = Infinity;
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

  /**
   * A later deadline keeps the timer that is set: a follower's moves with every message of its leader,
   * and going off in vain now and then is cheaper than setting it anew each time.
   */
  setTimer(atMs: number, task: () => void): void {
    this.#timerTask = task;
    this.#wantedAtMs = atMs;
    if (this.#timer !== null && this.#timerAtMs <= atMs) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#arm(atMs);
  }

  clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#arm(Infinity);
    this.#wantedAtMs = Infinity;
    this.#timerTask = null;
  }

  #arm(atMs: number): void {
    this.#timerAtMs = atMs;
    if (atMs === Infinity) {
      this.#timer = null;
      return;
    }
    const delayMs = Math.max(0, Math.ceil(atMs - performance.now()));
    this.#timer = setTimeout(() => {
      this.#wentOff();
    }, delayMs);
  }

  #wentOff(): void {
    this.#timer = null;
    this.#timerAtMs = Infinity;
    // In vain: what is due meanwhile is due later.
    if (performance.now() < this.#wantedAtMs) this.#arm(this.#wantedAtMs);
    else this.#timerTask?.();
  }
}
