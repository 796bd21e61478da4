import { CommandBatch } from './command-batch.ts';
import { encodeCommand } from './command-writer.ts';
import { splitInline } from './inline.ts';
import { REQUEST_LIMITS, type RequestLimits } from './request-limits.ts';

const CR = 13;
const LF = 10;
const ASTERISK = 42;
const DOLLAR = 36;
const ZERO = 48;

const INT_MAX = 2 ** 31 - 1;
/**
 * Own memory above this is given back as soon as it is empty; most connections need none at all.
 */
const KEPT_BYTES_MAX = 16 * 1024;
const KEPT_ARGS_MAX = 4096;

/** Results of reading a length line; lengths themselves are 0 or more. */
const NOT_YET = -1;
const FAILED = -2;
const NEGATIVE = -3;

type Outcome = 'command' | 'skipped' | 'incomplete' | 'failed';

const EMPTY = new Uint8Array(0);

/**
 * An incremental parser of requests: arrays of bulk strings and inline commands.
 *
 * Use: `feed` a chunk, take batches with `next` until it is null, look at `error`, then `detach`.
 * Commands are parsed in place in the chunk; only what is incomplete at its end is copied, in
 * `detach`. It may be resumed at any byte: how a stream is cut into chunks never changes the
 * result.
 *
 * Errors have Redis's own texts. Two checks are stricter than Redis: a bulk string must be followed
 * by CRLF, and so must every count and length.
 *
 * Source: RESP specification; Redis's `processMultibulkBuffer` and `processInlineBuffer` for which
 * input is which error.
 */
export class RequestParser {
  /** Why the stream cannot be parsed any further, as the text of an error reply; else null. */
  error: string | null = null;

  readonly #batch = new CommandBatch();
  #limits: RequestLimits;
  #argsMax = 0;
  #bulkBytesMax = 0;

  #bytes: Uint8Array = EMPTY;
  /** `#bytes` is our own memory, whose capacity may be larger than `#end`. */
  #own = false;
  #end = 0;
  #cursor = 0;
  /** Where the command being parsed begins. */
  #commandStart = 0;
  /** Arguments the command being parsed still lacks; -1 before its count is known. */
  #argsWanted = -1;
  /** Length of the bulk string at the cursor; -1 before it is known. */
  #bulkLength = -1;
  /** No line end was found before this offset; a long line is not searched twice. */
  #lineSearched = 0;
  /** Where to go on after a length line that `#readLength` has read. */
  #afterLine = 0;

  constructor(limits: RequestLimits = REQUEST_LIMITS) {
    this.#limits = limits;
    this.setLimits(limits);
  }

