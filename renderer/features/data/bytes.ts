/*
 * Keys and values are bytes. They come as base64, and are shown as text only where they are text.
 */

export function decodeBase64(base64: string): Uint8Array {
  const binary = atob(base64);
  // A loop: a function called for each byte would take most of the time that a large value takes.
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** Signs that are turned at once: an argument list has a limit. */
const STEP = 0x8000;

export function encodeBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += STEP) {
    binary += String.fromCharCode(...bytes.subarray(at, at + STEP));
  }
  return btoa(binary);
}

export function encodeText(text: string): string {
  return encodeBase64(new TextEncoder().encode(text));
}

/** The text that the bytes are in UTF-8, or null; of cut bytes the last sign may be incomplete. */
export function textOf(bytes: Uint8Array, isCut = false): string | null {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return decoder.decode(bytes, { stream: isCut });
  } catch {
    // Not UTF-8: it is shown as bytes.
    return null;
  }
}

/** Text on one line: what hides, breaks lines or turns the direction is seen as an escape. */
export function visibleText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu, (sign) => {
    const named = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[sign];
    const code = sign.codePointAt(0) ?? 0;
    if (named !== undefined) return named;
    return code < 256 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`;
  });
}

/** A key or the start of a value on one line, whatever its bytes. */
export function visibleBytes(bytes: Uint8Array, isCut = false): string {
  const text = textOf(bytes, isCut);
  if (text !== null) return visibleText(text);
  return Array.from(bytes, (byte) => {
    const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x5c;
    return isPlain ? String.fromCharCode(byte) : `\\x${hex(byte, 2)}`;
  }).join('');
}

export function shownKey(key: string): string {
  const shown = visibleBytes(decodeBase64(key));
  if (shown === '') return '(empty key)';
  // Spaces at its ends would not be seen.
  return shown.trim() === shown ? shown : `"${shown}"`;
}

/** What the value looks like from its first bytes. Redis has one word for all of it: string. */
export type Content = 'empty' | 'number' | 'JSON' | 'text' | 'bytes';

export function contentOf(start: Uint8Array, sizeBytes: number): Content {
  if (sizeBytes === 0) return 'empty';
  const isCut = start.length < sizeBytes;
  const text = textOf(start, isCut);
  if (text === null || /[^\P{Cc}\t\n\r]/u.test(text)) return 'bytes';
  if (/^-?\d{1,40}(?:\.\d{1,40})?$/.test(text) && !isCut) return 'number';
  if (!/^\s*[[{]/.test(text)) return 'text';
  return isCut || isJson(text) ? 'JSON' : 'text';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Text that begins like it.
    return false;
  }
}

export function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
