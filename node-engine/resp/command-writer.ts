import { utf8Length, writeUtf8 } from './utf8.ts';

const CR = 13;
const LF = 10;
const ASTERISK = 42;
const DOLLAR = 36;

/** Bytes that `encodeCommand` will make of these arguments. */
export function commandLength(args: readonly (string | Uint8Array)[]): number {
  let length = 1 + digitsOf(args.length) + 2;
  for (const arg of args) {
    const size = typeof arg === 'string' ? utf8Length(arg) : arg.length;
    length += 1 + digitsOf(size) + 2 + size + 2;
  }
  return length;
}

/**
 * A command as a RESP array of bulk strings; text is written as UTF-8.
 *
 * Source: RESP specification, "Sending commands to a Redis server".
 */
export function encodeCommand(args: readonly (string | Uint8Array)[]): Uint8Array {
  const bytes = new Uint8Array(commandLength(args));
  writeCommand(args, bytes, 0);
  return bytes;
}

/**
 * Writes a command into `target` at `offset`, where `commandLength(args)` bytes must be free.
 *
 * @returns the offset after the last byte written
 */
export function writeCommand(
  args: readonly (string | Uint8Array)[],
  target: Uint8Array,
  offset: number,
): number {
  let at = writeHeader(ASTERISK, args.length, target, offset);
  for (const arg of args) {
    if (typeof arg === 'string') {
      at = writeHeader(DOLLAR, utf8Length(arg), target, at);
      at = writeUtf8(arg, target, at);
    } else {
      at = writeHeader(DOLLAR, arg.length, target, at);
      target.set(arg, at);
      at += arg.length;
    }
    target[at++] = CR;
    target[at++] = LF;
  }
  return at;
}

/** Writes a type byte, a count and CRLF: `*3`, `$16`. Returns the offset after it. */
export function writeHeader(
  type: number,
  count: number,
  target: Uint8Array,
  offset: number,
): number {
  target[offset] = type;
  const at = writeDigits(count, target, offset + 1);
  target[at] = CR;
  target[at + 1] = LF;
  return at + 2;
}

/** Writes a whole number of 0 or more in decimal. Returns the offset after it. */
export function writeDigits(value: number, target: Uint8Array, offset: number): number {
  const end = offset + digitsOf(value);
  let rest = value;
  for (let at = end - 1; at >= offset; at--) {
    const next = Math.floor(rest / 10);
    target[at] = 48 + (rest - next * 10);
    rest = next;
  }
  return end;
}

/** Number of decimal digits of a whole number of 0 or more, up to 2^53. */
export function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  return digits;
}
