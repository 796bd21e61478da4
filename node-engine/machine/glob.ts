/** Steps after which a search is given up: patterns such as `*a*a*a*b` could take for ever. */
export const GLOB_STEPS_MAX = 1_000_000;
/** What every text adds to that, so that a plain pattern never fails however many keys there are. */
const STEPS_PER_TEXT = 1_000;

const STAR = 0x2a;
const QUESTION_MARK = 0x3f;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const BACKSLASH = 0x5c;
const CARET = 0x5e;
const HYPHEN = 0x2d;

/** The pattern needs too many steps; nothing is known about the match. */
export class PatternTooComplexError extends Error {
  override readonly name = 'PatternTooComplexError';
}

/**
 * A pattern as in Redis's KEYS: `*` any bytes, `?` one byte, `[abc]`, `[a-z]` and `[^a]` one byte of a
 * class, `\` takes the next byte as it is. Works on bytes and distinguishes case.
 *
 * Steps are counted over the object's life: one command makes one, and has one budget for all keys.
 */
export class Glob {
  readonly #pattern: Uint8Array;
  /** True when the pattern is `*`, which needs no look at the key. */
  readonly matchesAll: boolean;
  #stepsLeft = GLOB_STEPS_MAX;

  /** @param pattern copied, so it may be a view */
  constructor(pattern: Uint8Array) {
    this.#pattern = Uint8Array.from(pattern);
    this.matchesAll = pattern.length === 1 && pattern[0] === STAR;
  }

  /**
   * True when the whole text matches.
   *
   * Only the newest `*` is ever taken back: what an earlier one could reach, the newer can as well.
   * So it takes at most |pattern| · |text| steps, without recursion.
   *
   * @throws PatternTooComplexError
   */
  matches(text: Uint8Array): boolean {
    if (this.matchesAll) return true;
    this.#stepsLeft += STEPS_PER_TEXT;
    const pattern = this.#pattern;
    let at = 0;
    let textAt = 0;
    let afterStar = -1;
    let starTextAt = 0;
    while (textAt < text.length) {
      this.#step();
      if (at < pattern.length && pattern[at] === STAR) {
        afterStar = ++at;
        starTextAt = textAt;
        continue;
      }
      const next = at < pattern.length ? this.#matchOne(at, text[textAt] ?? 0) : -1;
      if (next >= 0) {
        at = next;
        textAt++;
      } else if (afterStar >= 0) {
        at = afterStar;
        textAt = ++starTextAt;
      } else {
        return false;
      }
    }
    while (at < pattern.length && pattern[at] === STAR) at++;
    return at === pattern.length;
  }

  #step(): void {
    if (--this.#stepsLeft < 0) throw new PatternTooComplexError('pattern too complex');
  }

  /** Matches one byte against the element at `at`: where the next element starts, or -1. */
  #matchOne(at: number, byte: number): number {
    const pattern = this.#pattern;
    switch (pattern[at]) {
      case QUESTION_MARK:
        return at + 1;
      case OPEN_BRACKET:
        return this.#matchClass(at + 1, byte);
      case BACKSLASH:
        if (at + 1 < pattern.length) return pattern[at + 1] === byte ? at + 2 : -1;
        return byte === BACKSLASH ? at + 1 : -1;
      default:
        return pattern[at] === byte ? at + 1 : -1;
    }
  }

  /** A class; one that is never closed reaches to the end of the pattern, as in Redis. */
  #matchClass(start: number, byte: number): number {
    const pattern = this.#pattern;
    let at = start;
    const negated = pattern[at] === CARET;
    if (negated) at++;
    let found = false;
    while (at < pattern.length && pattern[at] !== CLOSE_BRACKET) {
      this.#step();
      const low = pattern[at] ?? 0;
      if (low === BACKSLASH && at + 1 < pattern.length) {
        if (pattern[at + 1] === byte) found = true;
        at += 2;
      } else if (pattern[at + 1] === HYPHEN && at + 2 < pattern.length) {
        const high = pattern[at + 2] ?? 0;
        if (byte >= Math.min(low, high) && byte <= Math.max(low, high)) found = true;
        at += 3;
      } else {
        if (low === byte) found = true;
        at++;
      }
    }
    return found === negated ? -1 : Math.min(at + 1, pattern.length);
  }
}
