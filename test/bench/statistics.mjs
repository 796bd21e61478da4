/**
 * Median, least and most.
 *
 * @param {readonly number[]} samples at least one
 */
export function summaryOf(samples) {
  return { median: medianOf(samples), min: leastOf(samples), max: mostOf(samples) };
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

/**
 * How far the samples lie apart, as a share of their median.
 *
 * @param {readonly number[]} samples at least one
 */
export function spreadOf(samples) {
  const median = medianOf(samples);
  if (median === 0) return mostOf(samples) === leastOf(samples) ? 0 : Number.POSITIVE_INFINITY;
  return (mostOf(samples) - leastOf(samples)) / Math.abs(median);
}

/*
 * A loop, for there may be more samples than a call takes arguments; and a sample that is no number
 * shows in the result.
 */

/** @param {readonly number[]} samples */
function leastOf(samples) {
  return samples.reduce((least, one) => (one < least || Number.isNaN(one) ? one : least));
}

/** @param {readonly number[]} samples */
function mostOf(samples) {
  return samples.reduce((most, one) => (one > most || Number.isNaN(one) ? one : most));
}
