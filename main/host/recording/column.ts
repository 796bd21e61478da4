const FIRST_CAPACITY = 256;

/** Numbers in a row, eight bytes each: a recording has hundreds of thousands of chunks. */
export class Column {
  #values = new Float64Array(FIRST_CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The number at a place; NaN where there is none. */
  at(place: number): number {
    return place < this.#length ? (this.#values[place] ?? Number.NaN) : Number.NaN;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = new Float64Array(Math.ceil(this.#values.length * 1.5));
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  /** Replaces the number at a place. */
  set(place: number, value: number): void {
    if (place < 0 || place >= this.#length) throw new RangeError(`no place ${String(place)}`);
    this.#values[place] = value;
  }

  /** Forgets the first so many. */
  drop(count: number): void {
    this.#values.copyWithin(0, count, this.#length);
    this.#length -= count;
  }

  /** Of numbers that only grow, the place of the first that is over something; their count if none is. */
  firstOver(isOver: (value: number) => boolean): number {
    let [low, high] = [0, this.#length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isOver(this.at(middle))) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
