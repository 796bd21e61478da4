import { rangeProblem } from '../../../node-engine/node/option-rules.ts';
import { UsageError } from './usage-error.ts';

/**
 * A whole number within a range; decimal digits only.
 *
 * @throws UsageError naming the flag and the range
 */
export function numberOf(
  flag: string,
  text: string,
  range: { readonly min: number; readonly max: number },
): number {
  const value = /^-?\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(value)) {
    const { min, max } = range;
    throw new UsageError(`invalid ${flag}: '${text}' is not a whole number from ${min} to ${max}`);
  }
  const problem = rangeProblem(value, range);
  if (problem !== null) throw new UsageError(`invalid ${flag}: ${problem}`);
  return value;
}
