import type { LogIndex, Term } from '../raft/types.ts';
import { CHAIN_BYTES, type ChainPoint } from './record.ts';

/** One record as the index knows it. */
export interface IndexedRecord {
  readonly firstIndex: LogIndex;
  readonly lastIndex: LogIndex;
  readonly term: Term;
  readonly sizeBytes: number;
}

const CAPACITY_MIN = 64;

/**
 * Which records a log has: first index, term, size and chain of each, about forty bytes a record in
 * typed arrays, so that a log of a million records costs the collector nothing.
 *
 * Records are contiguous: each starts behind the last entry of the one before, the first behind
 * `base`.
 */
export class RecordIndex {
  #base: ChainPoint;
  #lastIndex: LogIndex;
  /** Slots [#start, #end) are in use. */
  #start = 0;
  #end = 0;
  #firsts = new Float64Array(CAPACITY_MIN);
  #terms = new Float64Array(CAPACITY_MIN);
  #sizes = new Uint32Array(CAPACITY_MIN);
  #chains = new Uint8Array(CAPACITY_MIN * CHAIN_BYTES);

  constructor(base: ChainPoint) {
    this.#base = base;
    this.#lastIndex = base.index;
  }

  /** What the first record follows. */
  get base(): ChainPoint {
    return this.#base;
  }

  get firstIndex(): LogIndex {
    return this.#base.index + 1;
  }

  /** `firstIndex - 1` when there is no record. */
  get lastIndex(): LogIndex {
    return this.#lastIndex;
  }

  get count(): number {
    return this.#end - this.#start;
  }

  /** Behind the last record. */
  get last(): ChainPoint {
    return this.#pointBehind(this.#end - 1);
  }

  /** Adds the record that follows the last one. */
  push(record: { count: number; term: Term; value: Uint8Array }): void {
    if (this.#end === this.#firsts.length) this.#makeRoom();
    const slot = this.#end;
    this.#firsts[slot] = this.#lastIndex + 1;
    this.#terms[slot] = record.term;
    this.#sizes[slot] = record.value.length;
    this.#chains.set(record.value.subarray(0, CHAIN_BYTES), slot * CHAIN_BYTES);
    this.#end += 1;
    this.#lastIndex += record.count;
  }

  /** The record that holds an entry, or null. */
  find(index: LogIndex): IndexedRecord | null {
    const slot = this.#slotOf(index);
    return slot === null ? null : this.#recordAt(slot);
  }

  /** The chain stored with the record that starts at `firstIndex`, or null. */
  chainAt(firstIndex: LogIndex): Uint8Array | null {
    const slot = this.#slotOf(firstIndex);
    return slot === null || this.#firsts[slot] !== firstIndex ? null : this.#chain(slot);
  }

  /** First indices of the records that start in [fromIndex, toIndex], ascending. */
  firstsBetween(fromIndex: LogIndex, toIndex: LogIndex): LogIndex[] {
    const firsts: LogIndex[] = [];
    for (let slot = this.#slotFrom(fromIndex); slot < this.#end; slot += 1) {
      const first = this.#first(slot);
      if (first > toIndex) break;
      firsts.push(first);
    }
    return firsts;
  }

  /** The last record to read when starting with the one at `firstIndex`: by bytes and index. */
  lastFirstWithin(range: {
    readonly firstIndex: LogIndex;
    readonly toIndex: LogIndex;
    readonly bytesMax: number;
  }): LogIndex {
    let slot = this.#slotFrom(range.firstIndex);
    let sizeBytes = this.#sizes[slot] ?? 0;
    while (slot + 1 < this.#end && this.#first(slot + 1) <= range.toIndex) {
      sizeBytes += this.#sizes[slot + 1] ?? 0;
      if (sizeBytes > range.bytesMax) break;
      slot += 1;
    }
    return this.#first(slot);
  }

  /** Forgets the records from the one that starts at `index`; null when none starts there. */
  truncateFrom(index: LogIndex): ChainPoint | null {
    if (index > this.#lastIndex) return index === this.#lastIndex + 1 ? this.last : null;
    const slot = this.#slotOf(index);
    if (slot === null || this.#firsts[slot] !== index) return null;
    this.#end = slot;
    this.#lastIndex = index - 1;
    return this.last;
  }

  /** Forgets the records that end at or below `index` and returns the new base. */
  trimThrough(index: LogIndex): ChainPoint {
    let slot = this.#start;
    while (slot < this.#end && this.#lastOf(slot) <= index) slot += 1;
    this.#base = this.#pointBehind(slot - 1);
    this.#start = slot;
    if (this.#start * 2 > this.#firsts.length) this.#makeRoom();
    return this.#base;
  }

  /** Forgets everything; the log starts behind `base`. */
  reset(base: ChainPoint): void {
    this.#base = base;
    this.#lastIndex = base.index;
    this.#start = 0;
    this.#end = 0;
  }

  /** The point at the end of the record that ends at `index`, or the base; null elsewhere. */
  pointAt(index: LogIndex): ChainPoint | null {
    if (index === this.#base.index) return this.#base;
    const slot = this.#slotOf(index);
    return slot === null || this.#lastOf(slot) !== index ? null : this.#pointBehind(slot);
  }

  #pointBehind(slot: number): ChainPoint {
    if (slot < this.#start) return this.#base;
    return {
      index: this.#lastOf(slot),
      term: this.#terms[slot] ?? 0,
      chain: this.#chain(slot).slice(),
    };
  }

  #recordAt(slot: number): IndexedRecord {
    return {
      firstIndex: this.#first(slot),
      lastIndex: this.#lastOf(slot),
      term: this.#terms[slot] ?? 0,
      sizeBytes: this.#sizes[slot] ?? 0,
    };
  }

  #first(slot: number): LogIndex {
    return this.#firsts[slot] ?? 0;
  }

  #lastOf(slot: number): LogIndex {
    return slot + 1 === this.#end ? this.#lastIndex : this.#first(slot + 1) - 1;
  }

  #chain(slot: number): Uint8Array {
    return this.#chains.subarray(slot * CHAIN_BYTES, (slot + 1) * CHAIN_BYTES);
  }

  #slotOf(index: LogIndex): number | null {
    if (index < this.firstIndex || index > this.#lastIndex) return null;
    const slot = this.#slotFrom(index);
    return slot < this.#end && this.#first(slot) === index ? slot : slot - 1;
  }

  /** The first slot whose record starts at or above `index`. */
  #slotFrom(index: LogIndex): number {
    let low = this.#start;
    let high = this.#end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#first(middle) < index) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Moves what is in use to the front, of larger arrays when more than half is in use. */
  #makeRoom(): void {
    const { count } = this;
    const capacity = Math.max(CAPACITY_MIN, count * 2 > this.#firsts.length ? count * 2 : count);
    const firsts = new Float64Array(Math.max(capacity, count + CAPACITY_MIN));
    const terms = new Float64Array(firsts.length);
    const sizes = new Uint32Array(firsts.length);
    const chains = new Uint8Array(firsts.length * CHAIN_BYTES);
    firsts.set(this.#firsts.subarray(this.#start, this.#end));
    terms.set(this.#terms.subarray(this.#start, this.#end));
    sizes.set(this.#sizes.subarray(this.#start, this.#end));
    chains.set(this.#chains.subarray(this.#start * CHAIN_BYTES, this.#end * CHAIN_BYTES));
    this.#firsts = firsts;
    this.#terms = terms;
    this.#sizes = sizes;
    this.#chains = chains;
    this.#start = 0;
    this.#end = count;
  }
}
