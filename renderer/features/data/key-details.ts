import type { HostApi } from '../../../main/contract/host-api.ts';
import { KEYS_DESCRIBED_MAX, type KeyFacts, type KeySource } from '../../../main/contract/keys.ts';

/** Keys whose details are kept; what was asked for longest ago goes first. */
const KEPT_MAX = 5_000;
/** Of the keys in one request, together. */
const CHARS_MAX = 256 * 1024;

/** Size, expiry and beginning of the keys that somebody looks at, read a screenful at a time. */
export class KeyDetails {
  readonly #api: Pick<HostApi, 'describeKeys'>;
  readonly #source: KeySource;
  readonly #changed: () => void;
  readonly #known = new Map<string, KeyFacts | null>();
  #reading = false;
  #wanted: readonly string[] = [];

  constructor(options: {
    readonly api: Pick<HostApi, 'describeKeys'>;
    readonly source: KeySource;
    readonly changed: () => void;
  }) {
    this.#api = options.api;
    this.#source = options.source;
    this.#changed = options.changed;
  }

  /** Undefined while it has not been read, null when it could not be. */
  of(key: string): KeyFacts | null | undefined {
    return this.#known.get(key);
  }

  /** What is in sight now; what was in sight before is not read any more. */
  want(keys: readonly string[]): void {
    this.#wanted = keys;
    if (!this.#reading) void this.#read();
  }

  /** Has it read again the next time it is wanted. */
  forget(key: string): void {
    this.#known.delete(key);
  }

  async #read(): Promise<void> {
    this.#reading = true;
    for (;;) {
      const keys = this.#next();
      if (keys.length === 0) break;
      const result = await this.#api.describeKeys({ ...this.#source, keys });
      const found = result.ok ? new Map(result.value.map((facts) => [facts.key, facts])) : null;
      // One that could not be read is not asked for again and again.
      for (const key of keys) this.#known.set(key, found?.get(key) ?? null);
      for (const old of this.#known.keys()) {
        if (this.#known.size <= KEPT_MAX) break;
        this.#known.delete(old);
      }
      this.#changed();
    }
    this.#reading = false;
  }

  /** As many as one request may name. */
  #next(): readonly string[] {
    let chars = 0;
    const keys: string[] = [];
    for (const key of this.#wanted) {
      if (this.#known.has(key)) continue;
      chars += key.length;
      if (keys.length > 0 && (chars > CHARS_MAX || keys.length >= KEYS_DESCRIBED_MAX)) break;
      keys.push(key);
    }
    return keys;
  }
}
