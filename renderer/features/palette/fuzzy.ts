/** Where a word of the query was found: half-open ranges of the text, for drawing them bold. */
export type Range = readonly [start: number, end: number];

export interface Match {
  /** Higher is better. */
  readonly score: number;
  readonly ranges: readonly Range[];
}

interface Searched {
  /** What is shown, and where matches are drawn. */
  readonly words: string;
  /** What else it is found by. */
  readonly also: string;
}

const WORD_START = 100;
const INSIDE = 60;
const ELSEWHERE = 40;
const SCATTERED = 20;

/**
 * Finds every word of `query` in the words of a command, in any order: as it is, or its letters in
 * order (`kn2` for Kill node-2). Null when one of them is not there.
 */
export function fuzzyMatch(query: string, { words, also }: Searched): Match | null {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  const ranges: Range[] = [];
  let score = 0;
  for (const word of wanted) {
    const match = matchWord(word, words.toLowerCase(), also.toLowerCase());
    if (match === null) return null;
    score += match.score;
    ranges.push(...match.ranges);
  }
  // Of two that match alike the shorter one is meant more often.
  return { score: score - words.length / 100, ranges: merge(ranges) };
}

function matchWord(word: string, words: string, also: string): Match | null {
  const starts = startOf(word, words);
  if (starts >= 0) {
    // The first word of a command is its verb.
    return {
      score: WORD_START + (starts === 0 ? 10 : 0),
      ranges: [[starts, starts + word.length]],
    };
  }
  const inside = words.indexOf(word);
  if (inside >= 0) return { score: INSIDE, ranges: [[inside, inside + word.length]] };
  if (also.includes(word)) return { score: ELSEWHERE, ranges: [] };
  return scattered(word, words);
}

/** Where a word of `words` begins so; -1 when none does. */
function startOf(word: string, words: string): number {
  for (let at = words.indexOf(word); at >= 0; at = words.indexOf(word, at + 1)) {
    if (at === 0 || !/[\p{L}\p{N}]/u.test(words.charAt(at - 1))) return at;
  }
  return -1;
}

/** The letters in order, each at the start of a word or right after the one before. */
function scattered(word: string, words: string): Match | null {
  const ranges: Range[] = [];
  let from = 0;
  for (const letter of word) {
    const last = ranges.at(-1)?.[1] ?? -1;
    const next =
      last === from && words.charAt(from) === letter ? from : nextStart(letter, words, from);
    if (next < 0) return null;
    ranges.push([next, next + 1]);
    from = next + 1;
  }
  return { score: SCATTERED - ranges.length, ranges };
}

function nextStart(letter: string, words: string, from: number): number {
  for (let at = words.indexOf(letter, from); at >= 0; at = words.indexOf(letter, at + 1)) {
    const before = words.charAt(at - 1);
    const isDigit = /\p{N}/u.test(letter);
    if (at === 0 || isDigit || !/[\p{L}\p{N}]/u.test(before)) return at;
  }
  return -1;
}

function merge(ranges: readonly Range[]): readonly Range[] {
  const merged: Range[] = [];
  for (const [start, end] of [...ranges].sort((left, right) => left[0] - right[0])) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last[1]) {
      merged[merged.length - 1] = [last[0], Math.max(last[1], end)];
    } else merged.push([start, end]);
  }
  return merged;
}
