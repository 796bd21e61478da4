import { ByteStore, type FrozenRecords } from './byte-store.ts';
import { NO_EXPIRY } from './keyspace.ts';
import type { MachineRestore, MachineSnapshot } from './machine.ts';
import {
  expiryAt,
  FLAG_EXPIRES,
  FLAG_ROOMY,
  flagsAt,
  keyLengthAt,
  recordUnits,
  recordUnitsAt,
  RECORD_KEY_BYTES_MAX,
  valueLengthAt,
} from './record.ts';
import { nextLiveUnit, UNIT_BYTES } from './slab.ts';
import type { FrozenSlab } from './slab-heap.ts';

const SLICE_BYTES_MAX = 1024 * 1024;
/** Shorter stretches are gathered in a buffer; longer ones leave as they lie in memory. */
const DIRECT_BYTES_MIN = 64 * 1024;
const GATHERED_BYTES_MAX = 256 * 1024;
/** In the place of a record's lengths: the end, followed by the number of records as a float64. */
const END_MARK = 0xffff_ffff;
const END_BYTES = 16;
const LENGTHS_BYTES = 8;
const EXPIRY_BYTES = 12;

const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * Reads the frozen records of a store out, in the form they have in memory (see `Slab`), little-endian:
 * stretches without gaps are handed over without being copied. Records that expired before `nowMs` are
 * left out. The end is marked and holds the number of records.
 */
export class ByteStoreSnapshot implements MachineSnapshot {
  readonly #records: FrozenRecords;
  readonly #nowMs: number;
  readonly #gathered = new Uint8Array(GATHERED_BYTES_MAX + END_BYTES);
  #gatheredBytes = 0;
  #slabAt = 0;
  #unit = 0;
  #count = 0;
  /** What has been chosen and not handed over. */
  #pending: Uint8Array = new Uint8Array(0);
  #state: 'reading' | 'ended' | 'released' = 'reading';

  constructor(store: ByteStore, nowMs: number) {
    if (!IS_LITTLE_ENDIAN) throw new Error('snapshots are little-endian, unlike this machine');
    this.#records = store.freeze();
    this.#nowMs = nowMs;
  }

  next(): Uint8Array | null {
    this.#gatheredBytes = 0;
    while (this.#state === 'reading') {
      if (this.#pending.length === 0 && !this.#choose()) {
        this.#gatherEnd();
        break;
      }
      if (this.#pending.length >= DIRECT_BYTES_MIN) {
        // What was gathered comes before it.
        if (this.#gatheredBytes > 0) break;
        const slice = this.#pending.subarray(0, SLICE_BYTES_MAX);
        this.#pending = this.#pending.subarray(slice.length);
        return slice;
      }
      if (this.#gatheredBytes + this.#pending.length > GATHERED_BYTES_MAX) break;
      this.#gather(this.#pending);
      this.#pending = this.#pending.subarray(this.#pending.length);
    }
    return this.#gatheredBytes === 0 ? null : this.#gathered.subarray(0, this.#gatheredBytes);
  }

  release(): void {
    if (this.#state === 'released') return;
    this.#state = 'released';
    this.#pending = new Uint8Array(0);
    this.#records.release();
  }

  /** Chooses the next stretch of records; false when there is none. */
  #choose(): boolean {
    for (;;) {
      const frozen = this.#records.slabs[this.#slabAt];
      if (frozen === undefined) return false;
      const unit = nextLiveUnit(frozen.liveBits, this.#unit, frozen.usedUnits);
      if (unit === frozen.usedUnits) {
        this.#slabAt++;
        this.#unit = 0;
      } else if (expiryAt(frozen.slab, unit) < this.#nowMs) {
        this.#unit = unit + recordUnitsAt(frozen.slab, unit);
      } else if ((flagsAt(frozen.slab, unit) & FLAG_ROOMY) !== 0) {
        return this.#chooseRoomy(frozen, unit);
      } else {
        return this.#chooseStretch(frozen, unit);
      }
    }
  }

  /** As many records as follow each other without a gap. */
  #chooseStretch({ slab, liveBits, usedUnits }: FrozenSlab, first: number): true {
    let unit = first;
    while (unit < usedUnits && ((liveBits[unit >>> 5] ?? 0) & (1 << (unit & 31))) !== 0) {
      const stays = expiryAt(slab, unit) >= this.#nowMs;
      if (!stays || (flagsAt(slab, unit) & FLAG_ROOMY) !== 0) break;
      unit += recordUnitsAt(slab, unit);
      this.#count++;
    }
    this.#pending = slab.bytes.subarray(first * UNIT_BYTES, unit * UNIT_BYTES);
    this.#unit = unit;
    return true;
  }

  /** One record without the room it has to grow. */
  #chooseRoomy({ slab }: FrozenSlab, unit: number): true {
    const flags = flagsAt(slab, unit) & ~FLAG_ROOMY;
    const keyLength = keyLengthAt(slab, unit);
    const units = recordUnits(keyLength, valueLengthAt(slab, unit), flags);
    const record = slab.bytes.slice(unit * UNIT_BYTES, (unit + units) * UNIT_BYTES);
    new DataView(record.buffer).setUint32(0, keyLength | flags, true);
    this.#pending = record;
    this.#unit = unit + recordUnitsAt(slab, unit);
    this.#count++;
    return true;
  }

  #gather(bytes: Uint8Array): void {
    this.#gathered.set(bytes, this.#gatheredBytes);
    this.#gatheredBytes += bytes.length;
  }

