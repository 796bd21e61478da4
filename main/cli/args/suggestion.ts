/** Beyond this a typed word is not compared: nobody meant one of ours. */
const TYPED_LENGTH_MAX = 40;

/**
 * The candidate that was probably meant by `typed`, or null when none is near. Near is at most one
 * slip for every three letters: a letter too much, too few, wrong, or two swapped.
 */
export function suggestion(typed: string, candidates: Iterable<string>): string | null {
  if (typed.length > TYPED_LENGTH_MAX) return null;
  const word = typed.toLowerCase();
  let nearest: string | null = null;
  let nearestSlips = Infinity;
  for (const candidate of candidates) {
    const slipsMax = Math.floor(Math.max(word.length, candidate.length) / 3);
    const slips = slipsBetween(word, candidate.toLowerCase());
    if (slips <= slipsMax && slips < nearestSlips) {
      nearest = candidate;
      nearestSlips = slips;
    }
  }
  return nearest ?? completionOf(word, candidates);
}

/** ` (did you mean --join?)`, or nothing when no candidate is near. */
export function didYouMean(typed: string, candidates: Iterable<string>, prefix = ''): string {
  const meant = suggestion(typed, candidates);
  return meant === null ? '' : ` (did you mean ${prefix}${meant}?)`;
}

/** The only candidate that `word` begins. */
function completionOf(word: string, candidates: Iterable<string>): string | null {
  if (word.length < 2) return null;
  const begun = [...candidates].filter((candidate) => candidate.toLowerCase().startsWith(word));
  return begun.length === 1 ? (begun[0] ?? null) : null;
}

/** Edit distance with swaps of neighbours (optimal string alignment). */
function slipsBetween(left: string, right: string): number {
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          row > 1 && column > 1 && isSwap ? at(row - 2, column - 2) + 1 : Infinity,
        ),
      );
    }
  }
  return at(left.length, right.length);
}
