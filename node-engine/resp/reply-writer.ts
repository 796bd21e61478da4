import { writeDigits, writeHeader } from './command-writer.ts';
import { utf8Length, writeUtf8 } from './utf8.ts';
import { OK, type Reply } from './value.ts';

/** Which version of the protocol a connection speaks; `HELLO` changes it. */
export type ProtocolVersion = 2 | 3;

const CR = 13;
const LF = 10;
const PLUS = 43;
const MINUS = 45;
const COLON = 58;
const DOLLAR = 36;
const ASTERISK = 42;
const COMMA = 44;
const EQUALS = 61;
const PERCENT = 37;
const TILDE = 126;
const GREATER = 62;
const HASH = 35;
const UNDERSCORE = 95;
const PARENTHESIS = 40;

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** Longest header line: type byte, sixteen digits, CRLF. */
const HEADER_BYTES_MAX = 19;
/** Below this a loop is cheaper than a call of `set`. */
const LOOP_BYTES_MAX = 48;

/** Makes memory for replies. A Node caller passes `Buffer.allocUnsafeSlow`. */
export type Allocate = (sizeBytes: number) => Uint8Array;

/**
 * Writes replies one after another into memory that grows as needed.
 *
 * A reply can never break the stream it is written to: CR and LF in simple strings and errors
 * become spaces, and a number that is not a safe integer is written as a double.
 *
 * Source: RESP specification (RESP2 and RESP3).
 */
export class ReplyWriter {
  /** The protocol version of the replies to come. */
  protocol: ProtocolVersion = 2;
  #bytes: Uint8Array;
  #length = 0;
  readonly #allocate: Allocate;

  constructor(capacity = 1024, allocate: Allocate = (size) => new Uint8Array(size)) {
    this.#allocate = allocate;
    this.#bytes = allocate(Math.max(capacity, 64));
  }

  /** Bytes written and not yet cleared. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of memory held. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** A view of everything written; valid until the next call of another method. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets what was written; the memory is used again. */
  clear(): void {
    this.#length = 0;
  }

  /**
   * Hands over what was written, with its memory, and starts with `capacity` bytes of new memory.
   */
  take(capacity: number): Uint8Array {
    const view = this.view();
    this.#bytes = this.#allocate(capacity);
    this.#length = 0;
    return view;
  }

