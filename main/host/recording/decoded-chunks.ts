/** What is kept decoded, in bytes of JSON. */
const BYTES_MAX = 16 * 1024 * 1024;
/** Nobody scrubs any more: what is kept is let go. */
const IDLE_MS = 5_000;

/**
 * Chunks of a recording that were just read. Each step of a scrub needs most of the chunks that the
 * step before it needed, and decoding them is most of its work. A chunk never changes.
 */
export class DecodedChunks {
  readonly #values = new Map<string, { readonly value: unknown; readonly bytes: number }>();
  #bytes = 0;
  #idle: NodeJS.Timeout | null = null;

  /** The value of a chunk that is kept; else undefined. */
  get(key: string): unknown {
    const kept = this.#values.get(key);
    if (kept === undefined) return undefined;
    // The one used last goes last.
    this.#values.delete(key);
    this.#values.set(key, kept);
    return kept.value;
  }

  keep(key: string, value: unknown, bytes: number): void {
    // Two who read at once have both decoded it.
    if (this.#values.has(key)) return;
    this.#values.set(key, { value, bytes });
    this.#bytes += bytes;
    for (const [oldest, kept] of this.#values) {
      if (this.#bytes <= BYTES_MAX) break;
      this.#values.delete(oldest);
      this.#bytes -= kept.bytes;
    }
    this.#idle ??= setTimeout(() => this.clear(), IDLE_MS).unref();
    this.#idle.refresh();
  }

  clear(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    this.#values.clear();
    this.#bytes = 0;
  }
}
