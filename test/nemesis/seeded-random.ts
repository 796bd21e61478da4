import { generatorOf } from '../check/random-history.ts';

/** Chance that can be repeated from its seed. What real processes do with it cannot. */
export class SeededRandom {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = generatorOf(seed);
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + this.below(max - min + 1);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  /** @throws when there is nothing to choose from */
  of<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    const rest = [...items];
    const taken: Item[] = [];
    while (rest.length > 0) taken.push(...rest.splice(this.below(rest.length), 1));
    return taken;
  }

  /** A generator of its own, which draws differ from this one's. */
  fork(): SeededRandom {
    return new SeededRandom(this.below(2 ** 31));
  }
}
