/*
 * Chance as an input. Every concern of a simulated world has a stream of its own (the network, the
 * disks, each node's timers …), all from one seed: one more draw in one concern does not shift the
 * draws of the others, so a small change of the code keeps most of a schedule.
 */

/** xoshiro128**, a stream of 32-bit numbers with period 2^128 - 1. */
export class Prng {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  /** @param seed a safe integer; @param stream the name of the concern */
  constructor(seed: number, stream: string) {
    const mix = splitMix32(Math.floor(seed / 2 ** 32) ^ hashText(stream), seed >>> 0);
    this.a = mix();
    this.b = mix();
    this.c = mix();
    // All four words zero is the one state that the generator cannot leave.
    this.d = mix() | 1;
  }

  /** 0 … 2^32 - 1, evenly. */
  uint32(): number {
    const b = this.b;
    const scrambled = Math.imul(b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
    this.c ^= this.a;
    this.d ^= b;
    this.b = b ^ this.c;
    this.a ^= this.d;
    this.c ^= b << 9;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result;
  }

  /** [0, 1), evenly, in steps of 2^-32. */
  float(): number {
    return this.uint32() / 4294967296;
  }

  /** 0 … count - 1, evenly enough for counts far below 2^32. */
  below(count: number): number {
    return Math.floor(this.float() * count);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return probability > 0 && this.float() < probability;
  }

  /** A whole number in [min, max]. */
  between(min: number, max: number): number {
    return min + this.below(max - min + 1);
  }

  /** One of `items`, which are not empty. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('pick needs at least one item');
    return item;
  }
}

/** FNV-1a over UTF-16 units. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let offset = 0; offset < text.length; offset += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(offset), 0x01000193);
  }
  return hash >>> 0;
}

/** Mixes two 32-bit numbers into one; not commutative. */
export function mix32(left: number, right: number): number {
  let word = Math.imul(left ^ 0x9e3779b9, 0x85ebca6b) ^ right;
  word = Math.imul(word ^ (word >>> 15), 0x2c1b3c6d);
  word = Math.imul(word ^ (word >>> 12), 0x297a2d39);
  return (word ^ (word >>> 15)) >>> 0;
}

function splitMix32(high: number, low: number): () => number {
  let state = mix32(high, low);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let word = state ^ (state >>> 16);
    word = Math.imul(word, 0x21f0aaad);
    word ^= word >>> 15;
    word = Math.imul(word, 0x735a2d97);
    return (word ^ (word >>> 15)) >>> 0;
  };
}
