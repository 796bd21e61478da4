/**
 * HalfSipHash-1-3 with 32 bits (Aumasson, Bernstein, "SipHash: a fast short-input PRF", in its form
 * for 32-bit words): a hash of keys under a secret seed, so that nobody outside can find keys that
 * fall on one place of a table.
 */
export class KeyHasher {
  readonly #low: number;
  readonly #high: number;

  /** @param seed 64 bits: the low word is the first half of the algorithm's key */
  constructor(seed: bigint) {
    this.#low = Number(seed & 0xffff_ffffn) | 0;
    this.#high = Number((seed >> 32n) & 0xffff_ffffn) | 0;
  }

  /** The hash of `bytes` from `start` up to `end`, 0 … 2^32-1. */
  hash(bytes: Uint8Array, start: number, end: number): number {
    let v0 = this.#low;
    let v1 = this.#high;
    let v2 = 0x6c796765 ^ this.#low;
    let v3 = 0x74656462 ^ this.#high;
    const words = end - ((end - start) & 3);
    let at = start;
    // The last word holds the bytes that are left and the length; its rounds are those of any other.
    for (;;) {
      let word: number;
      if (at < words) {
        word =
          (bytes[at] ?? 0) |
          ((bytes[at + 1] ?? 0) << 8) |
          ((bytes[at + 2] ?? 0) << 16) |
          ((bytes[at + 3] ?? 0) << 24);
      } else {
        word = (end - start) << 24;
        for (let shift = 0, left = at; left < end; left++, shift += 8) {
          word |= (bytes[left] ?? 0) << shift;
        }
      }
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
      if (at >= words) break;
      at += 4;
    }
    v2 ^= 0xff;
    for (let round = 0; round < 3; round++) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }
    return (v1 ^ v3) >>> 0;
  }
}
