import { REPLY_LIMITS, type ReplyLimits } from './reply-limits.ts';

const CR = 13;
const LF = 10;
const MINUS = 45;
const ASTERISK = 42;
const DOLLAR = 36;
const COLON = 58;

/**
 * Follows the framing of a RESP2 stream and says when a message exceeds its limits, or is no RESP
 * at all, before a parser that has neither limits nor checks (npm `redis-parser`) sees the bytes.
 *
 * A chunk that passes holds only lengths, counts and line ends that are well formed, so that such a
 * parser can neither be made to reserve memory, nor to recurse deeply, nor to lose its place.
 */
export class ReplyGuard {
  /** Bytes of the chunk looked at last up to the end of its last whole message; 0 without one. */
  wholeBytes = 0;
  readonly #limits: ReplyLimits;
  /** Type bytes that may begin an element. */
  readonly #types: ReadonlySet<number>;
  /** Bytes of the bulk string at hand that are still to come, its CRLF included; -1 outside one. */
  #bulkLeft = -1;
  /** Type byte of the line at hand; 0 between elements. */
  #type = 0;
  #lineBytes = 0;
  #value = 0;
  #negative = false;
  #afterCr = false;
  /** Per array around the position: elements still to come. */
  readonly #open: number[] = [];
  #messageBytes = 0;

  /** @param types the type bytes to let through; arrays of bulk strings are `*$` */
  constructor(limits: ReplyLimits = REPLY_LIMITS, types = '+-:$*') {
    this.#limits = limits;
    this.#types = new Set(Array.from(types, (type) => type.charCodeAt(0)));
  }

  /** True while no part of a message is missing: what comes next begins one. */
  get isBetweenMessages(): boolean {
    return this.#messageBytes === 0;
  }

  /** Looks at the next chunk: null when it is good, else what is wrong with it. */
  check(chunk: Uint8Array): string | null {
    let at = 0;
    this.wholeBytes = 0;
    while (at < chunk.length) {
      if (this.#bulkLeft >= 0) {
        const fault = this.#checkBulk(chunk, at);
        if (fault !== null) return fault;
        const taken = Math.min(this.#bulkLeft, chunk.length - at);
        at += taken;
        this.#bulkLeft -= taken;
        if (this.#bulkLeft === 0) {
          this.#bulkLeft = -1;
          this.#endElement();
          if (this.#messageBytes === 0) this.wholeBytes = at;
        }
        continue;
      }
      const fault = this.#checkByte(chunk[at] ?? 0);
      if (fault !== null) return fault;
      at++;
      if (this.#messageBytes === 0) this.wholeBytes = at;
    }
    return null;
  }

  /** The two bytes after a bulk string must be CRLF. */
  #checkBulk(chunk: Uint8Array, at: number): string | null {
    const end = at + this.#bulkLeft;
    const crAt = end - 2;
    const lfAt = end - 1;
    if (crAt >= at && crAt < chunk.length && chunk[crAt] !== CR) return BAD_BULK_END;
    if (lfAt < chunk.length && chunk[lfAt] !== LF) return BAD_BULK_END;
    return null;
  }

  #checkByte(byte: number): string | null {
    if (++this.#messageBytes > this.#limits.messageBytesMax) return this.#tooLarge();
    if (this.#type === 0) {
      if (!this.#types.has(byte)) return `unexpected type byte 0x${byte.toString(16)}`;
      this.#type = byte;
      this.#lineBytes = 0;
      this.#value = 0;
      this.#negative = false;
      return null;
    }
    if (this.#afterCr) {
      this.#afterCr = false;
      return byte === LF ? this.#endLine() : 'CR without LF';
    }
    if (byte === CR) {
      this.#afterCr = true;
      return null;
    }
    if (++this.#lineBytes > this.#limits.lineBytesMax) return 'a line is too long';
    return this.#isNumberLine() ? this.#addDigit(byte) : null;
  }

  #isNumberLine(): boolean {
    return this.#type === ASTERISK || this.#type === DOLLAR || this.#type === COLON;
  }

  #addDigit(byte: number): string | null {
    if (byte === MINUS && this.#lineBytes === 1) {
      this.#negative = true;
      return null;
    }
    const digit = byte - 48;
    if (digit < 0 || digit > 9) return 'a number holds something else than digits';
    this.#value = this.#value * 10 + digit;
    return this.#lineBytes > 20 ? 'a number is too long' : null;
  }

  #endLine(): string | null {
    const type = this.#type;
    this.#type = 0;
    const digits = this.#lineBytes - (this.#negative ? 1 : 0);
    if ((type === ASTERISK || type === DOLLAR || type === COLON) && digits === 0) {
      return 'a number is missing';
    }
    if ((type === ASTERISK || type === DOLLAR) && this.#negative) {
      if (this.#value !== 1) return 'a length is negative';
    } else if (type === DOLLAR) {
      if (this.#messageBytes + this.#value + 2 > this.#limits.messageBytesMax) {
        return this.#tooLarge();
      }
      this.#messageBytes += this.#value + 2;
      this.#bulkLeft = this.#value + 2;
      return null;
    } else if (type === ASTERISK && this.#value > 0) {
      return this.#openArray();
    }
    this.#endElement();
    return null;
  }

  #openArray(): string | null {
    if (this.#value > this.#limits.itemsMax) return `an array of ${this.#value} elements`;
    if (this.#open.length >= this.#limits.depthMax) return 'arrays nested too deeply';
    this.#open.push(this.#value);
    return null;
  }

  #endElement(): void {
    for (;;) {
      const left = this.#open.pop();
      if (left === undefined) {
        this.#messageBytes = 0;
        return;
      }
      if (left > 1) {
        this.#open.push(left - 1);
        return;
      }
    }
  }

  #tooLarge(): string {
    return `a message is larger than ${this.#limits.messageBytesMax} bytes`;
  }
}

const BAD_BULK_END = 'a bulk string does not end in CRLF';
