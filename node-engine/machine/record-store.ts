import type { ByteRange } from './byte-range.ts';
import { ExpiryQueue } from './expiry-queue.ts';
import { KeyDirectory } from './key-directory.ts';
import type { KeyHasher } from './key-hash.ts';
import { NO_EXPIRY } from './keyspace.ts';
import {
  clearRest,
  copyInto,
  expiryAt,
  FLAG_EXPIRES,
  FLAG_ROOMY,
  flagsAt,
  keyAt,
  keyLengthAt,
  keyStartAt,
  recordUnits,
  recordUnitsAt,
  RECORD_KEY_BYTES_MAX,
  ticketAt,
  valueAt,
  valueLengthAt,
} from './record.ts';
import { SlabHeap } from './slab-heap.ts';
import { nextLiveUnit, type Slab } from './slab.ts';

/** The ticket of a record without a place in the expiry queue. */
const NO_TICKET = 0xffff_ffff;

/**
 * Records in slabs, found by their keys and queued by their expiries. Knows no clock: a record is
 * there until it is removed.
 *
 * Records are named by their address, 0 being none. An address is good until the next call that
 * changes something. What changes a record takes the address that `find` returned last.
 */
export class RecordStore {
  readonly heap = new SlabHeap();
  readonly directory = new KeyDirectory(this.heap);
  readonly expiries = new ExpiryQueue();
  readonly #hasher: KeyHasher;
  /** The slab that is being emptied, and where to go on. */
  #compacting: Slab | null = null;
  #compactFrom = 0;

  constructor(hasher: KeyHasher) {
    this.#hasher = hasher;
  }

