import type { LogLevel } from '../../../node-engine/node/node-options.ts';

/** How much is written: a level and everything louder, or nothing. */
export type Loudness = LogLevel | 'quiet';

/** What a log line says of its node: starting, follower, candidate, leader. */
export type RoleLetter = 'S' | 'F' | 'C' | 'L';

/** One line of a node's log before it is text. */
export interface LogRecord {
  readonly pid: number;
  readonly role: RoleLetter;
  /** Unix milliseconds. */
  readonly timeMs: number;
  readonly level: LogLevel;
  readonly text: string;
  /** How many lines it stands for that were not written; left out for none. */
  readonly repeated?: number;
}

const LOUDNESS: Readonly<Record<Loudness, number>> = {
  debug: 0,
  verbose: 1,
  notice: 2,
  warning: 3,
  quiet: 4,
};

const MARKS: Readonly<Record<LogLevel, string>> = {
  debug: '.',
  verbose: '-',
  notice: '*',
  warning: '#',
};

/** What a terminal shows a mark in (ECMA-48 SGR): magenta, plain, bold, yellow. */
const COLOURS: Readonly<Record<LogLevel, string>> = {
  debug: '\u001b[35m',
  verbose: '',
  notice: '\u001b[1m',
  warning: '\u001b[33m',
};
const COLOUR_END = '\u001b[0m';

const ROLE_NAMES: Readonly<Record<RoleLetter, string>> = {
  S: 'starting',
  F: 'follower',
  C: 'candidate',
  L: 'leader',
};

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** Whether a line of `level` is written at all. */
export function isLoudEnough(level: LogLevel, loudness: Loudness): boolean {
  return LOUDNESS[level] >= LOUDNESS[loudness];
}

/** `<pid>:<role> DD Mon YYYY HH:MM:SS.mmm <mark> <text>` in local time, as Uhaha writes it. */
export function textLine(record: LogRecord, coloured: boolean): string {
  const { pid, role, timeMs, level, text } = record;
  const mark = MARKS[level];
  const shown = coloured && COLOURS[level] !== '' ? `${COLOURS[level]}${mark}${COLOUR_END}` : mark;
  return `${pid}:${role} ${localTime(timeMs)} ${shown} ${printable(text)}`;
}

/** The same as one JSON object. */
export function jsonLine({ pid, role, timeMs, level, text, repeated = 0 }: LogRecord): string {
  const time = new Date(timeMs).toISOString();
  const sum = repeated === 0 ? {} : { repeated };
  return JSON.stringify({ time, pid, role: ROLE_NAMES[role], level, text, ...sum });
}

/** Text from elsewhere (keys, addresses) must not end the line or steer the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_C}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

function localTime(timeMs: number): string {
  const time = new Date(timeMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${two(time.getDate())} ${MONTHS[time.getMonth()] ?? ''} ${time.getFullYear()}`;
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  return `${day} ${clock}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}
