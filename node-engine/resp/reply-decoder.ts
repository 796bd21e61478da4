import { REPLY_LIMITS, type ReplyLimits } from './reply-limits.ts';
import { decodeUtf8 } from './utf8.ts';
import { errorReply, type Reply } from './value.ts';

const CR = 13;
const LF = 10;
/** Memory beyond this is given back once nothing is waiting in it. */
const KEPT_BYTES_MAX = 256 * 1024;

/** An aggregate whose elements are not all here. */
interface OpenAggregate {
  readonly type: AggregateType;
  /** Elements still to come; a map has two per entry. */
  left: number;
  readonly items: Reply[];
}

type AggregateType = '*' | '~' | '>' | '%' | '|';
type BulkType = '$' | '!' | '=';

/** Nothing complete yet; it cannot be `null`, which is a reply. */
const INCOMPLETE = Symbol('incomplete');
type Decoded = Reply | typeof INCOMPLETE;

/**
 * An incremental decoder of replies, RESP2 and RESP3: every type, pushes and attributes.
 *
 * Use: `feed` a chunk, take replies with `next` until it is undefined, then look at `error`. What
 * it returns is the caller's own: nothing refers to the chunk. Text lines become strings; bulk
 * strings stay bytes. An integer that is not a safe integer becomes a bigint.
 *
 * Source: RESP specification. Not understood, and an error: streamed strings and aggregates (`$?`),
 * which no server sends.
 */
export class ReplyDecoder {
  /** Why the stream cannot be decoded any further; else null. */
  error: string | null = null;
  /** The attributes in front of the reply that `next` returned last; else null. */
  attributes: readonly (readonly [Reply, Reply])[] | null = null;

  readonly #limits: ReplyLimits;
  #bytes: Uint8Array = new Uint8Array(0);
  #cursor = 0;
  #end = 0;
  readonly #open: OpenAggregate[] = [];
  /** The bulk string whose header was read. */
  #bulk: { readonly type: BulkType; readonly length: number } | null = null;
  #lineSearched = 0;
  /** The bytes at hand do not suffice. */
  #waiting = false;
  #messageBytes = 0;
  #nextAttributes: readonly (readonly [Reply, Reply])[] | null = null;

  constructor(limits: ReplyLimits = REPLY_LIMITS) {
    this.#limits = limits;
  }

