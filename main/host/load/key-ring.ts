/** A key is left for a fresh one after so many operations, or so many of unknown outcome. */
const CALLS_MAX = 250;
const UNKNOWN_MAX = 6;

interface Slot {
  key: string;
  calls: number;
  unknown: number;
}

/**
 * The keys of a run. The search for an order grows with the length of a key's history and with every
 * unknown outcome in it, so worn keys are left for fresh ones.
 */
export class KeyRing {
  readonly #prefix: string;
  readonly #slots: Slot[];
  #made = 0;

  /** @param prefix what all keys begin with; of this run alone */
  constructor(prefix: string, width: number) {
    this.#prefix = prefix;
    this.#slots = Array.from({ length: width }, () => this.#fresh());
  }

  /** Every key that was ever in use. */
  all(): readonly string[] {
    return Array.from({ length: this.#made }, (_, at) => this.#keyOf(at));
  }

  /** A key for the next operation; `chance` is evenly distributed in [0, 1). */
  take(chance: number): string {
    const at = Math.floor(chance * this.#slots.length);
    let slot = this.#slots[at];
    if (slot === undefined || slot.calls >= CALLS_MAX || slot.unknown >= UNKNOWN_MAX) {
      slot = this.#fresh();
      this.#slots[at] = slot;
    }
    slot.calls += 1;
    return slot.key;
  }

  /** An operation on this key ended with an unknown outcome. */
  unknown(key: string): void {
    const slot = this.#slots.find((one) => one.key === key);
    if (slot !== undefined) slot.unknown += 1;
  }

  #keyOf(at: number): string {
    return `${this.#prefix}${at}`;
  }

  #fresh(): Slot {
    this.#made += 1;
    return { key: this.#keyOf(this.#made - 1), calls: 0, unknown: 0 };
  }
}