  #gatherEnd(): void {
    const end = new DataView(new ArrayBuffer(END_BYTES));
    end.setUint32(0, END_MARK, true);
    end.setFloat64(LENGTHS_BYTES, this.#count, true);
    this.#gather(new Uint8Array(end.buffer));
    this.#state = 'ended';
  }
}

/** Fills a new store from what `ByteStoreSnapshot` wrote. */
export class ByteStoreRestore implements MachineRestore {
  readonly #store: ByteStore;
  readonly #take: (store: ByteStore) => void;
  /** The start of a record whose end has not come yet, in pieces; then its lengths come first. */
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  #wantedBytes = LENGTHS_BYTES;
  #count = 0;
  #ended = false;

  /**
   * @param hashSeed of the new store
   * @param take gets the store once it is whole
   */
  constructor(hashSeed: bigint, take: (store: ByteStore) => void) {
    this.#store = new ByteStore(hashSeed);
    this.#take = take;
  }

  write(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      const whole = this.#pieceBytes === 0 ? recordBytes(bytes, at) : null;
      if (whole !== null && at + whole <= bytes.length) {
        this.#takeRecord(bytes.subarray(at, at + whole));
        at += whole;
      } else {
        at += this.#gather(bytes.subarray(at));
      }
    }
  }

  finish(): void {
    if (this.#pieceBytes > 0 || !this.#ended) throw new Error('the snapshot is cut short');
    this.#take(this.#store);
  }

  /** Takes what is wanted of `bytes`, and the record once it is whole; returns how many bytes. */
  #gather(bytes: Uint8Array): number {
    // Not slice(): that of a Buffer shares its memory with whoever gave it.
    const piece = new Uint8Array(bytes.subarray(0, this.#wantedBytes - this.#pieceBytes));
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
    if (this.#pieceBytes < this.#wantedBytes) return piece.length;
    const joined = Buffer.concat(this.#pieces);
    const size = recordBytes(joined, 0) ?? joined.length;
    if (joined.length === size) {
      this.#pieces = [];
      this.#pieceBytes = 0;
      this.#wantedBytes = LENGTHS_BYTES;
      this.#takeRecord(joined);
    } else {
      this.#pieces = [joined];
      this.#wantedBytes = size;
    }
    return piece.length;
  }

  #takeRecord(bytes: Uint8Array): void {
    if (this.#ended) throw new Error('the snapshot goes on behind its end');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const word = view.getUint32(0, true);
    if (word === END_MARK) {
      this.#takeEnd(view.getFloat64(LENGTHS_BYTES, true));
      return;
    }
    const keyLength = word & RECORD_KEY_BYTES_MAX;
    const expires = (word & FLAG_EXPIRES) !== 0;
    const keyStart = expires ? LENGTHS_BYTES + EXPIRY_BYTES : LENGTHS_BYTES;
    const valueStart = keyStart + keyLength;
    this.#store.set(
      bytes.subarray(keyStart, valueStart),
      bytes.subarray(valueStart, valueStart + view.getUint32(4, true)),
      expires ? checkedExpiry(view.getFloat64(LENGTHS_BYTES, true)) : NO_EXPIRY,
    );
    this.#count++;
  }

  #takeEnd(count: number): void {
    const keys = this.#store.count({ nowMs: () => -Infinity });
    if (count !== this.#count || count !== keys) {
      throw new Error(`the snapshot says ${count} records and has ${this.#count}, ${keys} keys`);
    }
    this.#ended = true;
  }
}

/** Size of the record that begins at `at`; null when its lengths are not all there. */
function recordBytes(bytes: Uint8Array, at: number): number | null {
  if (bytes.length - at < LENGTHS_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, LENGTHS_BYTES);
  const word = view.getUint32(0, true);
  if (word === END_MARK) return END_BYTES;
  const flags = word & ~RECORD_KEY_BYTES_MAX;
  if ((flags & ~FLAG_EXPIRES) !== 0) throw new Error('the snapshot has a record of unknown form');
  const keyLength = word & RECORD_KEY_BYTES_MAX;
  return recordUnits(keyLength, view.getUint32(4, true), flags) * UNIT_BYTES;
}

function checkedExpiry(expiresAtMs: number): number {
  if (Number.isNaN(expiresAtMs)) throw new Error('the snapshot has an expiry that is no number');
  return expiresAtMs;
}