  /** The record with a key, or 0. */
  find(key: ByteRange): number {
    return this.directory.find(this.#hashOf(key), key);
  }

  /** A record's key, as a view. */
  keyAt(address: number): Uint8Array {
    return keyAt(this.heap.slabOf(address), this.heap.unitOf(address));
  }

  /** A record's value, as a view. */
  valueAt(address: number): Uint8Array {
    return valueAt(this.heap.slabOf(address), this.heap.unitOf(address));
  }

  /** A record's expiry. */
  expiryAt(address: number): number {
    return expiryAt(this.heap.slabOf(address), this.heap.unitOf(address));
  }

  /** Creates a record or replaces what has its key. */
  put(key: ByteRange, value: ByteRange, expiresAtMs: number): void {
    const keyLength = key.end - key.start;
    const valueLength = value.end - value.start;
    const hash = this.#hashOf(key);
    const found = this.directory.find(hash, key);
    if (found !== 0 && this.#overwrite(found, value, expiresAtMs)) return;
    const expires = expiresAtMs !== NO_EXPIRY;
    const address = this.#allocate(keyLength, valueLength, expires ? FLAG_EXPIRES : 0);
    const slab = this.heap.slabOf(address);
    const keyStart = keyStartAt(slab, this.heap.unitOf(address));
    copyInto(slab.bytes, keyStart, key);
    copyInto(slab.bytes, keyStart + keyLength, value);
    clearRest(slab.bytes, keyStart + keyLength + valueLength);
    if (found === 0) {
      this.directory.insert(hash, address);
    } else {
      this.#dropTicket(found);
      this.#free(found);
      this.directory.replaceFound(address);
    }
    if (expires) this.#writeExpiry(address, { hash, expiresAtMs, ticket: NO_TICKET });
  }

  /** Gives the value another length; new bytes are zero. Returns the record's new address. */
  resize(found: number, length: number): number {
    const before = valueLengthAt(this.heap.slabOf(found), this.heap.unitOf(found));
    // A value that changes its length once may do so again: it gets room.
    const address = this.#resizeInPlace(found, length)
      ? found
      : this.#moveFound(found, length, (this.#flagsAt(found) & FLAG_EXPIRES) | FLAG_ROOMY);
    const value = this.valueAt(address);
    if (length > before) value.fill(0, before);
    clearRest(this.heap.slabOf(address).bytes, value.byteOffset + length);
    return address;
  }

  /** Gives the record another expiry. */
  changeExpiry(found: number, expiresAtMs: number): void {
    const slab = this.heap.slabOf(found);
    const unit = this.heap.unitOf(found);
    const hasPlace = (flagsAt(slab, unit) & FLAG_EXPIRES) !== 0;
    if (!hasPlace && expiresAtMs === NO_EXPIRY) return;
    const address =
      hasPlace && !this.heap.isFrozen(found)
        ? found
        : this.#moveFound(found, valueLengthAt(slab, unit), FLAG_EXPIRES);
    const hash = this.#hashAt(address);
    this.#writeExpiry(address, { hash, expiresAtMs, ticket: this.#ticketAt(address) });
  }

  /** Removes the record. */
  remove(found: number): void {
    this.#dropTicket(found);
    this.#free(found);
    this.directory.removeFound();
  }

  /** Removes the record that expires first; only when some record expires. */
  removeEarliest(): void {
    const { ticket, hash } = this.expiries.earliest;
    const found = this.directory.findByHash(hash, (address) => this.#ticketAt(address) === ticket);
    if (found === 0) throw new Error('every member of the expiry queue has a record');
    this.remove(found);
  }

  /** Moves about `units` units of live records out of slabs that are mostly gaps. */
  compact(units: number): void {
    let left = units;
    while (left > 0) {
      const sparse = this.heap.sparse();
      if (sparse === null) return;
      const { slab, baseAddress } = sparse;
      if (this.#compacting !== slab) {
        this.#compacting = slab;
        this.#compactFrom = 0;
      }
      const unit = nextLiveUnit(slab.liveBits, this.#compactFrom, slab.usedUnits);
      if (unit === slab.usedUnits) throw new Error('a sparse slab has a record in use');
      const address = baseAddress + unit;
      const hash = this.#hashAt(address);
      if (this.directory.findByHash(hash, (candidate) => candidate === address) === 0) {
        throw new Error('a record in use stands in the directory');
      }
      const taken = recordUnitsAt(slab, unit);
      this.#moveFound(address, valueLengthAt(slab, unit), flagsAt(slab, unit));
      this.#compactFrom = unit + taken;
      left -= taken;
    }
  }

  #hashOf(key: ByteRange): number {
    return this.#hasher.hash(key.bytes, key.start, key.end);
  }

  #hashAt(address: number): number {
    const slab = this.heap.slabOf(address);
    const unit = this.heap.unitOf(address);
    const keyStart = keyStartAt(slab, unit);
    return this.#hasher.hash(slab.bytes, keyStart, keyStart + keyLengthAt(slab, unit));
  }

  #flagsAt(address: number): number {
    return flagsAt(this.heap.slabOf(address), this.heap.unitOf(address));
  }

  #ticketAt(address: number): number {
    if ((this.#flagsAt(address) & FLAG_EXPIRES) === 0) return NO_TICKET;
    return ticketAt(this.heap.slabOf(address), this.heap.unitOf(address));
  }

  #allocate(keyLength: number, valueLength: number, flags: number): number {
    if (keyLength > RECORD_KEY_BYTES_MAX) throw new RangeError(`a key of ${keyLength} bytes`);
    const address = this.heap.allocate(recordUnits(keyLength, valueLength, flags));
    const { words } = this.heap.slabOf(address);
    const unit = this.heap.unitOf(address);
    words[2 * unit] = keyLength | flags;
    words[2 * unit + 1] = valueLength;
    return address;
  }

  #free(address: number): void {
    const slab = this.heap.slabOf(address);
    this.heap.free(address, recordUnitsAt(slab, this.heap.unitOf(address)));
  }

