/** The last `capacity` items, oldest first. What falls out is counted, never silently lost. */
export class Ring<T> {
  readonly #capacity: number;
  #items: T[] = [];
  /** Offset of the oldest item in `#items`; moved instead of shifting, and compacted now and then. */
  #start = 0;
  #dropped = 0;

  constructor(capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new RangeError(`a ring holds at least one item, not ${String(capacity)}`);
    }
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#items.length - this.#start;
  }

  /** How many items have fallen out since the beginning. */
  get dropped(): number {
    return this.#dropped;
  }

  push(item: T): void {
    this.#items.push(item);
    if (this.size <= this.#capacity) return;
    this.#start += 1;
    this.#dropped += 1;
    // Freed in blocks: shifting one by one would move the whole array for each event.
    if (this.#start >= this.#capacity) {
      this.#items = this.#items.slice(this.#start);
      this.#start = 0;
    }
  }

  /** A copy of all items, oldest first. */
  toArray(): T[] {
    return this.#items.slice(this.#start);
  }
}
