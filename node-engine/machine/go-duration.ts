const NANOSECOND = 1n;
const MICROSECOND = 1000n * NANOSECOND;
const MILLISECOND = 1000n * MICROSECOND;
const SECOND = 1000n * MILLISECOND;
const MINUTE = 60n * SECOND;
const HOUR = 60n * MINUTE;

/** The longest duration Go can hold: 63 bits of nanoseconds, about 292 years. */
const DURATION_MAX = 2n ** 63n - 1n;

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', NANOSECOND],
  ['us', MICROSECOND],
  ['µs', MICROSECOND],
  ['μs', MICROSECOND],
  ['ms', MILLISECOND],
  ['s', SECOND],
  ['m', MINUTE],
  ['h', HOUR],
]);

const FORM = /^([+-]?)((?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const PART = /([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)/g;

/**
 * Reads a duration as Go's `time.ParseDuration` does: `1h30m`, `-5m`, `1.5s`, `0`.
 *
 * @returns nanoseconds; null when it is no duration or longer than 63 bits of nanoseconds
 */
export function parseGoDuration(text: string): bigint | null {
  if (/^[+-]?0$/.test(text)) return 0n;
  const form = FORM.exec(text);
  if (form === null) return null;
  let total = 0n;
  for (const [, whole = '', fraction = '', unitName = ''] of (form[2] ?? '').matchAll(PART)) {
    const unit = UNITS.get(unitName) ?? 0n;
    total += BigInt(whole || '0') * unit;
    total += (BigInt(fraction || '0') * unit) / 10n ** BigInt(fraction.length);
  }
  if (total > DURATION_MAX) return null;
  return form[1] === '-' ? -total : total;
}

/** Writes a duration as Go does: `168h0m0s`, `1.5s`, `200ms`, `0s`. */
export function formatGoDuration(duration: bigint): string {
  if (duration < 0n) return `-${formatGoDuration(-duration)}`;
  if (duration === 0n) return '0s';
  if (duration < MICROSECOND) return `${duration}ns`;
  if (duration < MILLISECOND) return `${decimal(duration, MICROSECOND)}µs`;
  if (duration < SECOND) return `${decimal(duration, MILLISECOND)}ms`;
  const seconds = `${decimal(duration % MINUTE, SECOND)}s`;
  if (duration < MINUTE) return seconds;
  const minutes = `${(duration % HOUR) / MINUTE}m${seconds}`;
  return duration < HOUR ? minutes : `${duration / HOUR}h${minutes}`;
}

function decimal(value: bigint, unit: bigint): string {
  const digits = String(unit).length - 1;
  const fraction = String(value % unit)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  return fraction === '' ? String(value / unit) : `${value / unit}.${fraction}`;
}