  /** Appends bytes that are RESP already. */
  writeRaw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#append(bytes);
  }

  /** Appends one reply. */
  write(reply: Reply): void {
    if (reply === OK) this.writeRaw(OK_BYTES);
    else if (typeof reply === 'number') this.#writeNumber(reply);
    else if (typeof reply === 'string') this.#writeBulkText(DOLLAR, '', reply);
    else if (reply === null) this.writeRaw(this.protocol === 2 ? NULL_RESP2 : NULL_RESP3);
    else if (reply instanceof Uint8Array) this.#writeBulk(reply);
    else if (typeof reply === 'boolean') this.#writeBoolean(reply);
    else if (typeof reply === 'bigint') this.#writeBigint(reply);
    else if (isArray(reply)) this.#writeItems(ASTERISK, reply);
    else this.#writeTagged(reply);
  }

  #writeTagged(reply: TaggedReply): void {
    const resp3 = this.protocol === 3;
    switch (reply.type) {
      case 'simple':
        this.#writeLine(PLUS, reply.text);
        break;
      case 'error':
        this.#writeLine(MINUS, reply.text);
        break;
      case 'map':
        this.#writeHeader(resp3 ? PERCENT : ASTERISK, reply.entries.length * (resp3 ? 1 : 2));
        for (const [key, value] of reply.entries) {
          this.write(key);
          this.write(value);
        }
        break;
      case 'set':
        this.#writeItems(resp3 ? TILDE : ASTERISK, reply.items);
        break;
      case 'push':
        this.#writeItems(resp3 ? GREATER : ASTERISK, reply.items);
        break;
      case 'verbatim':
        this.#writeBulkText(resp3 ? EQUALS : DOLLAR, resp3 ? 'txt:' : '', reply.text);
        break;
      case 'double':
        this.#writeDouble(reply.value);
        break;
      case 'raw':
        this.writeRaw(reply.bytes);
        break;
    }
  }

  #writeItems(type: number, items: readonly Reply[]): void {
    this.#writeHeader(type, items.length);
    for (const item of items) this.write(item);
  }

  #writeHeader(type: number, count: number): void {
    this.#reserve(HEADER_BYTES_MAX);
    this.#length = writeHeader(type, count, this.#bytes, this.#length);
  }

  #writeBulk(bytes: Uint8Array): void {
    this.#reserve(HEADER_BYTES_MAX + bytes.length + 2);
    this.#length = writeHeader(DOLLAR, bytes.length, this.#bytes, this.#length);
    this.#append(bytes);
    this.#endLine();
  }

  #writeBulkText(type: number, prefix: string, text: string): void {
    const size = prefix.length + utf8Length(text);
    this.#reserve(HEADER_BYTES_MAX + size + 2);
    this.#length = writeHeader(type, size, this.#bytes, this.#length);
    this.#length = writeUtf8(prefix, this.#bytes, this.#length);
    this.#length = writeUtf8(text, this.#bytes, this.#length);
    this.#endLine();
  }

  #writeLine(type: number, text: string): void {
    this.#reserve(1 + utf8Length(text) + 2);
    const start = this.#length;
    this.#bytes[start] = type;
    this.#length = writeUtf8(text, this.#bytes, start + 1);
    for (let at = start + 1; at < this.#length; at++) {
      const byte = this.#bytes[at];
      if (byte === CR || byte === LF) this.#bytes[at] = 32;
    }
    this.#endLine();
  }

  #writeNumber(value: number): void {
    if (!Number.isSafeInteger(value)) {
      this.#writeDouble(value);
      return;
    }
    this.#reserve(HEADER_BYTES_MAX + 1);
    this.#bytes[this.#length++] = COLON;
    if (value < 0) this.#bytes[this.#length++] = MINUS;
    this.#length = writeDigits(Math.abs(value), this.#bytes, this.#length);
    this.#endLine();
  }

  #writeBigint(value: bigint): void {
    if (value >= INT64_MIN && value <= INT64_MAX) this.#writeLine(COLON, value.toString());
    else if (this.protocol === 3) this.#writeLine(PARENTHESIS, value.toString());
    else this.#writeBulkText(DOLLAR, '', value.toString());
  }

  #writeBoolean(value: boolean): void {
    if (this.protocol === 2) this.#writeNumber(value ? 1 : 0);
    else this.#writeLine(HASH, value ? 't' : 'f');
  }

  #writeDouble(value: number): void {
    const text = formatDouble(value);
    if (this.protocol === 3) this.#writeLine(COMMA, text);
    else this.#writeBulkText(DOLLAR, '', text);
  }

  #append(bytes: Uint8Array): void {
    const length = bytes.length;
    if (length > LOOP_BYTES_MAX) {
      this.#bytes.set(bytes, this.#length);
    } else {
      const target = this.#bytes;
      const offset = this.#length;
      for (let i = 0; i < length; i++) target[offset + i] = bytes[i] ?? 0;
    }
    this.#length += length;
  }

  #endLine(): void {
    this.#bytes[this.#length] = CR;
    this.#bytes[this.#length + 1] = LF;
    this.#length += 2;
  }

  #reserve(sizeBytes: number): void {
    const needed = this.#length + sizeBytes;
    if (needed <= this.#bytes.length) return;
    const larger = this.#allocate(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.view());
    this.#bytes = larger;
  }
}

/** One reply as bytes of its own. */
export function encodeReply(reply: Reply, protocol: ProtocolVersion): Uint8Array {
  const writer = new ReplyWriter(64);
  writer.protocol = protocol;
  writer.write(reply);
  return writer.view();
}

/** A double as RESP3 and Redis write it: `1.5`, `inf`, `-inf`, `nan`. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

type TaggedReply = Extract<Reply, { readonly type: string }>;

function isArray(reply: readonly Reply[] | TaggedReply): reply is readonly Reply[] {
  return Array.isArray(reply);
}

const OK_BYTES = Uint8Array.of(PLUS, 79, 75, CR, LF);
const NULL_RESP2 = Uint8Array.of(DOLLAR, MINUS, 49, CR, LF);
const NULL_RESP3 = Uint8Array.of(UNDERSCORE, CR, LF);
