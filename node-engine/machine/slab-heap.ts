import type { ByteRange } from './byte-range.ts';
import { keyLengthAt, keyStartAt } from './record.ts';
import { makeSlab, markDead, markLive, SLAB_UNITS, type Slab } from './slab.ts';

/** A larger record gets memory of its own, so that slabs stay well filled. */
const LARGE_UNITS = SLAB_UNITS / 4;
const UNIT_BITS = 17;
const UNIT_MASK = SLAB_UNITS - 1;
/** As many as an address can tell apart: 32 GiB of small records. */
const SLABS_MAX = 2 ** (32 - UNIT_BITS);
/** Empty slabs kept for the next need. */
const SPARE_SLABS_MAX = 8;
/** Keys up to this length are compared byte by byte: a native call would cost more. */
const SHORT_KEY_BYTES = 64;

/** A slab as it was when a snapshot began. */
export interface FrozenSlab {
  readonly slab: Slab;
  readonly liveBits: Uint32Array;
  readonly usedUnits: number;
}

/**
 * Gives out memory for records and takes it back.
 *
 * A record's address is 32 bits: the number of its slab, then its first unit. 0 is no address. An
 * address is good until its record is freed or moved.
 */
export class SlabHeap {
  readonly #slabs: (Slab | null)[] = [];
  readonly #freeNumbers: number[] = [];
  /** Number of the slab that new records go to. */
  #current = 0;
  /** Full slabs with more dead units than live ones, to be emptied. */
  #sparse: number[] = [];
  readonly #isSparse = new Set<number>();
  /** Empty slabs that a caller may still hold views of, and those that nobody can. */
  #retired: Slab[] = [];
  #spare: Slab[] = [];
  #allocatedUnits = 0;

  constructor() {
    this.#openSlab();
  }

