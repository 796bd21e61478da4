import type { DriverClock } from '../node/driver-ports.ts';

/** What the world gives a clock. */
export interface ClockWorld {
  /** Microseconds since the schedule began. */
  readonly nowUs: () => number;
  /** Runs `task` at this time unless it is replaced or the node is dead by then. */
  readonly setTimer: (atUs: number, task: () => void) => void;
  readonly clearTimer: () => void;
  /** Runs `task` once the input at hand is taken in. */
  readonly defer: (task: () => void) => void;
}

/** Where the wall clocks of all schedules begin: nanoseconds since 1970. */
const EPOCH_NS = 1_700_000_000_000_000_000n;

/**
 * The clock of one node: it may run fast or slow, and its wall clock may be wrong by any amount. The
 * monotonic clock starts anew with every life, as it does with a machine.
 */
export class SimClock implements DriverClock {
  private readonly world: ClockWorld;
  private rate: number;
  private baseUs: number;
  private baseMs: number;
  /** How far the wall clock is off. */
  private wallOffsetNs: bigint;
  /** The wall clock was set back in this life. */
  wentBack = false;
  /** The monotonic clock has stood still in this life. */
  stoodStill = false;

  constructor(
    world: ClockWorld,
    start: { readonly rate: number; readonly monotonicMs: number; readonly wallOffsetMs: number },
  ) {
    this.world = world;
    this.rate = start.rate;
    this.baseUs = world.nowUs();
    this.baseMs = start.monotonicMs;
    this.wallOffsetNs = BigInt(Math.round(start.wallOffsetMs)) * 1_000_000n;
  }

  monotonicMs(): number {
    return this.baseMs + (Math.max(0, this.world.nowUs() - this.baseUs) * this.rate) / 1000;
  }

  wallNs(): bigint {
    return EPOCH_NS + BigInt(Math.round(this.world.nowUs())) * 1000n + this.wallOffsetNs;
  }

  defer(task: () => void): void {
    this.world.defer(task);
  }

  setTimer(atMs: number, task: () => void): void {
    if (atMs === Infinity) {
      this.world.clearTimer();
      return;
    }
    const inUs = ((atMs - this.monotonicMs()) * 1000) / this.rate;
    this.world.setTimer(this.world.nowUs() + Math.max(1, Math.ceil(inUs)), task);
  }

  clearTimer(): void {
    this.world.clearTimer();
  }

  /** Makes the clock run faster or slower from now on. */
  setRate(rate: number): void {
    this.baseMs = this.monotonicMs();
    this.baseUs = Math.max(this.baseUs, this.world.nowUs());
    this.rate = rate;
  }

  /** The monotonic clock stands still until then. */
  sleepUntil(atUs: number): void {
    this.baseMs = this.monotonicMs();
    this.baseUs = Math.max(this.baseUs, atUs);
    this.stoodStill = true;
  }

  /** Ends a sleep early. */
  wake(): void {
    this.baseUs = Math.min(this.baseUs, this.world.nowUs());
  }

  jumpWall(byMs: number): void {
    if (byMs < 0) this.wentBack = true;
    this.wallOffsetNs += BigInt(Math.round(byMs)) * 1_000_000n;
  }
}
