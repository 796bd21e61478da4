const SAMPLES_MAX = 1024;
const NO_SAMPLES = new Float64Array(0);

/** The last latencies of one kind, for p50 and p99 over a figures interval. */
export class LatencySamples {
  /** Made with the first sample. */
  #samples = NO_SAMPLES;
  #count = 0;

  /** Adds one latency in milliseconds; beyond the limit the oldest are overwritten. */
  add(ms: number): void {
    if (this.#samples.length === 0) this.#samples = new Float64Array(SAMPLES_MAX);
    this.#samples[this.#count % SAMPLES_MAX] = ms;
    this.#count += 1;
  }

  /** p50 and p99 of what was added since the last call, or nulls, and starts anew. */
  take(): { readonly p50Ms: number | null; readonly p99Ms: number | null } {
    const size = Math.min(this.#count, SAMPLES_MAX);
    this.#count = 0;
    if (size === 0) return { p50Ms: null, p99Ms: null };
    const sorted = this.#samples.slice(0, size).sort();
    return {
      p50Ms: sorted[Math.floor((size - 1) * 0.5)] ?? null,
      p99Ms: sorted[Math.floor((size - 1) * 0.99)] ?? null,
    };
  }
}