  /** Bytes of memory in all slabs. */
  get memoryBytes(): number {
    let units = 0;
    for (const slab of this.#slabs) units += slab?.units ?? 0;
    for (const slab of this.#spare) units += slab.units;
    return units * 8;
  }

  /** Units given out since the heap was made. */
  get allocatedUnits(): number {
    return this.#allocatedUnits;
  }

  /** The slab of an address. */
  slabOf(address: number): Slab {
    const slab = this.#slabs[address >>> UNIT_BITS];
    if (slab === undefined || slab === null) throw new Error(`no record at address ${address}`);
    return slab;
  }

  /** The first unit of an address in its slab. */
  unitOf(address: number): number {
    return address & UNIT_MASK;
  }

  /** Takes `units` units for a new record that is in use from now on. */
  allocate(units: number): number {
    this.#allocatedUnits += units;
    let number = this.#current;
    let slab = this.#slabs[number];
    if (units > LARGE_UNITS) {
      slab = makeSlab(units);
      number = this.#add(slab);
    } else if (slab === undefined || slab === null || slab.usedUnits + units > slab.units) {
      slab = this.#openSlab();
      number = this.#current;
    }
    const unit = slab.usedUnits;
    slab.usedUnits += units;
    slab.liveUnits += units;
    markLive(slab, unit);
    return ((number << UNIT_BITS) | unit) >>> 0;
  }

  /** Gives back a record. Its bytes stay as they are until `recycle`. */
  free(address: number, units: number): void {
    const number = address >>> UNIT_BITS;
    const slab = this.slabOf(address);
    markDead(slab, address & UNIT_MASK);
    slab.liveUnits -= units;
    this.#look(number, slab);
  }

  /** Gives back the end of a record that became shorter where it is. */
  trim(address: number, units: number): void {
    const slab = this.slabOf(address);
    slab.liveUnits -= units;
    this.#look(address >>> UNIT_BITS, slab);
  }

  /** True when a snapshot holds the record: it must not be changed where it is. */
  isFrozen(address: number): boolean {
    return (address & UNIT_MASK) < this.slabOf(address).frozenUnits;
  }

  /** Makes emptied slabs ready for new records: no view of them may be in use any more. */
  recycle(): void {
    if (this.#retired.length === 0) return;
    for (const slab of this.#retired) {
      // No record is in use and no snapshot holds it, so its bit map is all zeros.
      slab.usedUnits = 0;
      if (this.#spare.length < SPARE_SLABS_MAX) this.#spare.push(slab);
    }
    this.#retired = [];
  }

  /** A slab to be emptied by moving its records away, or null. It goes once the last has left. */
  sparse(): { readonly slab: Slab; readonly baseAddress: number } | null {
    for (let number = this.#sparse[0]; number !== undefined; number = this.#sparse[0]) {
      const slab = this.#slabs[number];
      if (this.#isSparse.has(number) && slab !== undefined && slab !== null) {
        return { slab, baseAddress: (number << UNIT_BITS) >>> 0 };
      }
      this.#sparse.shift();
    }
    return null;
  }

  /** True when `key` is the key of the record. */
  hasKey(address: number, key: ByteRange): boolean {
    const slab = this.slabOf(address);
    const unit = address & UNIT_MASK;
    const length = keyLengthAt(slab, unit);
    if (length !== key.end - key.start) return false;
    const start = keyStartAt(slab, unit);
    if (length > SHORT_KEY_BYTES) {
      return slab.buffer.compare(key.bytes, key.start, key.end, start, start + length) === 0;
    }
    const mine = slab.bytes;
    const theirs = key.bytes;
    const shift = key.start;
    for (let at = 0; at < length; at++) {
      if (mine[start + at] !== theirs[shift + at]) return false;
    }
    return true;
  }

  /** Every slab with records. */
  *slabs(): Generator<Slab> {
    for (const slab of this.#slabs) if (slab !== null) yield slab;
  }

  /** Holds every record as it is; costs a few steps per slab. */
  freeze(): readonly FrozenSlab[] {
    const frozen: FrozenSlab[] = [];
    for (const slab of this.slabs()) {
      if (slab.liveUnits === 0) continue;
      slab.holders++;
      slab.frozenUnits = slab.usedUnits;
      slab.liveBitsShared = true;
      frozen.push({ slab, liveBits: slab.liveBits, usedUnits: slab.usedUnits });
    }
    return frozen;
  }

  /** Lets go of what `freeze` returned. */
  thaw(frozen: readonly FrozenSlab[]): void {
    for (const { slab } of frozen) {
      if (--slab.holders > 0) continue;
      slab.frozenUnits = 0;
      slab.liveBitsShared = false;
    }
  }

  /** Acts on a slab that lost records: empty ones go, sparse ones wait to be emptied. */
  #look(number: number, slab: Slab): void {
    if (number === this.#current) return;
    if (slab.liveUnits === 0) {
      this.#slabs[number] = null;
      this.#isSparse.delete(number);
      // Number 0 never comes back: its first unit is the address that is none.
      if (number !== 0) this.#freeNumbers.push(number);
      // A slab that a snapshot holds is left to it; the garbage collector takes it afterwards.
      if (slab.holders === 0 && slab.units === SLAB_UNITS) this.#retired.push(slab);
    } else if (2 * slab.liveUnits < slab.units && !this.#isSparse.has(number)) {
      this.#isSparse.add(number);
      this.#sparse.push(number);
    }
  }

  #openSlab(): Slab {
    const slab = this.#spare.pop() ?? makeSlab(SLAB_UNITS);
    const before = this.#current;
    this.#current = this.#add(slab);
    if (this.#current === 0) slab.usedUnits = 1;
    const full = this.#slabs[before];
    if (before !== this.#current && full !== undefined && full !== null) this.#look(before, full);
    return slab;
  }

  #add(slab: Slab): number {
    const number = this.#freeNumbers.pop() ?? this.#slabs.length;
    if (number >= SLABS_MAX) throw new Error(`the keyspace is full: ${SLABS_MAX} slabs`);
    this.#slabs[number] = slab;
    return number;
  }
}
