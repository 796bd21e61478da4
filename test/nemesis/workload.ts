import type { Operation } from '../../node-engine/check/operation.ts';
import type { Reply } from '../../node-engine/resp/value.ts';
import type { SeededRandom } from './seeded-random.ts';

/** One question to the cluster. */
export interface Call {
  readonly f: string;
  readonly key: string;
  readonly input: unknown;
  /** The command's arguments, its name first. */
  readonly command: readonly string[];
  /** The answer in the words of the model. */
  readonly output: (reply: Reply) => unknown;
}

/** What a checker says of a workload's history. */
export interface Judgement {
  readonly anomalies: readonly string[];
  readonly undecided: readonly string[];
}

/** Kinds of calls, and the checker that knows what may be answered. */
export interface Workload {
  readonly name: string;
  next(random: SeededRandom): Call;
  /** A call's outcome is unknown: every one of those makes a key harder to check. */
  unknown(key: string): void;
  /** Calls that read all there is. */
  finalReads(): readonly Call[];
  judge(history: readonly Operation[]): Judgement;
}

const CALLS_MAX = 250;
const UNKNOWN_MAX = 6;

/**
 * Keys that are used for a while and then left for fresh ones, because the search for an order grows
 * with the length of a key's history and with every unknown outcome in it.
 */
export class KeyRing {
  readonly #name: string;
  readonly #current: { key: string; calls: number; unknown: number }[];
  #made = 0;

  constructor(name: string, width: number) {
    this.#name = name;
    this.#current = Array.from({ length: width }, () => this.#fresh());
  }

  /** All keys that were ever in use. */
  get all(): readonly string[] {
    return Array.from({ length: this.#made }, (_, at) => this.#keyOf(at));
  }

  take(random: SeededRandom): string {
    const at = random.below(this.#current.length);
    let slot = this.#current[at];
    if (slot === undefined || slot.calls >= CALLS_MAX || slot.unknown >= UNKNOWN_MAX) {
      slot = this.#fresh();
      this.#current[at] = slot;
    }
    slot.calls += 1;
    return slot.key;
  }

  unknown(key: string): void {
    const slot = this.#current.find((one) => one.key === key);
    if (slot !== undefined) slot.unknown += 1;
  }

  #keyOf(at: number): string {
    return `${this.#name}:${at}`;
  }

  #fresh(): { key: string; calls: number; unknown: number } {
    this.#made += 1;
    return { key: this.#keyOf(this.#made - 1), calls: 0, unknown: 0 };
  }
}