  /** Takes the next bytes of the stream; they are copied. */
  feed(chunk: Uint8Array): void {
    const kept = this.#end - this.#cursor;
    const needed = kept + chunk.length;
    if (needed > this.#bytes.length || (kept === 0 && this.#bytes.length > KEPT_BYTES_MAX)) {
      const larger = new Uint8Array(kept === 0 ? needed : Math.max(needed, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(this.#cursor, this.#end));
      this.#bytes = larger;
    } else if (this.#cursor > 0) {
      // Not when nothing moves: of a large reply every chunk would copy all that came before it.
      this.#bytes.copyWithin(0, this.#cursor, this.#end);
    }
    this.#bytes.set(chunk, kept);
    this.#lineSearched -= this.#cursor;
    this.#cursor = 0;
    this.#end = needed;
  }

  /** The next whole reply, or undefined when more bytes are needed or `error` is set. */
  next(): Reply | undefined {
    while (this.error === null) {
      const element = this.#bulk === null ? this.#readLine() : this.#readBulk();
      if (this.#waiting) {
        this.#waiting = false;
        return undefined;
      }
      if (element === INCOMPLETE) continue;
      const reply = this.#placed(element);
      if (reply === INCOMPLETE) continue;
      this.#messageBytes = 0;
      this.attributes = this.#nextAttributes;
      this.#nextAttributes = null;
      return reply;
    }
    return undefined;
  }

  #wait(): typeof INCOMPLETE {
    this.#waiting = true;
    return INCOMPLETE;
  }

  #fail(text: string): typeof INCOMPLETE {
    this.error = text;
    return INCOMPLETE;
  }

  /** Counts bytes of the message at hand; false when they are too many. */
  #count(bytes: number): boolean {
    this.#messageBytes += bytes;
    if (this.#messageBytes <= this.#limits.messageBytesMax) return true;
    this.#fail(`a message is larger than ${this.#limits.messageBytesMax} bytes`);
    return false;
  }

  #readLine(): Decoded {
    const start = this.#cursor;
    const from = Math.max(start, this.#lineSearched);
    const found = this.#bytes.indexOf(CR, from);
    const cr = found >= 0 && found < this.#end ? found : -1;
    if ((cr < 0 ? this.#end : cr) - start > this.#limits.lineBytesMax) {
      return this.#fail('a line is too long');
    }
    if (cr < 0 || cr + 1 >= this.#end) {
      this.#lineSearched = cr < 0 ? this.#end : cr;
      return this.#wait();
    }
    if (this.#bytes[cr + 1] !== LF) return this.#fail('CR without LF');
    this.#cursor = cr + 2;
    if (!this.#count(cr + 2 - start)) return INCOMPLETE;
    if (cr === start) return this.#fail('an empty line where a type byte belongs');
    return this.#decodeLine(
      String.fromCharCode(this.#bytes[start] ?? 0),
      decodeUtf8(this.#bytes, start + 1, cr),
    );
  }

  #decodeLine(type: string, text: string): Decoded {
    switch (type) {
      case '+':
        return { type: 'simple', text };
      case '-':
        return errorReply(text);
      case ':':
        return this.#decodeInteger(text);
      case '(':
        return /^-?[0-9]+$/.test(text) ? BigInt(text) : this.#fail('a bad big number');
      case ',':
        return this.#decodeDouble(text);
      case '#':
        if (text === 't') return true;
        return text === 'f' ? false : this.#fail('a bad boolean');
      case '_':
        return text === '' ? null : this.#fail('a bad null');
      case '$':
      case '!':
      case '=':
        return this.#beginBulk(type, text);
      case '*':
      case '~':
      case '>':
      case '%':
      case '|':
        return this.#beginAggregate(type, text);
      default:
        return this.#fail(`unexpected type byte 0x${type.charCodeAt(0).toString(16)}`);
    }
  }

  #decodeInteger(text: string): Decoded {
    if (!/^[+-]?[0-9]{1,20}$/.test(text)) return this.#fail('a bad integer');
    const value = Number(text);
    return Number.isSafeInteger(value) ? value + 0 : BigInt(text.replace('+', ''));
  }

  #decodeDouble(text: string): Decoded {
    const special = DOUBLE_WORDS.get(text);
    if (special !== undefined) return { type: 'double', value: special };
    if (!/^[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?$/.test(text)) {
      return this.#fail('a bad double');
    }
    return { type: 'double', value: Number(text) };
  }

  #beginBulk(type: BulkType, text: string): Decoded {
    if (type === '$' && text === '-1') return null;
    const length = this.#readCount(text);
    if (length === null) return this.#fail('a bad bulk length');
    if (!this.#count(length + 2)) return INCOMPLETE;
    this.#bulk = { type, length };
    return INCOMPLETE;
  }

  #readBulk(): Decoded {
    if (this.#bulk === null) return INCOMPLETE;
    const { type, length } = this.#bulk;
    const start = this.#cursor;
    const stop = start + length;
    if (stop + 2 > this.#end) return this.#wait();
    const bytes = this.#bytes;
    if (bytes[stop] !== CR || bytes[stop + 1] !== LF) {
      return this.#fail('a bulk string does not end in CRLF');
    }
    this.#cursor = stop + 2;
    this.#bulk = null;
    if (type === '$') return bytes.slice(start, stop);
    if (type === '!') return errorReply(decodeUtf8(bytes, start, stop));
    if (length < 4 || bytes[start + 3] !== 58) return this.#fail('a bad verbatim string');
    return { type: 'verbatim', text: decodeUtf8(bytes, start + 4, stop) };
  }

  #beginAggregate(type: AggregateType, text: string): Decoded {
    if (type === '*' && text === '-1') return null;
    const count = this.#readCount(text);
    if (count === null) return this.#fail('a bad count');
    const left = type === '%' || type === '|' ? count * 2 : count;
    if (left > this.#limits.itemsMax) return this.#fail(`an aggregate of ${left} elements`);
    if (this.#open.length >= this.#limits.depthMax) {
      return this.#fail('aggregates nested too deeply');
    }
    const aggregate: OpenAggregate = { type, left, items: [] };
    if (left === 0) return this.#closed(aggregate);
    this.#open.push(aggregate);
    return INCOMPLETE;
  }

  #readCount(text: string): number | null {
    return /^[0-9]{1,15}$/.test(text) ? Number(text) : null;
  }

  /** Puts a whole element where it belongs; a reply when that completes the outermost one. */
  #placed(element: Reply): Decoded {
    let value: Reply = element;
    for (;;) {
      const around = this.#open.at(-1);
      if (around === undefined) return value;
      around.items.push(value);
      around.left--;
      if (around.left > 0) return INCOMPLETE;
      this.#open.pop();
      const closed = this.#closed(around);
      if (closed === INCOMPLETE) return INCOMPLETE;
      value = closed;
    }
  }

  /** The value of a complete aggregate; attributes are no value. */
  #closed(aggregate: OpenAggregate): Decoded {
    const { type, items } = aggregate;
    switch (type) {
      case '*':
        return items;
      case '~':
        return { type: 'set', items };
      case '>':
        return { type: 'push', items };
      case '%':
        return { type: 'map', entries: pairsOf(items) };
      case '|':
        // Inside an aggregate they are about one element of it; nobody here asks for those.
        if (this.#open.length === 0) this.#nextAttributes = pairsOf(items);
        return INCOMPLETE;
    }
  }
}

const DOUBLE_WORDS: ReadonlyMap<string, number> = new Map([
  ['inf', Infinity],
  ['+inf', Infinity],
  ['-inf', -Infinity],
  ['nan', NaN],
  ['-nan', NaN],
]);

function pairsOf(items: readonly Reply[]): (readonly [Reply, Reply])[] {
  const pairs: (readonly [Reply, Reply])[] = [];
  for (let i = 0; i + 1 < items.length; i += 2)
    pairs.push([items[i] ?? null, items[i + 1] ?? null]);
  return pairs;
}
