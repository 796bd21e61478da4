import type { DriverClock } from './driver-ports.ts';

const NS_PER_MS = 1_000_000;
/** A moment is used again for questions that follow it within this. */
const REUSED_MS = 1;

/** A moment on both clocks of a node. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallNs: bigint;
}

/**
 * How long ago this node's state was last known to be current.
 *
 * A read index that was asked for at some moment covers every write answered before it. Once it is
 * applied, the state is as current as it was then, and only moves on from there. So the age counts
 * from the asking, on this node's own clock: what the network and the leader took makes it higher,
 * never lower, and no other clock is trusted. A heartbeat would not do: a leader that has been
 * deposed sends them until it notices.
 */
export class StateAge {
  readonly #clock: Pick<DriverClock, 'monotonicMs' | 'wallNs'>;
  #current: Moment | null = null;
  /** The newest that was given out by `asking`. */
  #asked: Moment | null = null;

  constructor(clock: Pick<DriverClock, 'monotonicMs' | 'wallNs'>) {
    this.#clock = clock;
  }

  /**
   * The moment it is, for a read index that is asked for now. It may be a little early: reading both
   * clocks costs as much as a read, and an age that is said too high is still true.
   */
  asking(): Moment {
    const last = this.#asked;
    if (last !== null && this.#clock.monotonicMs() - last.monotonicMs < REUSED_MS) return last;
    const moment = this.#now();
    this.#asked = moment;
    return moment;
  }

  /** A read index that was asked for at `askedAt` is applied. */
  proved(askedAt: Moment): void {
    const isNews = this.#current === null || askedAt.monotonicMs > this.#current.monotonicMs;
    if (isNews) this.#current = askedAt;
  }

  /**
   * Milliseconds since the state was last known to be current; null when that is not known.
   *
   * The larger of what both clocks say: the monotonic one stands still while a machine sleeps, and
   * the wall clock may be set back.
   */
  ageMs(): number | null {
    if (this.#current === null) return null;
    const { monotonicMs, wallNs } = this.#now();
    const byWallMs = Number(wallNs - this.#current.wallNs) / NS_PER_MS;
    return Math.max(0, monotonicMs - this.#current.monotonicMs, byWallMs);
  }

  #now(): Moment {
    return { monotonicMs: this.#clock.monotonicMs(), wallNs: this.#clock.wallNs() };
  }
}
