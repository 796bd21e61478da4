import type { CommandContext } from './machine.ts';
import { entrySeed, Pcg32 } from './pcg32.ts';

const NANOSECONDS_PER_MS = 1_000_000;

/**
 * The world as a write sees it: time and chance of its log entry, the same on every node.
 *
 * One object serves a whole run: `beginRun`, then `moveTo` for each of its entries. Big integers are
 * dear and most commands ask for nothing, so everything is worked out when it is asked for.
 */
export class EntryContext implements CommandContext {
  #timeNs = 0n;
  #seed = 0n;
  #offset = 0;
  /** `#timeNs` in two numbers: whole milliseconds and the nanoseconds beyond them. */
  #timeMs = 0;
  #restNs = 0;
  #random: Pcg32 | null = null;

  /**
   * Takes up a run.
   *
   * @param timeNs time of the entry at offset 0, nanoseconds since 1970
   * @param seed the run's seed, 0 … 2^64-1
   */
  beginRun(timeNs: bigint, seed: bigint): void {
    this.#timeNs = timeNs;
    this.#seed = seed;
    this.#timeMs = Number(timeNs / BigInt(NANOSECONDS_PER_MS));
    this.#restNs = Number(timeNs % BigInt(NANOSECONDS_PER_MS));
    this.moveTo(0);
  }

  /**
   * Takes up one entry of the run.
   *
   * @param offset the entry's index minus the run's original first index, 0-based: it stays the same
   *   when the run is split
   */
  moveTo(offset: number): void {
    this.#offset = offset;
    this.#random = null;
  }

  /** The run's time plus one nanosecond per entry before this one. */
  nowNs(): bigint {
    return this.#timeNs + BigInt(this.#offset);
  }

  /** `nowNs` in milliseconds, rounded down. */
  nowMs(): number {
    return this.#timeMs + Math.floor((this.#restNs + this.#offset) / NANOSECONDS_PER_MS);
  }

  /** The next number of this entry's own stream. */
  randomUint32(): number {
    this.#random ??= new Pcg32(entrySeed(this.#seed, this.#offset));
    return this.#random.nextUint32();
  }
}
