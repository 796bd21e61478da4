/*
 * UTF-8 by hand: the pure folders know neither TextEncoder nor Buffer. A lone surrogate becomes
 * U+FFFD, and so does every byte that is not UTF-8, as in the Encoding standard.
 */

const REPLACEMENT = 0xfffd;

/** Number of bytes of `text` as UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) {
      bytes += 1;
    } else if (isPair(text, i)) {
      // Two units become four bytes.
      bytes += 2;
      i++;
    } else {
      bytes += 2;
    }
  }
  return bytes;
}

/**
 * Writes `text` as UTF-8 into `target` at `offset`, where `utf8Length(text)` bytes must be free.
 *
 * @returns the offset after the last byte written
 */
export function writeUtf8(text: string, target: Uint8Array, offset: number): number {
  let at = offset;
  for (let i = 0; i < text.length; i++) {
    let point = text.charCodeAt(i);
    if (point < 0x80) {
      target[at++] = point;
      continue;
    }
    if (point >= 0xd800 && point <= 0xdfff) {
      if (isPair(text, i)) {
        point = 0x10000 + ((point - 0xd800) << 10) + (text.charCodeAt(i + 1) - 0xdc00);
        i++;
      } else {
        point = REPLACEMENT;
      }
    }
    if (point < 0x800) {
      target[at++] = 0xc0 | (point >> 6);
    } else if (point < 0x10000) {
      target[at++] = 0xe0 | (point >> 12);
      target[at++] = 0x80 | ((point >> 6) & 0x3f);
    } else {
      target[at++] = 0xf0 | (point >> 18);
      target[at++] = 0x80 | ((point >> 12) & 0x3f);
      target[at++] = 0x80 | ((point >> 6) & 0x3f);
    }
    target[at++] = 0x80 | (point & 0x3f);
  }
  return at;
}

/** `text` as UTF-8. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  writeUtf8(text, bytes, 0);
  return bytes;
}

/** The text of UTF-8 bytes `start … end`; bytes that are not UTF-8 become U+FFFD. */
export function decodeUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = '';
  let codes: number[] = [];
  for (let at = start; at < end;) {
    const first = bytes[at] ?? 0;
    if (first < 0x80) {
      codes.push(first);
      at++;
    } else {
      const size = sequenceSize(bytes, at, end);
      codes.push(size > 0 ? codePoint(bytes, at, size) : REPLACEMENT);
      at += Math.abs(size);
    }
    if (codes.length === 1024) {
      // Not all at once: every code becomes an argument on the stack.
      text += String.fromCodePoint(...codes);
      codes = [];
    }
  }
  return text + String.fromCodePoint(...codes);
}

function isPair(text: string, i: number): boolean {
  const high = text.charCodeAt(i);
  if (high < 0xd800 || high > 0xdbff || i + 1 >= text.length) return false;
  const low = text.charCodeAt(i + 1);
  return low >= 0xdc00 && low <= 0xdfff;
}

/**
 * Bytes of the sequence at `at`; negative: that many bytes are not UTF-8 and stand for one U+FFFD.
 */
function sequenceSize(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] ?? 0;
  const size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (size === 0) return -1;
  for (let i = 1; i < size; i++) {
    const next = at + i < end ? (bytes[at + i] ?? 0) : 0;
    // The second byte is bounded further: no overlong forms, no surrogates, nothing past U+10FFFF.
    const low = i > 1 ? 0x80 : first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const high = i > 1 ? 0xbf : first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    if (next < low || next > high) return -i;
  }
  return size;
}

function codePoint(bytes: Uint8Array, at: number, size: number): number {
  let point = (bytes[at] ?? 0) & (0xff >> (size + 1));
  for (let i = 1; i < size; i++) {
    point = (point << 6) | ((bytes[at + i] ?? 0) & 0x3f);
  }
  return point;
}
