import { assert, unwrap } from './assert.ts';
import { runCost } from './run.ts';
import { lastIndexOf } from './types.ts';
import type { LogIndex, Run } from './types.ts';

/** Slots freed at the front before the array is moved up. */
const FREED_SLOTS_MAX = 1024;

/**
 * The newest runs of the log, contiguous up to its last entry and exactly as they are stored.
 *
 * What is not committed is always here, because it may have to be cut; what is committed is kept as
 * long as it fits, for followers that are a little behind and for the machine. Runs are found by
 * binary search: they have different lengths, but ascend.
 */
export class RunWindow {
  #runs: (Run | null)[] = [];
  /** Position of the first run still here. */
  #head = 0;
  /** Position of the first run that ends above the commit index. */
  #uncommitted = 0;
  #committedBytes = 0;
  #uncommittedBytes = 0;

  get isEmpty(): boolean {
    return this.#head === this.#runs.length;
  }

  /** Cost of the runs that end above the commit index. */
  get uncommittedBytes(): number {
    return this.#uncommittedBytes;
  }

  /** Cost of the runs kept although they are committed. */
  get committedBytes(): number {
    return this.#committedBytes;
  }

  /** One past the position of the last run. */
  get end(): number {
    return this.#runs.length;
  }

  /** First index of the first run here, or null when there is none. */
  get firstIndex(): LogIndex | null {
    return this.#runs[this.#head]?.firstIndex ?? null;
  }

  /** Last index of the last run, or null when there is none. */
  get lastIndex(): LogIndex | null {
    const last = this.#runs[this.#runs.length - 1];
    return last === undefined || last === null ? null : lastIndexOf(last);
  }

  at(position: number): Run {
    return unwrap(this.#runs[position], 'a position between head and end holds a run');
  }

  push(run: Run): void {
    this.#runs.push(run);
    this.#uncommittedBytes += runCost(run);
  }

  /** Position of the run that holds `index`; `end` when all runs lie below it, -1 when above it. */
  find(index: LogIndex): number {
    let low = this.#head;
    let high = this.#runs.length;
    if (low === high || index < this.at(low).firstIndex) return low === high ? high : -1;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.at(middle).firstIndex <= index) low = middle;
      else high = middle;
    }
    return index <= lastIndexOf(this.at(low)) ? low : this.#runs.length;
  }

  /** Drops the runs from `position` on. None of them may be committed. */
  cutFrom(position: number): void {
    assert(position >= this.#uncommitted, 'a committed run is never dropped from the end');
    while (this.#runs.length > position) {
      this.#uncommittedBytes -= runCost(this.at(this.#runs.length - 1));
      this.#runs.pop();
    }
  }

  /** Moves the border between committed and not committed. */
  commitThrough(index: LogIndex): void {
    while (this.#uncommitted < this.#runs.length) {
      const run = this.at(this.#uncommitted);
      if (lastIndexOf(run) > index) break;
      const cost = runCost(run);
      this.#uncommittedBytes -= cost;
      this.#committedBytes += cost;
      this.#uncommitted += 1;
    }
  }

  /** Drops the oldest committed runs until `bytesMax` of them are left; never one above `through`. */
  evict(bytesMax: number, through: LogIndex): void {
    while (this.#committedBytes > bytesMax && this.#head < this.#uncommitted) {
      if (lastIndexOf(this.at(this.#head)) > through) break;
      this.#dropHead();
    }
  }

  /** Drops the committed runs that end at or below `index`. */
  trimThrough(index: LogIndex): void {
    while (this.#head < this.#uncommitted && lastIndexOf(this.at(this.#head)) <= index) {
      this.#dropHead();
    }
  }

  clear(): void {
    this.#runs = [];
    this.#head = 0;
    this.#uncommitted = 0;
    this.#committedBytes = 0;
    this.#uncommittedBytes = 0;
  }

  #dropHead(): void {
    this.#committedBytes -= runCost(this.at(this.#head));
    // The slot is emptied at once: a run holds on to the memory of a whole network read.
    this.#runs[this.#head] = null;
    this.#head += 1;
    if (this.#head > FREED_SLOTS_MAX && this.#head * 2 > this.#runs.length) {
      this.#runs.splice(0, this.#head);
      this.#uncommitted -= this.#head;
      this.#head = 0;
    }
  }
}