  /** Replaces the value and expiry where they are; false when the record needs another place. */
  #overwrite(address: number, value: ByteRange, expiresAtMs: number): boolean {
    const slab = this.heap.slabOf(address);
    const unit = this.heap.unitOf(address);
    const kept = flagsAt(slab, unit) & FLAG_EXPIRES;
    if (kept === 0 && expiresAtMs !== NO_EXPIRY) return false;
    const length = value.end - value.start;
    const isSame = kept === 0 && valueLengthAt(slab, unit) === length && flagsAt(slab, unit) === 0;
    if (isSame ? this.heap.isFrozen(address) : !this.#changeLength(address, length, kept)) {
      return false;
    }
    const start = keyStartAt(slab, unit) + keyLengthAt(slab, unit);
    copyInto(slab.bytes, start, value);
    clearRest(slab.bytes, start + length);
    if (kept !== 0) {
      const hash = this.#hashAt(address);
      this.#writeExpiry(address, { hash, expiresAtMs, ticket: ticketAt(slab, unit) });
    }
    return true;
  }

  /**
   * Gives a value another length without moving the record; false when it is frozen, too small, or
   * more than half of it would be left over.
   */
  #changeLength(address: number, length: number, flags: number): boolean {
    if (this.heap.isFrozen(address)) return false;
    const slab = this.heap.slabOf(address);
    const unit = this.heap.unitOf(address);
    const keyLength = keyLengthAt(slab, unit);
    const before = recordUnitsAt(slab, unit);
    const after = recordUnits(keyLength, length, flags);
    const fits = after <= before && 2 * after >= before;
    if (!fits) return false;
    slab.words[2 * unit] = keyLength | flags;
    slab.words[2 * unit + 1] = length;
    if (after < before) this.heap.trim(address, before - after);
    return true;
  }

  /** With its rounding if it has one and stays at the same power of two, else without. */
  #resizeInPlace(address: number, length: number): boolean {
    const flags = this.#flagsAt(address);
    return (
      this.#changeLength(address, length, flags) ||
      this.#changeLength(address, length, flags & ~FLAG_ROOMY)
    );
  }

  /** Moves the record that the directory found last; the start of its value goes along. */
  #moveFound(from: number, length: number, flags: number): number {
    const source = this.heap.slabOf(from);
    const sourceUnit = this.heap.unitOf(from);
    const keyLength = keyLengthAt(source, sourceUnit);
    const address = this.#allocate(keyLength, length, flags);
    const target = this.heap.slabOf(address);
    const unit = this.heap.unitOf(address);
    if ((flags & FLAG_EXPIRES) !== 0) {
      target.floats[unit + 1] = expiryAt(source, sourceUnit);
      target.words[2 * unit + 4] = this.#ticketAt(from);
    }
    const copied = keyLength + Math.min(length, valueLengthAt(source, sourceUnit));
    const sourceStart = keyStartAt(source, sourceUnit);
    const start = keyStartAt(target, unit);
    source.buffer.copy(target.buffer, start, sourceStart, sourceStart + copied);
    clearRest(target.bytes, start + keyLength + length);
    this.#free(from);
    this.directory.replaceFound(address);
    return address;
  }

  /** Writes an expiry into a record that has a place for it, and tells the queue. */
  #writeExpiry(
    address: number,
    entry: { readonly hash: number; readonly expiresAtMs: number; readonly ticket: number },
  ): void {
    const slab = this.heap.slabOf(address);
    const unit = this.heap.unitOf(address);
    const { hash, expiresAtMs } = entry;
    let { ticket } = entry;
    if (expiresAtMs === NO_EXPIRY) {
      if (ticket !== NO_TICKET) this.expiries.remove(ticket);
      ticket = NO_TICKET;
    } else if (ticket === NO_TICKET) {
      ticket = this.expiries.add(hash, expiresAtMs);
    } else {
      this.expiries.change(ticket, expiresAtMs);
    }
    slab.floats[unit + 1] = expiresAtMs;
    slab.words[2 * unit + 4] = ticket;
  }

  #dropTicket(address: number): void {
    const ticket = this.#ticketAt(address);
    if (ticket !== NO_TICKET) this.expiries.remove(ticket);
  }
}
