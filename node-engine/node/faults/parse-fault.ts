import type { Fault, LinkEffect } from './fault.ts';

/** Milliseconds of a lease: long enough to see something, short enough to end by itself. */
const LEASE_MIN_MS = 100;
const LEASE_MAX_MS = 600_000;
/** Milliseconds that messages or writes can be held back. */
const DELAY_MAX_MS = 60_000;
const RATE_MAX = 1_000_000_000;
/** A day and a bit, in both directions: beyond every time-out that counts in wall time. */
const OFFSET_MAX_MS = 100_000_000;

/** What was asked for, or what is wrong with it: the rest of an error reply. */
export type ParsedFault =
  | { readonly ok: true; readonly fault: Fault; readonly leaseMs: number }
  | { readonly ok: false; readonly problem: string };

/** A value, or what is wrong with it. */
type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** Takes the words behind `RAFT FAULT LINK`: `id IN|OUT effect LEASE ms`. */
export function parseLinkFault(texts: readonly string[]): ParsedFault {
  const [peerId = '', directionText = '', ...rest] = texts;
  const direction = directionText.toUpperCase();
  if (direction !== 'IN' && direction !== 'OUT') {
    return refuse(`'${shown(directionText)}' is no direction: IN or OUT`);
  }
  const leased = splitLease(rest);
  if (!leased.ok) return leased;
  const { words, leaseMs } = leased.value;
  const effect = parseEffect(words);
  if (!effect.ok) return effect;
  const side = direction === 'IN' ? ('in' as const) : ('out' as const);
  return { ok: true, fault: { ...effect.value, peerId, direction: side }, leaseMs };
}

/** Takes the words behind `RAFT FAULT DISK`: `SLOW ms | FULL | FSYNC-ERROR`, then `LEASE ms`. */
export function parseDiskFault(texts: readonly string[]): ParsedFault {
  const leased = splitLease(texts);
  if (!leased.ok) return leased;
  const { words, leaseMs } = leased.value;
  const [kind = '', ...more] = words;
  const name = kind.toUpperCase();
  if (name === 'SLOW') {
    const delayMs = only('SLOW', more, { min: 1, max: DELAY_MAX_MS, unit: 'milliseconds' });
    if (!delayMs.ok) return delayMs;
    return { ok: true, fault: { kind: 'disk-slow', delayMs: delayMs.value }, leaseMs };
  }
  if (name !== 'FULL' && name !== 'FSYNC-ERROR') {
    return refuse(`'${shown(kind)}' is no fault of a disk: SLOW ms, FULL or FSYNC-ERROR`);
  }
  if (more.length > 0) return refuse(`${name} takes no value, not '${shown(more[0] ?? '')}'`);
  const fault = { kind: name === 'FULL' ? ('disk-full' as const) : ('disk-fsync-error' as const) };
  return { ok: true, fault, leaseMs };
}

/** Takes the words behind `RAFT FAULT CLOCK`: `offset LEASE ms`. */
export function parseClockFault(texts: readonly string[]): ParsedFault {
  const leased = splitLease(texts);
  if (!leased.ok) return leased;
  const { words, leaseMs } = leased.value;
  const range = { min: -OFFSET_MAX_MS, max: OFFSET_MAX_MS, unit: 'milliseconds' };
  const offsetMs = only('CLOCK', words, range);
  if (!offsetMs.ok) return offsetMs;
  if (offsetMs.value === 0) return refuse('CLOCK 0 is no fault; RAFT FAULT HEAL ends one');
  return { ok: true, fault: { kind: 'clock-offset', offsetMs: offsetMs.value }, leaseMs };
}

/** Takes `LEASE ms` alone. */
export function parseLease(texts: readonly string[]): Parsed<number> {
  const leased = splitLease(texts);
  if (!leased.ok) return leased;
  const { words, leaseMs } = leased.value;
  if (words.length > 0) return refuse(`'${shown(words[0] ?? '')}' is not understood`);
  return { ok: true, value: leaseMs };
}

function parseEffect(words: readonly string[]): Parsed<LinkEffect> {
  const [kind = '', ...more] = words;
  switch (kind.toUpperCase()) {
    case 'CUT':
      if (more.length > 0) return refuse(`CUT takes no value, not '${shown(more[0] ?? '')}'`);
      return { ok: true, value: { kind: 'link-cut' } };
    case 'DROP':
      return parseDrop(more);
    case 'DELAY':
      return parseDelay(more);
    case 'RATE': {
      const rate = only('RATE', more, { min: 1, max: RATE_MAX, unit: 'bytes a second' });
      if (!rate.ok) return rate;
      return { ok: true, value: { kind: 'link-rate', bytesPerSecond: rate.value } };
    }
    default:
      return refuse(
        `'${shown(kind)}' is no fault of a link: CUT, DROP p, DELAY ms [JITTER ms] or RATE bytes`,
      );
  }
}

function parseDrop(words: readonly string[]): Parsed<LinkEffect> {
  const [text = ''] = words;
  const probability = /^(?:0?\.\d{1,9}|1(?:\.0{1,9})?)$/u.test(text) ? Number(text) : 0;
  if (probability === 0 || words.length !== 1) {
    return refuse('DROP takes a probability above 0 and up to 1, such as 0.3');
  }
  return { ok: true, value: { kind: 'link-drop', probability } };
}

function parseDelay(words: readonly string[]): Parsed<LinkEffect> {
  const [delayText = '', jitterWord, ...jitterTexts] = words;
  const range = { min: 1, max: DELAY_MAX_MS, unit: 'milliseconds' };
  const delayMs = only('DELAY', [delayText], range);
  if (!delayMs.ok) return delayMs;
  if (jitterWord === undefined) {
    return { ok: true, value: { kind: 'link-delay', delayMs: delayMs.value, jitterMs: 0 } };
  }
  if (jitterWord.toUpperCase() !== 'JITTER') {
    return refuse(`'${shown(jitterWord)}' is not understood: DELAY ms [JITTER ms]`);
  }
  const jitterMs = only('JITTER', jitterTexts, { ...range, min: 0 });
  if (!jitterMs.ok) return jitterMs;
  const value = { kind: 'link-delay' as const, delayMs: delayMs.value, jitterMs: jitterMs.value };
  return { ok: true, value };
}

/** Cuts `LEASE ms` off the end. */
function splitLease(
  texts: readonly string[],
): Parsed<{ readonly words: readonly string[]; readonly leaseMs: number }> {
  if (texts.at(-2)?.toUpperCase() !== 'LEASE') {
    return refuse(`a fault ends with LEASE ms, ${LEASE_MIN_MS} to ${LEASE_MAX_MS}`);
  }
  const range = { min: LEASE_MIN_MS, max: LEASE_MAX_MS, unit: 'milliseconds' };
  const leaseMs = only('LEASE', texts.slice(-1), range);
  if (!leaseMs.ok) return leaseMs;
  return { ok: true, value: { words: texts.slice(0, -2), leaseMs: leaseMs.value } };
}

/** The one whole number in `words`. */
function only(
  name: string,
  words: readonly string[],
  range: { readonly min: number; readonly max: number; readonly unit: string },
): Parsed<number> {
  const [text = ''] = words;
  const { min, max, unit } = range;
  const value = /^-?\d{1,12}$/u.test(text) ? Number(text) : Number.NaN;
  if (words.length === 1 && value >= min && value <= max) return { ok: true, value };
  return refuse(`${name} takes ${min} to ${max} ${unit}`);
}

function refuse(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}

function shown(text: string): string {
  return text.slice(0, 40);
}
