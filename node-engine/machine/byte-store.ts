import { fillRange, makeRange, type ByteRange } from './byte-range.ts';
import { KeyHasher } from './key-hash.ts';
import { NO_EXPIRY, type Clock, type Keyspace } from './keyspace.ts';
import { absorbRecord, expiryAt, forEachRecord, keyAt } from './record.ts';
import { RecordStore } from './record-store.ts';
import type { FrozenSlab } from './slab-heap.ts';
import { StateDigest } from './state-digest.ts';

/** Units of live records that every write moves out of sparse slabs, beside twice its own. */
const COMPACTED_UNITS_PER_WRITE = 16;

/** The records of a store at one moment. */
export interface FrozenRecords {
  readonly slabs: readonly FrozenSlab[];
  /** Lets the store change the memory again; to be called once. */
  release(): void;
}

/**
 * A keyspace outside the JavaScript heap: a directory of hashes over records in slabs. A million small
 * keys take about 25 bytes each beside their own, and the garbage collector never looks at them.
 *
 * A value that still fits is overwritten where it is. What dies leaves a gap; a slab that is mostly
 * gaps is emptied bit by bit by later writes (`housekeep`). `freeze` holds the present state for a
 * snapshot: from then on a held record that changes goes to a new place.
 */
export class ByteStore implements Keyspace {
  readonly #hasher: KeyHasher;
  #records: RecordStore;
  #freezes = 0;
  /** Units the heap had given out when housekeeping was last done. */
  #tidiedUnits = 0;
  /** Stand for what a call was given. */
  readonly #key = makeRange();
  readonly #value = makeRange();

  /** @param hashSeed 64 secret bits */
  constructor(hashSeed: bigint) {
    this.#hasher = new KeyHasher(hashSeed);
    this.#records = new RecordStore(this.#hasher);
  }

  /** True when some record has an expiry: only then does the clock matter. */
  get hasExpiries(): boolean {
    return this.#records.expiries.size > 0;
  }

  /** Memory of records and gaps, the directory and the expiry queue not counted. */
  get memoryBytes(): number {
    return this.#records.heap.memoryBytes;
  }

  get(key: Uint8Array, clock: Clock): Uint8Array | null {
    return this.lookUp(fillRange(this.#key, key), clock);
  }

  lookUp(key: ByteRange, clock: Clock): Uint8Array | null {
    const address = this.#findLive(key, clock);
    return address === 0 ? null : this.#records.valueAt(address);
  }

  has(key: Uint8Array, clock: Clock): boolean {
    return this.#findLive(fillRange(this.#key, key), clock) !== 0;
  }

  expiryOf(key: Uint8Array, clock: Clock): number | null {
    const address = this.#findLive(fillRange(this.#key, key), clock);
    return address === 0 ? null : this.#records.expiryAt(address);
  }

  set(key: Uint8Array, value: Uint8Array, expiresAtMs: number): void {
    this.store(fillRange(this.#key, key), fillRange(this.#value, value), expiresAtMs);
  }

  store(key: ByteRange, value: ByteRange, expiresAtMs: number): void {
    this.#records.put(key, value, expiresAtMs);
  }

  resize(key: Uint8Array, length: number, clock: Clock): Uint8Array {
    const range = fillRange(this.#key, key);
    let found = this.#findLive(range, clock);
    if (found === 0) {
      this.store(range, fillRange(this.#value, new Uint8Array(0)), NO_EXPIRY);
      found = this.#records.find(range);
    }
    return this.#records.valueAt(this.#records.resize(found, length));
  }

  setExpiry(key: Uint8Array, expiresAtMs: number, clock: Clock): boolean {
    const found = this.#findLive(fillRange(this.#key, key), clock);
    if (found === 0) return false;
    this.#records.changeExpiry(found, expiresAtMs);
    return true;
  }

  delete(key: Uint8Array, clock: Clock): boolean {
    const found = this.#records.find(fillRange(this.#key, key));
    if (found === 0) return false;
    const live = !this.#hasExpired(found, clock);
    this.#records.remove(found);
    return live;
  }

  clear(): void {
    // Frozen records stay with whoever holds them.
    this.#records = new RecordStore(this.#hasher);
    this.#tidiedUnits = 0;
  }

  count(clock: Clock): number {
    const { directory, expiries } = this.#records;
    return directory.size - (this.hasExpiries ? expiries.countBefore(clock.nowMs()) : 0);
  }

  forEachKey(clock: Clock, visit: (key: Uint8Array) => void): void {
    const nowMs = this.hasExpiries ? clock.nowMs() : -Infinity;
    for (const slab of this.#records.heap.slabs()) {
      forEachRecord(slab, (unit) => {
        if (expiryAt(slab, unit) >= nowMs) visit(keyAt(slab, unit));
      });
    }
  }

  scan(cursor: number, count: number, clock: Clock, visit: (key: Uint8Array) => void): number {
    return this.#records.directory.scan(cursor, count, (address) => {
      if (!this.#hasExpired(address, clock)) visit(this.#records.keyAt(address));
    });
  }

  randomKey(randomUint32: () => number, clock: Clock): Uint8Array | null {
    const address = this.#records.directory.pick(
      randomUint32,
      (candidate) => !this.#hasExpired(candidate, clock),
    );
    return address === 0 ? null : this.#records.keyAt(address);
  }

  /**
   * Frees up to `limit` records that expired before `nowMs`.
   *
   * @param nowMs time of the newest write; never a read's clock, which may be ahead of the next write
   */
  expireDue(nowMs: number, limit: number): void {
    for (let left = limit; left > 0 && this.#records.expiries.earliestMs < nowMs; left--) {
      this.#records.removeEarliest();
    }
  }

  /**
   * Does the share of the cleaning that is due: to be called before every write, when no view is in
   * use any more. Twice as much live memory is moved as the last writes took, so that gaps never
   * make up more than about half of the memory.
   */
  housekeep(): void {
    const { heap } = this.#records;
    heap.recycle();
    // While a snapshot holds the slabs, emptying them would free nothing.
    if (this.#freezes > 0) return;
    this.#records.compact(
      2 * (heap.allocatedUnits - this.#tidiedUnits) + COMPACTED_UNITS_PER_WRITE,
    );
    this.#tidiedUnits = heap.allocatedUnits;
  }

  /** Holds the present records, whatever happens to the store. Takes microseconds. */
  freeze(): FrozenRecords {
    const { heap } = this.#records;
    const slabs = heap.freeze();
    this.#freezes++;
    return {
      slabs,
      release: () => {
        heap.thaw(slabs);
        this.#freezes--;
      },
    };
  }

  /** Hash of all records that have not expired before `nowMs`, the same for the same contents. */
  stateHash(nowMs: number): string {
    const digest = new StateDigest();
    for (const slab of this.#records.heap.slabs()) {
      forEachRecord(slab, (unit) => {
        if (expiryAt(slab, unit) >= nowMs) absorbRecord(digest, slab, unit);
      });
    }
    return digest.hex();
  }

  #findLive(key: ByteRange, clock: Clock): number {
    const found = this.#records.find(key);
    return found === 0 || this.#hasExpired(found, clock) ? 0 : found;
  }

  #hasExpired(address: number, clock: Clock): boolean {
    const expiresAtMs = this.#records.expiryAt(address);
    return expiresAtMs !== NO_EXPIRY && expiresAtMs < clock.nowMs();
  }
}
