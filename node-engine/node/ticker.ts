import type { LogIndex } from '../raft/types.ts';

/**
 * When a leader proposes the ticks that its machine asks for: about every interval, the first one
 * interval after it was elected. A tick that has not been applied holds up the next, so a leader
 * without a majority does not fill its log with them; ticks that were missed are not made up for.
 */
export class Ticker {
  readonly #intervalMs: number | null;
  #nextMs: number | null = null;
  #lastIndex: LogIndex = 0;

  /** @param intervalMs as the machine says, or undefined when it asks for no ticks */
  constructor(intervalMs: number | undefined) {
    this.#intervalMs = intervalMs ?? null;
  }

  /** When to look again, on the monotonic clock; null when no tick will be due. */
  get deadlineMs(): number | null {
    return this.#nextMs;
  }

  /** True when a tick is to be proposed now. Called in every turn. */
  isDue(
    nowMs: number,
    state: { readonly leads: boolean; readonly appliedIndex: LogIndex },
  ): boolean {
    if (this.#intervalMs === null) return false;
    if (!state.leads) {
      this.#nextMs = null;
      this.#lastIndex = 0;
      return false;
    }
    this.#nextMs ??= nowMs + this.#intervalMs;
    if (nowMs < this.#nextMs) return false;
    this.#nextMs = nowMs + this.#intervalMs;
    return this.#lastIndex <= state.appliedIndex;
  }

  /** A tick was proposed at `index`. */
  proposed(index: LogIndex): void {
    this.#lastIndex = index;
  }
}
