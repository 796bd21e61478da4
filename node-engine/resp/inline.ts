const SPACE = 32;
const DOUBLE_QUOTE = 34;
const SINGLE_QUOTE = 39;
const BACKSLASH = 92;

/**
 * Splits a line as Redis does: words apart by white space, `"…"` with `\n \r \t \b \a \xHH` and
 * `\c` for any other `c`, `'…'` with `\'` only. A closing quote must be followed by white space or
 * the end of the line.
 *
 * One difference: Redis ends the line at a NUL byte; here it is a byte like any other, so that
 * nothing is dropped silently.
 *
 * @param bytes the line is `bytes[start … end)`, without its line end
 * @returns the words, or null when quotes are not balanced
 */
export function splitInline(bytes: Uint8Array, start: number, end: number): Uint8Array[] | null {
  const words: Uint8Array[] = [];
  // No escape makes a word longer, so one piece of memory as long as the line holds all of them.
  const memory = new Uint8Array(end - start);
  let used = 0;
  let at = start;
  for (;;) {
    while (at < end && isSpace(bytes[at])) at++;
    if (at >= end) return words;
    const wordStart = used;
    while (at < end && !isSpace(bytes[at])) {
      const byte = bytes[at] ?? 0;
      if (byte !== DOUBLE_QUOTE && byte !== SINGLE_QUOTE) {
        memory[used++] = byte;
        at++;
        continue;
      }
      const quoted =
        byte === DOUBLE_QUOTE
          ? copyDoubleQuoted(bytes, at + 1, end, memory, used)
          : copySingleQuoted(bytes, at + 1, end, memory, used);
      if (quoted === null) return null;
      at = quoted.next;
      used = quoted.used;
      if (at < end && !isSpace(bytes[at])) return null;
    }
    words.push(memory.subarray(wordStart, used));
  }
}

interface Quoted {
  /** Offset after the closing quote. */
  readonly next: number;
  /** Bytes of the memory in use. */
  readonly used: number;
}

function copyDoubleQuoted(
  bytes: Uint8Array,
  start: number,
  end: number,
  memory: Uint8Array,
  usedBefore: number,
): Quoted | null {
  let used = usedBefore;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === DOUBLE_QUOTE) return { next: at + 1, used };
    if (byte !== BACKSLASH || at + 1 >= end) {
      memory[used++] = byte;
      continue;
    }
    const escaped = bytes[at + 1] ?? 0;
    const high = hexValue(bytes[at + 2]);
    const low = hexValue(bytes[at + 3]);
    if (escaped === 0x78 && at + 3 < end && high >= 0 && low >= 0) {
      memory[used++] = high * 16 + low;
      at += 3;
    } else {
      memory[used++] = unescape(escaped);
      at += 1;
    }
  }
  return null;
}

function copySingleQuoted(
  bytes: Uint8Array,
  start: number,
  end: number,
  memory: Uint8Array,
  usedBefore: number,
): Quoted | null {
  let used = usedBefore;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === SINGLE_QUOTE) return { next: at + 1, used };
    if (byte === BACKSLASH && at + 1 < end && bytes[at + 1] === SINGLE_QUOTE) at++;
    memory[used++] = bytes[at] ?? 0;
  }
  return null;
}

/** What the letter after a backslash stands for. */
function unescape(byte: number): number {
  switch (byte) {
    case 0x6e: // n
      return 10;
    case 0x72: // r
      return 13;
    case 0x74: // t
      return 9;
    case 0x62: // b
      return 8;
    case 0x61: // a
      return 7;
    default:
      return byte;
  }
}

/** White space as C's `isspace`: space, tab, LF, VT, FF, CR. */
function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || (byte !== undefined && byte >= 9 && byte <= 13);
}

function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
