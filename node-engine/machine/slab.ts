/** Bytes in a unit: records begin at multiples of it. */
export const UNIT_BYTES = 8;
/** Units in an ordinary slab: 1 MiB. */
export const SLAB_UNITS = 131_072;

/**
 * A stretch of memory outside the JavaScript heap that holds records one after the other:
 *
 * ```text
 * uint32  length of the key in the low 24 bits, flags in the high 8
 * uint32  length of the value
 * float64 expiry, ms since 1970, or infinity   only with FLAG_EXPIRES
 * uint32  ticket in the expiry queue           only with FLAG_EXPIRES
 *         key, value, zeros up to the next unit
 * ```
 *
 * A bit map beside it tells which units begin a record that is in use. So nothing in a record changes
 * when it dies, and a snapshot needs no more than the slab and the bit map of its moment.
 */
export interface Slab {
  readonly bytes: Uint8Array;
  /** The same memory for comparing and copying. */
  readonly buffer: Buffer;
  readonly words: Uint32Array;
  readonly floats: Float64Array;
  readonly units: number;
  /** Units that have been given out. */
  usedUnits: number;
  /** Units of records in use, with their rounding. */
  liveUnits: number;
  /** One bit per unit: a record in use begins here. Copied before a change when it is shared. */
  liveBits: Uint32Array;
  liveBitsShared: boolean;
  /** Units below it belong to a snapshot: nothing in them may change. */
  frozenUnits: number;
  /** Snapshots that hold it. */
  holders: number;
}

/** Makes a slab over new memory, which is all zeros. */
export function makeSlab(units: number): Slab {
  const memory = new ArrayBuffer(units * UNIT_BYTES);
  return {
    bytes: new Uint8Array(memory),
    buffer: Buffer.from(memory),
    words: new Uint32Array(memory),
    floats: new Float64Array(memory),
    units,
    usedUnits: 0,
    liveUnits: 0,
    liveBits: new Uint32Array((units + 31) >>> 5),
    liveBitsShared: false,
    frozenUnits: 0,
    holders: 0,
  };
}

/** Says that a record in use begins at a unit. */
export function markLive(slab: Slab, unit: number): void {
  // A shared map may get more bits: its snapshot only looks at units that were given out by then.
  slab.liveBits[unit >>> 5] = (slab.liveBits[unit >>> 5] ?? 0) | (1 << (unit & 31));
}

/** Says that the record that begins at a unit is no longer in use. */
export function markDead(slab: Slab, unit: number): void {
  if (slab.liveBitsShared) {
    slab.liveBits = slab.liveBits.slice();
    slab.liveBitsShared = false;
  }
  slab.liveBits[unit >>> 5] = (slab.liveBits[unit >>> 5] ?? 0) & ~(1 << (unit & 31));
}

/** The first unit from `from` on, below `end`, where a record in use begins; `end` when none does. */
export function nextLiveUnit(liveBits: Uint32Array, from: number, end: number): number {
  let word = from >>> 5;
  const words = (end + 31) >>> 5;
  let bits = (liveBits[word] ?? 0) & (-1 << (from & 31));
  while (bits === 0) {
    if (++word >= words) return end;
    bits = liveBits[word] ?? 0;
  }
  return Math.min(end, word * 32 + 31 - Math.clz32(bits & -bits));
}