  /** Replaces the limits; they hold from the next argument on. */
  setLimits(limits: RequestLimits): void {
    this.#limits = limits;
    this.#argsMax = Math.min(limits.argsMax, limits.unauthenticated?.argsMax ?? limits.argsMax);
    this.#bulkBytesMax = Math.min(
      limits.bulkBytesMax,
      limits.unauthenticated?.bulkBytesMax ?? limits.bulkBytesMax,
    );
  }

  /** Bytes received that belong to no complete command yet. */
  get pendingBytes(): number {
    return this.#end - this.#commandStart;
  }

  /**
   * Takes the next bytes of the stream. The parser reads them in place, so they must not change
   * before `detach`. Of a Buffer a plain view is taken: a Buffer's `slice` shares memory, and whoever
   * copies an argument with `slice` must get a copy.
   */
  feed(chunk: Uint8Array): void {
    if (this.pendingBytes === 0) {
      this.#batch.forgetCommands(0);
      this.#bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
      this.#own = false;
      this.#end = chunk.length;
      this.#cursor = 0;
      this.#commandStart = 0;
      this.#lineSearched = 0;
      return;
    }
    this.#keepRest(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * The next complete commands, at most `commandsMax` of them, or null when more bytes are needed
   * or `error` is set. Commands in front of an error are handed out first. The batch is valid until
   * the next call of any method here.
   */
  next(commandsMax: number): CommandBatch | null {
    const batch = this.#batch;
    batch.forgetCommands(0);
    batch.bytes = this.#bytes;
    if (this.error !== null) return null;
    batch.start = this.#commandStart;
    while (batch.count < commandsMax) {
      if (this.#cursor >= this.#end) break;
      const inCommand = this.#argsWanted >= 0;
      if (!inCommand && this.#bytes[this.#cursor] !== ASTERISK) {
        if (batch.count > 0) break;
        const outcome = this.#parseInline();
        if (outcome === 'command') return batch;
        if (outcome !== 'skipped') return null;
        continue;
      }
      const outcome = inCommand ? this.#parseArguments() : this.#parseArray();
      if (outcome === 'command') continue;
      if (outcome !== 'skipped' || batch.count > 0) break;
      batch.start = this.#commandStart;
    }
    return batch.count > 0 ? batch : null;
  }

  /** Copies what is not yet parsed, so that the memory of the last chunk may be used again. */
  detach(): void {
    if (this.pendingBytes > 0 && this.error === null) {
      if (!this.#own) this.#keepRest(0);
      return;
    }
    this.#batch.forgetCommands(0);
    this.#batch.shrink(KEPT_ARGS_MAX);
    if (!this.#own || this.#bytes.length > KEPT_BYTES_MAX) {
      this.#bytes = EMPTY;
      this.#own = true;
    }
    this.#batch.bytes = this.#bytes;
    this.#end = 0;
    this.#cursor = 0;
    this.#commandStart = 0;
    this.#lineSearched = 0;
  }

  #parseArray(): Outcome {
    const count = this.#readLength(this.#cursor, 'too big mbulk count string', INVALID_COUNT);
    if (count === NOT_YET) return 'incomplete';
    if (count === FAILED) return 'failed';
    if (count > this.#argsMax) {
      const tooMany = count > INT_MAX || count > this.#limits.argsMax;
      return this.#fail(tooMany ? INVALID_COUNT : 'unauthenticated multibulk length');
    }
    this.#cursor = this.#afterLine;
    this.#lineSearched = this.#afterLine;
    if (count <= 0) {
      // Redis takes an array without elements as no command at all, and answers nothing.
      this.#commandStart = this.#cursor;
      return 'skipped';
    }
    this.#argsWanted = count;
    return this.#parseArguments();
  }

  #parseArguments(): Outcome {
    const bytes = this.#bytes;
    const end = this.#end;
    const batch = this.#batch;
    let cursor = this.#cursor;
    let wanted = this.#argsWanted;
    let length = this.#bulkLength;
    while (wanted > 0) {
      if (length < 0) {
        length = this.#readBulkHeader(cursor);
        if (length < 0) {
          this.#cursor = cursor;
          this.#argsWanted = wanted;
          this.#bulkLength = -1;
          return length === NOT_YET ? 'incomplete' : 'failed';
        }
        cursor = this.#afterLine;
      }
      const stop = cursor + length;
      if (stop + 2 > end) {
        this.#cursor = cursor;
        this.#argsWanted = wanted;
        this.#bulkLength = length;
        return 'incomplete';
      }
      if (bytes[stop] !== CR || bytes[stop + 1] !== LF) return this.#fail(INVALID_BULK);
      batch.addArg(cursor, stop);
      cursor = stop + 2;
      length = -1;
      wanted--;
    }
    this.#bulkLength = -1;
    this.#argsWanted = -1;
    this.#cursor = cursor;
    this.#commandStart = cursor;
    this.#lineSearched = cursor;
    batch.endCommand(cursor);
    return 'command';
  }

  /** Reads `$<length>` at `start`: the length, NOT_YET or FAILED. */
  #readBulkHeader(start: number): number {
    if (start >= this.#end) return NOT_YET;
    const first = this.#bytes[start] ?? 0;
    if (first !== DOLLAR) {
      this.#fail(`expected '$', got '${printable(first)}'`);
      return FAILED;
    }
    const length = this.#readLength(start, 'too big bulk count string', INVALID_BULK);
    if (length === NEGATIVE) {
      this.#fail(INVALID_BULK);
      return FAILED;
    }
    if (length < 0) return length;
    if (length > this.#bulkBytesMax) {
      const tooLong = length > this.#limits.bulkBytesMax;
      this.#fail(tooLong ? INVALID_BULK : 'unauthenticated bulk length');
      return FAILED;
    }
    const commandBytes = this.#afterLine - this.#commandStart + length + 2;
    if (commandBytes > this.#limits.commandBytesMax) {
      this.#fail(`command is larger than ${this.#limits.commandBytesMax} bytes`);
      return FAILED;
    }
    this.#lineSearched = this.#afterLine;
    return length;
  }

  /**
   * Reads the number after the type byte at `start` up to CRLF and sets `#afterLine`: the number,
   * NEGATIVE for any below 0, NOT_YET or FAILED.
   */
  #readLength(start: number, tooBig: string, invalid: string): number {
    // The fast path: up to nine digits without sign or leading zero, and CRLF, all of it here.
    const bytes = this.#bytes;
    const end = this.#end;
    const firstDigit = start + 1;
    let at = firstDigit;
    let value = 0;
    while (at < end && at - firstDigit < 10) {
      const digit = (bytes[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      at++;
    }
    const digits = at - firstDigit;
    if (at + 1 < end && digits > 0 && digits < 10 && bytes[at] === CR && bytes[at + 1] === LF) {
      if (digits === 1 || bytes[firstDigit] !== ZERO) {
        this.#afterLine = at + 2;
        return value;
      }
    }
    return this.#readUnusualLength(start, tooBig, invalid);
  }

  #readUnusualLength(start: number, tooBig: string, invalid: string): number {
    const bytes = this.#bytes;
    const from = Math.max(start, this.#lineSearched);
    const lineMax = start + this.#limits.lineBytesMax;
    const cr = indexOfByte(bytes, CR, from, this.#end);
    if (cr < 0 ? this.#end > lineMax : cr > lineMax) {
      this.#fail(tooBig);
      return FAILED;
    }
    if (cr < 0 || cr + 1 >= this.#end) {
      this.#lineSearched = cr < 0 ? this.#end : cr;
      return NOT_YET;
    }
    const value = bytes[cr + 1] === LF ? readInteger(bytes, start + 1, cr) : null;
    if (value === null) {
      this.#fail(invalid);
      return FAILED;
    }
    this.#afterLine = cr + 2;
    return value < 0 ? NEGATIVE : value;
  }

  #parseInline(): Outcome {
    const bytes = this.#bytes;
    const start = this.#cursor;
    const lf = indexOfByte(bytes, LF, Math.max(start, this.#lineSearched), this.#end);
    const lineMax = start + this.#limits.lineBytesMax;
    if (lf < 0 ? this.#end > lineMax : lf > lineMax) return this.#fail('too big inline request');
    if (lf < 0) {
      this.#lineSearched = this.#end;
      return 'incomplete';
    }
    const words = splitInline(bytes, start, lf > start && bytes[lf - 1] === CR ? lf - 1 : lf);
    if (words === null) return this.#fail('unbalanced quotes in request');
    this.#cursor = lf + 1;
    this.#commandStart = lf + 1;
    this.#lineSearched = lf + 1;
    const batch = this.#batch;
    if (words.length === 0) {
      batch.start = lf + 1;
      return 'skipped';
    }
    fillInline(batch, words);
    return 'command';
  }

  #fail(text: string): 'failed' {
    this.error = `ERR Protocol error: ${text}`;
    return 'failed';
  }

  /**
   * Moves what is not yet parsed to the front of our own memory, with `room` free bytes after it.
   */
  #keepRest(room: number): void {
    const shift = this.#commandStart;
    const kept = this.#end - shift;
    const needed = kept + room;
    this.#batch.forgetCommands(shift);
    if (this.#own && needed <= this.#bytes.length) {
      if (shift > 0) this.#bytes.copyWithin(0, shift, this.#end);
    } else {
      const memory = new Uint8Array(this.#capacityFor(needed, shift));
      memory.set(this.#bytes.subarray(shift, this.#end));
      this.#bytes = memory;
      this.#own = true;
    }
    this.#end = kept;
    this.#cursor -= shift;
    this.#commandStart = 0;
    this.#lineSearched = Math.max(0, this.#lineSearched - shift);
  }

  /**
   * How much memory to take for `needed` bytes. As much as the bulk string at hand will need, but at
   * most four times what has come: a length that is only promised must cost its sender something.
   */
  #capacityFor(needed: number, shift: number): number {
    if (!this.#own) return needed;
    const whole = this.#bulkLength < 0 ? 0 : this.#cursor - shift + this.#bulkLength + 2;
    const grown = whole > needed ? Math.min(whole, needed * 4) : this.#bytes.length * 2;
    return Math.max(needed, grown);
  }
}

const INVALID_COUNT = 'invalid multibulk length';
const INVALID_BULK = 'invalid bulk length';

/** Rewrites an inline command to an array, so that all that follows knows only one form. */
function fillInline(batch: CommandBatch, words: readonly Uint8Array[]): void {
  const bytes = encodeCommand(words);
  batch.bytes = bytes;
  batch.start = 0;
  batch.inline = true;
  // Found from the end: each word is followed by CRLF, and the next word's header comes after it.
  let at = bytes.length;
  const ends: number[] = [];
  for (let i = words.length - 1; i >= 0; i--) {
    const length = words[i]?.length ?? 0;
    ends[i] = at - 2;
    at -= 2 + length + 3 + String(length).length;
  }
  for (const [i, word] of words.entries()) {
    const end = ends[i] ?? 0;
    batch.addArg(end - word.length, end);
  }
  batch.endCommand(bytes.length);
}

/**
 * A decimal integer that fits 64 bits, as strictly as Redis reads one: no sign but `-`, no leading
 * zero, no space. Null for anything else.
 */
function readInteger(bytes: Uint8Array, start: number, end: number): number | null {
  if (end - start > 20) return null;
  const text = String.fromCharCode(...bytes.subarray(start, end));
  if (!/^(?:0|-?[1-9][0-9]*)$/.test(text)) return null;
  const value = BigInt(text);
  return BigInt.asIntN(64, value) === value ? Number(value) : null;
}

/** A byte as an error text shows it. */
function printable(byte: number): string {
  if (byte >= 32 && byte < 127) return String.fromCharCode(byte);
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

function indexOfByte(bytes: Uint8Array, byte: number, from: number, end: number): number {
  const at = bytes.indexOf(byte, from);
  return at < end ? at : -1;
}
