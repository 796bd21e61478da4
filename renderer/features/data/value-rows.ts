import { formatCount } from '../../ui/format.ts';
import { hex, textOf, visibleText } from './bytes.ts';

/** How the bytes of a value are shown. */
export type ValueView = 'text' | 'json' | 'hex';

/** A value as rows that are made when they are seen: one of 64 MiB has millions. */
export interface ValueRows {
  readonly count: number;
  readonly row: (at: number) => ValueRow;
}

export interface ValueRow {
  /** The line's number, or the offset of its first byte; empty where a line goes on. */
  readonly place: string;
  readonly text: string;
}

const HEX_BYTES = 16;
/** A longer line goes on in the next row. */
const LINE_BYTES = 72;
/** JSON up to this size is set out anew; what is larger would take too long to be read again. */
export const JSON_BYTES_MAX = 1024 * 1024;
const NEWLINE = 0x0a;

/** Sixteen bytes a row: offset, digits, signs. */
export function hexRows(bytes: Uint8Array): ValueRows {
  return {
    count: Math.ceil(bytes.length / HEX_BYTES),
    row: (at) => {
      const part = bytes.subarray(at * HEX_BYTES, (at + 1) * HEX_BYTES);
      const digits = Array.from(part, (byte) => hex(byte, 2));
      const left = digits.slice(0, 8).join(' ');
      const right = digits.slice(8).join(' ');
      const signs = Array.from(part, (byte) =>
        byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·',
      ).join('');
      return {
        place: hex(at * HEX_BYTES, 8),
        text: `${left.padEnd(23)}  ${right.padEnd(23)}  ${signs}`,
      };
    },
  };
}

/** Lines of text; control characters are escapes, and bytes that are no text are replaced. */
export function textRows(bytes: Uint8Array): ValueRows {
  const { starts, lines } = splitLines(bytes);
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    count: starts.length,
    row: (at) => {
      const from = starts[at] ?? 0;
      const to = starts[at + 1] ?? bytes.length;
      const end = bytes[to - 1] === NEWLINE ? to - 1 : to;
      const begins = from === 0 || bytes[from - 1] === NEWLINE;
      const text = visibleText(decoder.decode(bytes.subarray(from, Math.max(from, end))));
      return { place: begins ? formatCount((lines[at] ?? 0) + 1) : '', text };
    },
  };
}

/** Where each row begins, and in which line it is. Rows end between signs, not within one. */
function splitLines(bytes: Uint8Array): {
  readonly starts: readonly number[];
  readonly lines: readonly number[];
} {
  const starts: number[] = [];
  const lines: number[] = [];
  let line = 0;
  for (let from = 0; from < bytes.length;) {
    starts.push(from);
    lines.push(line);
    const newline = bytes.subarray(from, from + LINE_BYTES + 1).indexOf(NEWLINE);
    if (newline >= 0) {
      from += newline + 1;
      line += 1;
      continue;
    }
    let end = Math.min(bytes.length, from + LINE_BYTES);
    // A byte of 10xxxxxx goes on with the sign before it; no sign has more than four.
    for (let back = 0; back < 3 && ((bytes[end] ?? 0) & 0xc0) === 0x80; back += 1) end -= 1;
    from = end;
  }
  return { starts, lines };
}

/** JSON set out with two spaces, or null when it is none, or too large, or not whole. */
export function jsonBytes(bytes: Uint8Array, isWhole: boolean): Uint8Array | null {
  if (!isWhole || bytes.length > JSON_BYTES_MAX) return null;
  const text = textOf(bytes);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    // Numbers beyond 2^53 would come out changed: such a value is shown as the text that it is.
    if (/\d{16}/.test(text)) return null;
    return new TextEncoder().encode(JSON.stringify(value, null, 2));
  } catch {
    return null;
  }
}

/** A part of a row of JSON and what it is, for its colour. */
export interface Token {
  readonly kind: 'key' | 'string' | 'number' | 'word' | 'sign';
  readonly text: string;
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|(true|false|null)|([^"\d\-tfn]+|.)/g;

/** The parts of one row; a string that goes on in the next row is a sign like any other. */
export function jsonTokens(text: string): readonly Token[] {
  return Array.from(text.matchAll(TOKEN), ([whole, string, colon, number, word]): Token => {
    if (string !== undefined) return { kind: colon === undefined ? 'string' : 'key', text: whole };
    if (number !== undefined) return { kind: 'number', text: whole };
    return { kind: word === undefined ? 'sign' : 'word', text: whole };
  });
}
