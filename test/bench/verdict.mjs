import { medianOf, spreadOf } from './statistics.mjs';

/**
 * @typedef {import('./types.d.ts').Goal} Goal
 * @typedef {import('./types.d.ts').Measurement} Measurement
 */

/** More than this share of a core for others, and a figure is theirs as well as ours. */
const OTHERS_MAX_CORES = 0.1;
/** Rounds of one thing that lie further apart than this share of their median are not one thing. */
const SPREAD_MAX = 0.3;

/**
 * @param {number} required
 * @param {number} [aim]
 * @returns {Goal}
 */
export function atMost(required, aim) {
  return { of: 'median', bound: 'most', required, ...(aim === undefined ? {} : { aim }) };
}

/**
 * @param {number} required
 * @param {number} [aim]
 * @returns {Goal}
 */
export function atLeast(required, aim) {
  return { ...atMost(required, aim), bound: 'least' };
}

/**
 * The goal holds for the ratio to redis-server.
 *
 * @param {Goal} goal
 * @returns {Goal}
 */
export function ofRedis(goal) {
  return { ...goal, of: 'ratio' };
}

/**
 * Why a figure is no result, or undefined when it is one.
 *
 * @param {Measurement} measurement
 * @param {number} scale of the run
 * @returns {string | undefined}
 */
export function doubtOf({ samples, ratios, isSpreadInherent, othersCores }, scale) {
  if (scale < 1) return `only ${String(scale)} of the work`;
  if ([...samples, ...(ratios ?? [])].some((one) => !Number.isFinite(one))) return 'not a number';
  if (othersCores > OTHERS_MAX_CORES) return `others used ${othersCores.toFixed(2)} of a core`;
  // A machine that gets slower is slower for both, so a ratio may be steady where rates are not.
  const spread = spreadOf(ratios ?? samples);
  if (isSpreadInherent === true || spread <= SPREAD_MAX) return undefined;
  return `rounds differ by ${(spread * 100).toFixed(0)} %`;
}

/**
 * Whether a figure is as good as it has to be. Of a figure in doubt nobody should ask.
 *
 * @param {Measurement} measurement
 * @returns {import('./types.d.ts').Verdict | undefined} undefined when it is held to nothing
 */
export function verdictOf({ samples, ratios, goal }) {
  if (goal === undefined) return undefined;
  const figure = medianOf(goal.of === 'ratio' ? (ratios ?? [Number.NaN]) : samples);
  /** @param {number} limit */
  const isWithin = (limit) => (goal.bound === 'least' ? figure >= limit : figure <= limit);
  if (!isWithin(goal.required)) return 'missed';
  return goal.aim !== undefined && isWithin(goal.aim) ? 'aimed' : 'reached';
}
