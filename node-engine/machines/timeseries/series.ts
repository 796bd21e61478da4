/** A value at a time. */
export interface Point {
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint;
  readonly fields: string;
}

/** Points dropped from the front before the array is cut: cutting at once would copy it each time. */
const CUT_MIN = 1024;

/** The points of one measurement, by time and then by fields, each once. */
export class Series {
  #points: Point[] = [];
  /** What stands before it has been dropped. */
  #first = 0;

  /** Number of points. */
  get size(): number {
    return this.#points.length - this.#first;
  }

  /** Adds a point; false when it is there already. Points at the end, as most are, cost little. */
  add(point: Point): boolean {
    const at = this.#search((other) => compare(other, point) >= 0);
    const found = this.#points[at];
    if (found !== undefined && compare(found, point) === 0) return false;
    if (at === this.#points.length) this.#points.push(point);
    else this.#points.splice(at, 0, point);
    return true;
  }

  /** Drops at most `limit` of the points up to `timeNs`, the oldest first. */
  dropUpTo(timeNs: bigint, limit = Infinity): void {
    const end = this.#search((point) => point.timeNs > timeNs);
    this.#first = Math.min(end, this.#first + limit);
    if (this.#first < CUT_MIN && this.#first < this.#points.length) return;
    this.#points = this.#points.slice(this.#first);
    this.#first = 0;
  }

  /** Number of points behind `timeNs`. */
  countAfter(timeNs: bigint): number {
    return this.#points.length - this.#search((point) => point.timeNs > timeNs);
  }

  /** At most `limit` points from `startNs` up to `endNs`, which is not included, in order. */
  between(startNs: bigint, endNs: bigint, limit: number): readonly Point[] {
    const start = this.#search((point) => point.timeNs >= startNs);
    const end = this.#search((point) => point.timeNs >= endNs);
    return this.#points.slice(start, Math.min(end, start + limit));
  }

  /** The first place from which on `reached` holds. */
  #search(reached: (point: Point) => boolean): number {
    let low = this.#first;
    let high = this.#points.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const point = this.#points[middle];
      if (point !== undefined && reached(point)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function compare(left: Point, right: Point): number {
  if (left.timeNs !== right.timeNs) return left.timeNs < right.timeNs ? -1 : 1;
  if (left.fields === right.fields) return 0;
  return left.fields < right.fields ? -1 : 1;
}
