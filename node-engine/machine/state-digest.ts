const LANES = 4;
const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;

/**
 * A hash of 128 bits over a set of records, the same whatever order they come in: each record is
 * hashed by itself and the hashes are added up.
 *
 * It tells replicas that differ from replicas that agree. It is no protection against somebody who
 * looks for two states with the same hash.
 */
export class StateDigest {
  readonly #lanes = new Uint32Array(LANES);
  readonly #sums = new Uint32Array(LANES);
  readonly #float = new Float64Array(1);
  readonly #floatWords = new Uint32Array(this.#float.buffer);
  #words = 0;

  constructor() {
    this.#beginRecord();
  }

  /** Adds a length or a flag to the record. */
  absorbUint32(word: number): void {
    const lane = this.#words++ & (LANES - 1);
    const mixed = ((this.#lanes[lane] ?? 0) + Math.imul(word, PRIME_2)) | 0;
    this.#lanes[lane] = Math.imul((mixed << 13) | (mixed >>> 19), PRIME_1);
  }

  /** Adds a number, by its 64 bits. */
  absorbFloat64(value: number): void {
    this.#float[0] = value;
    this.absorbUint32(this.#floatWords[0] ?? 0);
    this.absorbUint32(this.#floatWords[1] ?? 0);
  }

  /**
   * Adds the bytes from `start` up to `end`, their number first, so that no two lists of byte strings
   * read the same.
   */
  absorbBytes(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.absorbUint32(end - start);
    let at = start;
    for (; at + 4 <= end; at += 4) {
      this.absorbUint32(
        (bytes[at] ?? 0) |
          ((bytes[at + 1] ?? 0) << 8) |
          ((bytes[at + 2] ?? 0) << 16) |
          ((bytes[at + 3] ?? 0) << 24),
      );
    }
    if (at < end) {
      let rest = 0;
      for (let shift = 0; at < end; at++, shift += 8) rest |= (bytes[at] ?? 0) << shift;
      this.absorbUint32(rest);
    }
  }

  /** Ends the record that was absorbed since the one before. */
  endRecord(): void {
    let carried = this.#words;
    for (let round = 0; round < 2; round++) {
      for (let lane = 0; lane < LANES; lane++) {
        carried = avalanche((this.#lanes[lane] ?? 0) ^ carried);
        this.#lanes[lane] = carried;
      }
    }
    for (let lane = 0; lane < LANES; lane++) {
      this.#sums[lane] = (this.#sums[lane] ?? 0) + (this.#lanes[lane] ?? 0);
    }
    this.#beginRecord();
  }

  /** 32 hex digits for the records so far; of none, all zero. */
  hex(): string {
    return [...this.#sums].map((sum) => sum.toString(16).padStart(8, '0')).join('');
  }

  #beginRecord(): void {
    this.#words = 0;
    for (let lane = 0; lane < LANES; lane++) this.#lanes[lane] = Math.imul(lane + 1, PRIME_3);
  }
}

/** Spreads every bit over the whole word. */
function avalanche(word: number): number {
  let mixed = word;
  mixed = Math.imul(mixed ^ (mixed >>> 15), PRIME_2);
  mixed = Math.imul(mixed ^ (mixed >>> 13), PRIME_3);
  return mixed ^ (mixed >>> 16);
}
