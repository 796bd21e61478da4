import type { DriverClock } from '../driver-ports.ts';
import { measureShift, type Measured } from './fault.ts';

/**
 * A clock whose wall time a fault can put off. What is measured of the fault is what the readers of
 * the clock got, against the clock of the operating system. Monotonic time is never touched.
 */
export class ShiftedClock implements DriverClock {
  readonly #clock: DriverClock;
  #shift: { readonly offsetNs: bigint; readonly measured: Measured } | null = null;

  constructor(clock: DriverClock) {
    this.#clock = clock;
  }

  /** Puts wall time off by `offsetMs`; null puts it right. */
  shift(offset: { readonly offsetMs: number; readonly measured: Measured } | null): void {
    this.#shift =
      offset === null
        ? null
        : { offsetNs: BigInt(offset.offsetMs) * 1_000_000n, measured: offset.measured };
  }

  wallNs(): bigint {
    const wallNs = this.#clock.wallNs();
    if (this.#shift === null) return wallNs;
    const { offsetNs, measured } = this.#shift;
    const readingNs = wallNs + offsetNs;
    measured.seen += 1;
    measureShift(measured, Number((readingNs - BigInt(Date.now()) * 1_000_000n) / 1_000_000n));
    return readingNs;
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  defer(task: () => void): void {
    this.#clock.defer(task);
  }

  setTimer(atMs: number, task: () => void): void {
    this.#clock.setTimer(atMs, task);
  }

  clearTimer(): void {
    this.#clock.clearTimer();
  }
}
