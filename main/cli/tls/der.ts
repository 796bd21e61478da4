/*
 * The few forms of DER (ITU-T X.690) that a certificate is made of. Each function gives the whole
 * element: tag, length, content.
 */

const TAG_BOOLEAN = 0x01;
const TAG_INTEGER = 0x02;
const TAG_BIT_STRING = 0x03;
const TAG_OCTET_STRING = 0x04;
const TAG_OBJECT_ID = 0x06;
const TAG_UTF8_STRING = 0x0c;
const TAG_SEQUENCE = 0x30;
const TAG_SET = 0x31;
const TAG_UTC_TIME = 0x17;
const TAG_GENERALIZED_TIME = 0x18;
const TAG_CONTEXT = 0x80;
const CONSTRUCTED = 0x20;

/** X.509 writes years up to this one with two digits (RFC 5280 §4.1.2.5). */
const UTC_TIME_YEAR_MAX = 2049;

function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.concat([Buffer.of(tag, 0x80 | bytes.length, ...bytes), content]);
}

/** Several elements in order. */
export function sequence(...elements: readonly Uint8Array[]): Buffer {
  return element(TAG_SEQUENCE, ...elements);
}

/** A set of one element. */
export function setOf(only: Uint8Array): Buffer {
  return element(TAG_SET, only);
}

/** A whole number that is not negative, from its bytes, the highest first. */
export function integer(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const short = bytes.subarray(start);
  const isNegative = ((short[0] ?? 0) & 0x80) !== 0;
  return element(TAG_INTEGER, ...(isNegative ? [Buffer.of(0)] : []), short);
}

/** TRUE. */
export function yes(): Buffer {
  return element(TAG_BOOLEAN, Buffer.of(0xff));
}

/** @param text such as 1.2.840.10045.4.3.2 */
export function objectId(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [40 * first + second];
  for (const arc of rest) {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      digits.unshift(0x80 | (left % 128));
    }
    bytes.push(...digits);
  }
  return element(TAG_OBJECT_ID, Buffer.from(bytes));
}

/** A text. */
export function utf8String(text: string): Buffer {
  return element(TAG_UTF8_STRING, Buffer.from(text, 'utf8'));
}

/** Bytes. */
export function octetString(bytes: Uint8Array): Buffer {
  return element(TAG_OCTET_STRING, bytes);
}

/** Bits; `unused` of the last byte do not count. */
export function bitString(bytes: Uint8Array, unused = 0): Buffer {
  return element(TAG_BIT_STRING, Buffer.of(unused), bytes);
}

/** A moment, to the second. */
export function time(when: Date): Buffer {
  const digits = when.toISOString().replace(/[-:T]|\.\d+/g, '');
  if (when.getUTCFullYear() > UTC_TIME_YEAR_MAX) {
    return element(TAG_GENERALIZED_TIME, Buffer.from(digits, 'latin1'));
  }
  return element(TAG_UTC_TIME, Buffer.from(digits.slice(2), 'latin1'));
}

/** An element tagged by its place, with other elements inside. */
export function explicit(number: number, ...elements: readonly Uint8Array[]): Buffer {
  return element(TAG_CONTEXT | CONSTRUCTED | number, ...elements);
}

/** An element tagged by its place, with bytes inside. */
export function implicit(number: number, bytes: Uint8Array): Buffer {
  return element(TAG_CONTEXT | number, bytes);
}
