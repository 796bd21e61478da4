/** `digits` · 10^-`scale`, exactly. */
export interface Decimal {
  readonly digits: bigint;
  /** 0 or more. */
  readonly scale: number;
}

/** Digits after the point in what is written, as Redis writes long doubles. */
const SCALE_MAX = 17;
/** The range of a double: what lies beyond is not taken for a number. */
const EXPONENT_MAX = 308;
const CHARACTERS_MAX = 512;

const FORM = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,4}))?$/;
const INFINITE = /^[+-]?inf(?:inity)?$/i;

/**
 * Reads a decimal number with an optional fraction and exponent: `10`, `-0.5`, `3.0e3`.
 *
 * Numbers are kept exact. A float would make replicas depend on its rounding, and would show it:
 * 0.1 + 0.2 is 0.3 here.
 *
 * @returns null when it is no number or out of range
 */
export function parseDecimal(bytes: Uint8Array): Decimal | 'infinite' | null {
  if (bytes.length === 0 || bytes.length > CHARACTERS_MAX) return null;
  const text = String.fromCharCode(...bytes);
  if (INFINITE.test(text)) return 'infinite';
  const parts = FORM.exec(text);
  if (parts === null) return null;
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = parts;
  const exponent = Number(exponentText);
  if (whole.length + fraction.length === 0 || Math.abs(exponent) > EXPONENT_MAX) return null;
  const magnitude = BigInt(whole + fraction);
  const digits = sign === '-' ? -magnitude : magnitude;
  const scale = fraction.length - exponent;
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

/** The exact sum. */
export function addDecimals(left: Decimal, right: Decimal): Decimal {
  const scale = Math.max(left.scale, right.scale);
  return { digits: atScale(left, scale) + atScale(right, scale), scale };
}

/** Plain decimal text, rounded half up to 17 digits after the point, without trailing zeros. */
export function formatDecimal(value: Decimal): string {
  const { digits, scale } = rounded(value);
  const negative = digits < 0n;
  const text = String(negative ? -digits : digits).padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  const fraction = text.slice(text.length - scale).replace(/0+$/, '');
  const plain = fraction === '' ? whole : `${whole}.${fraction}`;
  return negative ? `-${plain}` : plain;
}

function atScale(value: Decimal, scale: number): bigint {
  return value.digits * 10n ** BigInt(scale - value.scale);
}

function rounded(value: Decimal): Decimal {
  if (value.scale <= SCALE_MAX) return value;
  const divisor = 10n ** BigInt(value.scale - SCALE_MAX);
  const half = value.digits < 0n ? -divisor / 2n : divisor / 2n;
  return { digits: (value.digits + half) / divisor, scale: SCALE_MAX };
}
