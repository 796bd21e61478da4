/** Wrong passwords of one connection after which it is closed. */
export const FAILURES_PER_CONNECTION = 5;

const WINDOW_MS = 60_000;
/** Wrong passwords of one address within a minute that cost nothing. */
const FREE_FAILURES = 10;
const DELAY_FIRST_MS = 250;
const DELAY_MAX_MS = 4_000;
const ADDRESSES_MAX = 10_000;

/**
 * Wrong passwords by address. From the eleventh within a minute on, every answer to AUTH from that
 * address comes later and later, right or wrong: guessing becomes slow, and nobody is locked out.
 */
export class FailedLogins {
  readonly #byAddress = new Map<string, number[]>();

  /** How long the next answer to AUTH for this address is held back. */
  delayMs(address: string, nowMs: number): number {
    const excess = this.#recent(address, nowMs).length - FREE_FAILURES;
    if (excess < 0) return 0;
    return Math.min(DELAY_MAX_MS, DELAY_FIRST_MS * 2 ** Math.min(excess, 10));
  }

  failed(address: string, nowMs: number): void {
    const recent = this.#recent(address, nowMs);
    recent.push(nowMs);
    // Last in the order of insertion: who has not failed for longest is forgotten first.
    this.#byAddress.delete(address);
    this.#byAddress.set(address, recent.slice(-2 * FREE_FAILURES));
    const [oldest] = this.#byAddress.keys();
    if (this.#byAddress.size > ADDRESSES_MAX && oldest !== undefined) {
      this.#byAddress.delete(oldest);
    }
  }

  #recent(address: string, nowMs: number): number[] {
    const times = this.#byAddress.get(address) ?? [];
    return times.filter((timeMs) => nowMs - timeMs < WINDOW_MS);
  }
}
