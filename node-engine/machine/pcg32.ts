const MASK_64 = 0xffff_ffff_ffff_ffffn;
const MULTIPLIER = 6_364_136_223_846_793_005n;
const INCREMENT = 1n;
const GOLDEN_GAMMA = 0x9e37_79b9_7f4a_7c15n;

/**
 * PCG XSH-RR 64/32 (O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good
 * Algorithms for Random Number Generation"), with the increment 1 and two steps per number: the
 * stream that the machines of Uhaha see, so that a port of one draws the same numbers.
 */
export class Pcg32 {
  #state: bigint;

  /** @param seed the initial state; any integer, taken modulo 2^64 */
  constructor(seed: bigint) {
    this.#state = seed & MASK_64;
  }

  /** The state: a generator made from it goes on where this one stands. */
  get state(): bigint {
    return this.#state;
  }

  /** 32 evenly distributed bits, 0 … 2^32-1. */
  nextUint32(): number {
    this.#step();
    this.#step();
    return this.#output();
  }

  /** 64 evenly distributed bits; the first number drawn is the upper half. */
  nextUint64(): bigint {
    const high = BigInt(this.nextUint32());
    return (high << 32n) | BigInt(this.nextUint32());
  }

  /** A number in [0, 1) with 32 random bits. */
  nextFloat(): number {
    return this.nextUint32() / 2 ** 32;
  }

  /** Fills `target` with random bytes: one step, then one per four bytes. */
  fill(target: Uint8Array): void {
    this.#step();
    for (let offset = 0; offset < target.length; offset += 4) {
      this.#step();
      let bits = this.#output();
      for (let at = offset; at < Math.min(offset + 4, target.length); at++) {
        target[at] = bits & 0xff;
        bits >>>= 8;
      }
    }
  }

  /**
   * 36 characters in the form of a UUID of version 4. The variant digit is random too, as in Uhaha.
   */
  nextUuid(): string {
    const random = new Uint8Array(36);
    this.fill(random);
    let text = '';
    for (const [at, byte] of random.entries()) {
      if (at === 8 || at === 13 || at === 18 || at === 23) text += '-';
      else if (at === 14) text += '4';
      else text += (byte & 0xf).toString(16);
    }
    return text;
  }

  #step(): void {
    this.#state = (this.#state * MULTIPLIER + INCREMENT) & MASK_64;
  }

  #output(): number {
    const mixed = Number((((this.#state >> 18n) ^ this.#state) >> 27n) & 0xffff_ffffn);
    const rotation = Number(this.#state >> 59n);
    return ((mixed >>> rotation) | (mixed << (-rotation & 31))) >>> 0;
  }
}

/**
 * The seed of the random stream that belongs to one entry of a run: the (`offset` + 1)-th number of
 * SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators") from the run's
 * seed, so that the streams of neighbouring entries have nothing to do with each other.
 */
export function entrySeed(seed: bigint, offset: number): bigint {
  let mixed = (seed + BigInt(offset + 1) * GOLDEN_GAMMA) & MASK_64;
  mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & MASK_64;
  mixed = ((mixed ^ (mixed >> 27n)) * 0x94d0_49bb_1331_11ebn) & MASK_64;
  return mixed ^ (mixed >> 31n);
}
