const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;

/** The smallest integer that Redis commands count in: 64 bits with sign. */
export const INT64_MIN = -(2n ** 63n);
/** The largest. */
export const INT64_MAX = 2n ** 63n - 1n;

/** Decimal digits that always fit a safe integer. */
const SAFE_DIGITS = 15;
const INT64_DIGITS = 19;

/**
 * Reads a decimal integer of 64 bits in its shortest form: no spaces, no plus, no leading zeros,
 * as Redis does for values and arguments.
 *
 * @returns a number when it is safe, else a bigint; null when the bytes are no such integer
 */
export function parseInteger(bytes: Uint8Array): number | bigint | null {
  const start = bytes[0] === MINUS ? 1 : 0;
  const digits = bytes.length - start;
  if (digits === 0 || digits > INT64_DIGITS) return null;
  if (bytes[start] === ZERO) return bytes.length === 1 ? 0 : null;
  let value = 0;
  for (let at = start; at < bytes.length; at++) {
    const digit = bytes[at] ?? 0;
    if (digit < ZERO || digit > NINE) return null;
    value = value * 10 + (digit - ZERO);
  }
  if (digits <= SAFE_DIGITS) return start === 1 ? -value : value;
  const exact = BigInt(String.fromCharCode(...bytes));
  return exact < INT64_MIN || exact > INT64_MAX ? null : narrow(exact);
}

/** The sum when it fits 64 bits with sign, else null. */
export function addIntegers(left: number | bigint, right: number | bigint): number | bigint | null {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const exact = BigInt(left) + BigInt(right);
  return exact < INT64_MIN || exact > INT64_MAX ? null : narrow(exact);
}

/** The same integer as a number when that is safe. */
function narrow(exact: bigint): number | bigint {
  const value = Number(exact);
  return Number.isSafeInteger(value) ? value : exact;
}

/** Enough for every integer of 64 bits. */
export const INTEGER_BYTES_MAX = 20;

/**
 * Writes an integer as decimal text to the start of `target`.
 *
 * @param target at least INTEGER_BYTES_MAX bytes
 * @returns the length of the text
 */
export function writeInteger(value: number | bigint, target: Uint8Array): number {
  if (typeof value === 'bigint') {
    const text = String(value);
    for (let at = 0; at < text.length; at++) target[at] = text.charCodeAt(at);
    return text.length;
  }
  let rest = Math.abs(value);
  let length = value < 0 ? 2 : 1;
  for (let limit = 10; limit <= rest; limit *= 10) length++;
  for (let at = length - 1; at >= (value < 0 ? 1 : 0); at--) {
    const higher = Math.floor(rest / 10);
    target[at] = ZERO + (rest - higher * 10);
    rest = higher;
  }
  if (value < 0) target[0] = MINUS;
  return length;
}
