import { argumentError, text, type Check } from './argument.ts';

/*
 * Checks of fields that many calls have.
 */

/** The id of a cluster, a node, or anything else that the host named. */
export const id = text({
  minLength: 1,
  maxLength: 40,
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  rule: 'must be letters, digits, dots, dashes and underscores',
});

/** Anything a person may want to call a cluster, but nothing that hides or reorders text on screen. */
export const clusterName = text({
  minLength: 1,
  maxLength: 60,
  pattern: /^(?! )[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]*(?<! )$/u,
  rule: 'must not have control characters, nor spaces at its ends',
});

/** The last moment that a date can hold. */
const TIME_MAX_MS = 8.64e15;

/** Unix milliseconds with a fraction: events are told apart by it. */
export const time: Check<number> = (value, field) =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 && value <= TIME_MAX_MS
    ? { ok: true, value }
    : argumentError(field, 'must be a time in Unix milliseconds');
