/**
 * Median, least and most.
 *
 * @param {readonly number[]} samples at least one
 */
export function summaryOf(samples) {
  return { median: medianOf(samples), min: Math.min(...samples), max: Math.max(...samples) };
}

/** @param {readonly number[]} samples at least one */
export function medianOf(samples) {
  const sorted = [...samples].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/**
 * The smallest sample that at least `share` of all do not exceed.
 *
 * @param {readonly number[]} samples at least one
 * @param {number} share 0 … 1
 */
export function percentileOf(samples, share) {
  const sorted = [...samples].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
