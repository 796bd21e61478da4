import { NOT_AN_INTEGER } from '../../machine/command-errors.ts';
import { isWord } from '../../machine/command-arguments.ts';
import { parseInteger } from '../../machine/integers.ts';
import type { Clock } from '../../machine/keyspace.ts';
import type { ErrorReply } from '../../resp/value.ts';
import { invalidExpireTime } from './kv-command.ts';

/** How a time is given: seconds or milliseconds, from now or since 1970. */
export type ExpiryUnit = 'EX' | 'PX' | 'EXAT' | 'PXAT';

const UNITS: readonly ExpiryUnit[] = ['EX', 'PX', 'EXAT', 'PXAT'];

/**
 * The newest time a key may expire at, ms since 1970: in the year 287396. Redis goes further, up to
 * 2^63; times are numbers here, and exact ones.
 */
const EXPIRY_MS_MAX = Number.MAX_SAFE_INTEGER;

/** The unit an argument names, or null. */
export function expiryUnitOf(argument: Uint8Array): ExpiryUnit | null {
  return UNITS.find((unit) => isWord(argument, unit)) ?? null;
}

/**
 * Reads the time of an option such as `EX 10`; it must be positive.
 *
 * @param command its name, for the error's text
 * @returns milliseconds since 1970, or the error to answer
 */
export function readExpiry(
  argument: Uint8Array,
  options: { readonly unit: ExpiryUnit; readonly clock: Clock; readonly command: string },
): number | ErrorReply {
  const given = parseInteger(argument);
  if (given === null) return NOT_AN_INTEGER;
  if (given <= 0) return invalidExpireTime(options.command);
  return absoluteExpiry(given, options) ?? invalidExpireTime(options.command);
}

/**
 * Turns a time in any unit into milliseconds since 1970; negative ones lie in the past.
 *
 * @returns null when it is out of range
 */
export function absoluteExpiry(
  given: number | bigint,
  options: { readonly unit: ExpiryUnit; readonly clock: Clock },
): number | null {
  const { unit, clock } = options;
  const inSeconds = unit === 'EX' || unit === 'EXAT';
  if (typeof given === 'bigint') {
    // Too far back for a number, but still the past, as long as its milliseconds fit 64 bits.
    const past = given < 0n && (!inSeconds || given >= -(2n ** 63n) / 1000n);
    return past ? -EXPIRY_MS_MAX : null;
  }
  const givenMs = inSeconds ? given * 1000 : given;
  const expiresAtMs = unit === 'EX' || unit === 'PX' ? clock.nowMs() + givenMs : givenMs;
  return expiresAtMs > EXPIRY_MS_MAX ? null : expiresAtMs;
}
