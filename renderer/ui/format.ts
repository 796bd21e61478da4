/*
 * Numbers as people read them. The unit comes after the number, with a space; a number keeps at most
 * three digits that matter, because more would claim a precision nothing here has.
 */

const COUNT = new Intl.NumberFormat('en');
const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const DAY = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Between a number and its unit, so that they stay on one line. */
const NO_BREAK = '\u00A0';

/** Stands for a value that does not exist, such as the lag of a leader. */
export const NONE = '–';

/** 153312 → `153,312`. */
export function formatCount(value: number): string {
  return COUNT.format(Math.round(value));
}

/** A number and its unit apart, because the unit is set lighter. */
export interface Quantity {
  readonly value: string;
  readonly unit: string;
}

/** A measured time: `0.4 ms`, `14 ms`, `9.8 s`, `7 min 7 s`, `3 h 5 min`, `2 d 4 h`. */
export function durationOf(ms: number): Quantity {
  const time = Math.max(0, ms);
  if (time < 9.95) return { value: time.toFixed(1), unit: 'ms' };
  if (time < 999.5) return { value: String(Math.round(time)), unit: 'ms' };
  if (time < 59_950) return { value: (time / SECOND_MS).toFixed(1), unit: 's' };
  if (time < HOUR_MS) return twoUnits(time, [MINUTE_MS, 'min'], [SECOND_MS, 's']);
  if (time < DAY_MS) return twoUnits(time, [HOUR_MS, 'h'], [MINUTE_MS, 'min']);
  return twoUnits(time, [DAY_MS, 'd'], [HOUR_MS, 'h']);
}

type Unit = readonly [ms: number, name: string];

function twoUnits(ms: number, [large, largeName]: Unit, [small, smallName]: Unit): Quantity {
  const whole = Math.floor(ms / large);
  const rest = Math.floor((ms - whole * large) / small);
  return {
    value: `${String(whole)}${NO_BREAK}${largeName}${NO_BREAK}${String(rest)}`,
    unit: smallName,
  };
}

export function formatDuration(ms: number): string {
  const { value, unit } = durationOf(ms);
  return `${value}${NO_BREAK}${unit}`;
}

/** How long ago, in whole steps: `now`, `14 ms`, `8 s`, `21 min`. For ages that nobody times. */
export function formatAge(ms: number): string {
  if (ms < SECOND_MS) return 'now';
  if (ms < MINUTE_MS) return `${String(Math.floor(ms / SECOND_MS))}${NO_BREAK}s`;
  if (ms < HOUR_MS) return `${String(Math.floor(ms / MINUTE_MS))}${NO_BREAK}min`;
  if (ms < DAY_MS) return `${String(Math.floor(ms / HOUR_MS))}${NO_BREAK}h`;
  return `${String(Math.floor(ms / DAY_MS))}${NO_BREAK}d`;
}

/** `14:02:08`, in the time zone of whoever looks. */
export function formatClock(timeMs: number): string {
  return CLOCK.format(timeMs);
}

/** `14:02:18.412`: a moment as exact as events are told apart. */
export function formatMoment(timeMs: number): string {
  const ms = String(Math.floor(timeMs) % 1000).padStart(3, '0');
  return `${formatClock(timeMs)}.${ms}`;
}

/** `3 Nov 2026`. */
export function formatDate(timeMs: number): string {
  return DATE.format(timeMs);
}

/** When something was last used: `now`, `12 min ago`, `Tue 17:40`, `3 Nov 2026`. */
export function formatLastUsed(timeMs: number, nowMs: number): string {
  const age = nowMs - timeMs;
  if (age < MINUTE_MS) return 'now';
  if (age < HOUR_MS) return `${formatAge(age)} ago`;
  if (age < 6 * DAY_MS) return DAY.format(timeMs).replace(',', '');
  return DATE.format(timeMs);
}

/** Bytes in binary steps: `412 B`, `1.1 MiB`. */
export function bytesOf(bytes: number): Quantity {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = Math.max(0, bytes);
  let step = 0;
  while (value >= 999.5 && step < units.length - 1) {
    value /= 1024;
    step += 1;
  }
  const text = step === 0 || value >= 99.95 ? String(Math.round(value)) : value.toFixed(1);
  return { value: text, unit: units[step] ?? 'B' };
}

export function formatBytes(bytes: number): string {
  const { value, unit } = bytesOf(bytes);
  return `${value}${NO_BREAK}${unit}`;
}

/** A rate per second: `0`, `0.4`, `114`, `12,400`. */
export function formatRate(perSecond: number): string {
  if (perSecond > 0 && perSecond < 9.95) return perSecond.toFixed(1);
  return formatCount(perSecond);
}

/** `1 node`, `3 nodes`. */
export function formatPlural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
