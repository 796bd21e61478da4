/** A status line such as `+OK`. */
export interface SimpleString {
  readonly type: 'simple';
  readonly text: string;
}

/** An error line; `text` starts with its upper-case code: `ERR …`, `MOVED 1 127.0.0.1:7481`. */
export interface ErrorReply {
  readonly type: 'error';
  readonly text: string;
}

/** A map: a RESP3 map, or a flat array of keys and values in RESP2. */
export interface MapReply {
  readonly type: 'map';
  readonly entries: readonly (readonly [Reply, Reply])[];
}

/** A set: a RESP3 set, or an array in RESP2. */
export interface SetReply {
  readonly type: 'set';
  readonly items: readonly Reply[];
}

/** An out-of-band message: a RESP3 push, or an array in RESP2. */
export interface PushReply {
  readonly type: 'push';
  readonly items: readonly Reply[];
}

/** Text for people, not data: a RESP3 verbatim string (`txt`), or a bulk string in RESP2. */
export interface VerbatimString {
  readonly type: 'verbatim';
  readonly text: string;
}

/** A double: `,1.5` in RESP3, a bulk string in RESP2. */
export interface DoubleReply {
  readonly type: 'double';
  readonly value: number;
}

/** Bytes that are RESP already. */
export interface RawReply {
  readonly type: 'raw';
  readonly bytes: Uint8Array;
}

/**
 * Any reply a command can give.
 *
 * | value | RESP2 | RESP3 |
 * | --- | --- | --- |
 * | `null` | `$-1` | `_` |
 * | boolean | `:1` / `:0` | `#t` / `#f` |
 * | number (a safe integer), bigint | `:n` | `:n` |
 * | string (as UTF-8), Uint8Array | bulk string | bulk string |
 * | array | array | array |
 */
export type Reply =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Reply[]
  | SimpleString
  | ErrorReply
  | MapReply
  | SetReply
  | PushReply
  | VerbatimString
  | DoubleReply
  | RawReply;

/** The reply of commands that just succeed. */
export const OK: SimpleString = { type: 'simple', text: 'OK' };

/** Makes an error reply; CR and LF in `text` become spaces when it is written. */
export function errorReply(text: string): ErrorReply {
  return { type: 'error', text };
}
