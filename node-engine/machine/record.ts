import type { ByteRange } from './byte-range.ts';
import { nextLiveUnit, UNIT_BYTES, type Slab } from './slab.ts';
import type { StateDigest } from './state-digest.ts';

/*
 * A record in a slab, at a unit: see `Slab` for its form. What changes or reads one goes through here.
 */

/** The record has an expiry and a ticket behind its two lengths. */
export const FLAG_EXPIRES = 0x0100_0000;
/** The record's size was rounded up to a power of two, because its value grows. */
export const FLAG_ROOMY = 0x0200_0000;
const KEY_LENGTH_MASK = 0x00ff_ffff;

/** The longest key a record can hold, in bytes. */
export const RECORD_KEY_BYTES_MAX = KEY_LENGTH_MASK;

const LENGTHS_BYTES = 8;
const EXPIRY_BYTES = 12;

/** Copies up to this length are made byte by byte: a native call would cost more. */
const SHORT_COPY_BYTES = 48;

/** Length of a record's key. */
export function keyLengthAt(slab: Slab, unit: number): number {
  return (slab.words[2 * unit] ?? 0) & KEY_LENGTH_MASK;
}

/** A record's flags. */
export function flagsAt(slab: Slab, unit: number): number {
  return (slab.words[2 * unit] ?? 0) & ~KEY_LENGTH_MASK;
}

/** Length of a record's value. */
export function valueLengthAt(slab: Slab, unit: number): number {
  return slab.words[2 * unit + 1] ?? 0;
}

/** Where a record's key begins, in bytes from the start of the slab. */
export function keyStartAt(slab: Slab, unit: number): number {
  return unit * UNIT_BYTES + headerBytes(flagsAt(slab, unit));
}

/** A record's expiry, ms since 1970; infinity when it has none. */
export function expiryAt(slab: Slab, unit: number): number {
  const expires = (flagsAt(slab, unit) & FLAG_EXPIRES) !== 0;
  return expires ? (slab.floats[unit + 1] ?? Infinity) : Infinity;
}

/** A record's ticket in the expiry queue; only with FLAG_EXPIRES. */
export function ticketAt(slab: Slab, unit: number): number {
  return slab.words[2 * unit + 4] ?? 0;
}

/** Units that a record takes up. */
export function recordUnitsAt(slab: Slab, unit: number): number {
  return recordUnits(keyLengthAt(slab, unit), valueLengthAt(slab, unit), flagsAt(slab, unit));
}

/** Units that a record of these lengths takes up. */
export function recordUnits(keyLength: number, valueLength: number, flags: number): number {
  const exact = (headerBytes(flags) + keyLength + valueLength + UNIT_BYTES - 1) >>> 3;
  return (flags & FLAG_ROOMY) === 0 ? exact : nextPowerOfTwo(exact);
}

/** Visits the first unit of every record in use. */
export function forEachRecord(slab: Slab, visit: (unit: number) => void): void {
  const end = slab.usedUnits;
  let unit = nextLiveUnit(slab.liveBits, 0, end);
  while (unit < end) {
    const next = unit + recordUnitsAt(slab, unit);
    visit(unit);
    unit = nextLiveUnit(slab.liveBits, next, end);
  }
}

/** Adds one record to a digest: what `stateHash` is made of. */
export function absorbRecord(digest: StateDigest, slab: Slab, unit: number): void {
  const keyStart = keyStartAt(slab, unit);
  const valueStart = keyStart + keyLengthAt(slab, unit);
  digest.absorbFloat64(expiryAt(slab, unit));
  digest.absorbBytes(slab.bytes, keyStart, valueStart);
  digest.absorbBytes(slab.bytes, valueStart, valueStart + valueLengthAt(slab, unit));
  digest.endRecord();
}

/** A record's value, as a view. */
export function valueAt(slab: Slab, unit: number): Uint8Array {
  const start = keyStartAt(slab, unit) + keyLengthAt(slab, unit);
  return slab.bytes.subarray(start, start + valueLengthAt(slab, unit));
}

/** A record's key, as a view. */
export function keyAt(slab: Slab, unit: number): Uint8Array {
  const start = keyStartAt(slab, unit);
  return slab.bytes.subarray(start, start + keyLengthAt(slab, unit));
}

/** Copies `source` into `target` from `start` on. */
export function copyInto(target: Uint8Array, start: number, source: ByteRange): void {
  const { bytes, start: from, end } = source;
  const length = end - from;
  if (length > SHORT_COPY_BYTES) {
    target.set(bytes.subarray(from, end), start);
    return;
  }
  for (let at = 0; at < length; at++) target[start + at] = bytes[from + at] ?? 0;
}

/** Zeros from `end` to the next unit, so that no old bytes get into a snapshot. */
export function clearRest(bytes: Uint8Array, end: number): void {
  for (let at = end; at % UNIT_BYTES !== 0; at++) bytes[at] = 0;
}

function headerBytes(flags: number): number {
  return (flags & FLAG_EXPIRES) === 0 ? LENGTHS_BYTES : LENGTHS_BYTES + EXPIRY_BYTES;
}

function nextPowerOfTwo(value: number): number {
  return value <= 1 ? 1 : 2 ** (32 - Math.clz32(value - 1));
}
