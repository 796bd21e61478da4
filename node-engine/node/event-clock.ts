/** Further apart than this, and one of the two clocks was set or stood still. */
const APART_MAX_MS = 5;

/** The two clocks that an event's time is made of. */
export interface EventClockSources {
  /** Whole milliseconds since 1970. */
  wallMs(): number;
  /** Milliseconds with fraction. Stands still while the machine sleeps. */
  monotonicMs(): number;
}

const SYSTEM: EventClockSources = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/**
 * The wall clock with fractions of a millisecond, for what happens several times in one. The fractions
 * are the monotonic clock's, which knows nothing of a wall clock that is set, or of a machine that
 * slept: then the wall clock is asked anew, or a node's events would stand beside its statuses with
 * another time until it is started again.
 */
export class EventClock {
  readonly #sources: EventClockSources;
  /** What the wall clock said when the monotonic clock was at 0. */
  #originMs: number;

  constructor(sources: EventClockSources = SYSTEM) {
    this.#sources = sources;
    this.#originMs = sources.wallMs() - sources.monotonicMs();
  }

  /** Milliseconds since 1970, with fraction. */
  nowMs(): number {
    const wallMs = this.#sources.wallMs();
    const monotonicMs = this.#sources.monotonicMs();
    if (Math.abs(this.#originMs + monotonicMs - wallMs) > APART_MAX_MS) {
      this.#originMs = wallMs - monotonicMs;
    }
    return this.#originMs + monotonicMs;
  }
}
