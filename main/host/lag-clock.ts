/** Samples kept: a minute of figures at four a second. */
const SAMPLES_MAX = 240;

/**
 * Turns a lag in entries into a lag in time: remembers when the leader's log was first seen to reach
 * each index. A status carries no times per entry, and the entries' own times stay in the log.
 */
export class LagClock {
  #leaderId: string | null = null;
  #samples: { readonly atMs: number; readonly lastIndex: number }[] = [];

  /** Notes what the leader's log held at `atMs` (host clock); another leader starts afresh. */
  observe(leaderId: string, lastIndex: number, atMs: number): void {
    if (leaderId !== this.#leaderId) {
      this.#leaderId = leaderId;
      this.#samples = [];
    }
    const latest = this.#samples.at(-1);
    if (latest !== undefined && lastIndex <= latest.lastIndex) return;
    this.#samples.push({ atMs, lastIndex });
    if (this.#samples.length > SAMPLES_MAX) this.#samples.shift();
  }

  /**
   * For how long the leader has held entries beyond `matchIndex`, ms; for at least so long when the
   * growth is older than the samples. Null when nothing beyond it was seen.
   */
  lagMs(matchIndex: number, nowMs: number): number | null {
    const first = this.#samples.find((sample) => sample.lastIndex > matchIndex);
    if (first === undefined) return null;
    return Math.max(0, nowMs - first.atMs);
  }
}
