import type { LogLevel } from '../../../node-engine/node/node-options.ts';

/** A line that is to be written. */
export interface AdmittedLine {
  readonly level: LogLevel;
  readonly text: string;
  /** How many lines it stands for beside itself; 0 for a line of its own. */
  readonly repeated: number;
}

/** How many lines that are alike are written, and in how long. */
export interface RepeatLimits {
  readonly burst: number;
  readonly windowMs: number;
  /** Kinds of lines that are told apart; the one known for longest makes room. */
  readonly kindsMax: number;
}

const LIMITS: RepeatLimits = { burst: 20, windowMs: 10_000, kindsMax: 500 };

/** Lines that differ in their numbers alone, since one of them was first written. */
interface Kind {
  readonly sinceMs: number;
  written: number;
  dropped: number;
  level: LogLevel;
  lastText: string;
}

/**
 * Keeps a line that comes again and again, such as a refusal at the whim of a client, from filling a
 * disk: of lines that are alike so many are written in a while, the rest is counted and told in one.
 */
export class RepeatedLines {
  readonly #limits: RepeatLimits;
  readonly #kinds = new Map<string, Kind>();

  constructor(limits: Partial<RepeatLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /** What to write now that a line has come: itself or not, behind what became due. */
  take(level: LogLevel, text: string, nowMs: number): readonly AdmittedLine[] {
    const due = this.due(nowMs);
    // Numbers are what differs from one to the next: ports, indices, terms.
    const key = `${level} ${text.replaceAll(/\d+/g, '0')}`;
    const known = this.#kinds.get(key);
    if (known !== undefined && known.written >= this.#limits.burst) {
      known.dropped += 1;
      known.lastText = text;
      return due;
    }
    if (known !== undefined) known.written += 1;
    const crowded = known === undefined ? this.#add(key, { level, text, nowMs }) : [];
    return [...due, ...crowded, { level, text, repeated: 0 }];
  }

  /** The sums of what was dropped, of every kind whose time is up. */
  due(nowMs: number): readonly AdmittedLine[] {
    const sums: AdmittedLine[] = [];
    for (const [key, kind] of this.#kinds) {
      // In the order in which they came: those behind are younger.
      if (nowMs - kind.sinceMs < this.#limits.windowMs) break;
      this.#kinds.delete(key);
      sums.push(...sumOf(kind));
    }
    return sums;
  }

  /** Everything that was dropped and not told yet. */
  rest(): readonly AdmittedLine[] {
    const sums = [...this.#kinds.values()].flatMap(sumOf);
    this.#kinds.clear();
    return sums;
  }

  /** When `due` has something to tell; null when nothing was dropped. */
  dueAtMs(): number | null {
    for (const { dropped, sinceMs } of this.#kinds.values()) {
      if (dropped > 0) return sinceMs + this.#limits.windowMs;
    }
    return null;
  }

  #add(
    key: string,
    { level, text, nowMs }: { level: LogLevel; text: string; nowMs: number },
  ): readonly AdmittedLine[] {
    const crowded: AdmittedLine[] = [];
    const [oldest] = this.#kinds;
    if (oldest !== undefined && this.#kinds.size >= this.#limits.kindsMax) {
      this.#kinds.delete(oldest[0]);
      crowded.push(...sumOf(oldest[1]));
    }
    this.#kinds.set(key, { sinceMs: nowMs, written: 1, dropped: 0, level, lastText: text });
    return crowded;
  }
}

function sumOf({ dropped, level, lastText }: Kind): readonly AdmittedLine[] {
  if (dropped === 0) return [];
  return [{ level, text: `… ${dropped} more like this: ${lastText}`, repeated: dropped }];
}
