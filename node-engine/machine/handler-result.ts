import type { Reply } from '../resp/value.ts';

/**
 * What a command's handler may return.
 *
 * | result | reply |
 * | --- | --- |
 * | undefined, null | null |
 * | integer, bigint | integer |
 * | any other finite number | double |
 * | string, bytes | bulk string |
 * | boolean | boolean (an integer in RESP2) |
 * | array | array |
 * | Map | map, in its order |
 * | Set | set |
 * | `OK`, `errorReply(…)` and the other forms of `Reply` | themselves |
 */
export type HandlerResult =
  | undefined
  | Reply
  | readonly HandlerResult[]
  | ReadonlyMap<string, HandlerResult>
  | ReadonlySet<HandlerResult>;

const REPLY_TYPES: ReadonlySet<unknown> = new Set([
  'simple',
  'error',
  'map',
  'set',
  'push',
  'verbatim',
  'double',
  'raw',
]);

/**
 * Turns a handler's result into a reply.
 *
 * @throws TypeError for anything that `HandlerResult` does not name, a promise above all: the log
 *   does not wait. What becomes of the promise is nobody's concern any more
 */
export function toReply(result: HandlerResult): Reply {
  switch (typeof result) {
    case 'undefined':
      return null;
    case 'number':
      return numberReply(result);
    case 'string':
    case 'bigint':
    case 'boolean':
      return result;
    case 'object':
      return result === null ? null : objectReply(result);
    default:
      throw new TypeError(`a command returned a ${typeof result}`);
  }
}

function numberReply(value: number): Reply {
  if (Number.isSafeInteger(value)) return value;
  if (Number.isFinite(value)) return { type: 'double', value };
  throw new TypeError(`a command returned ${value}`);
}

function objectReply(result: object): Reply {
  if (result instanceof Uint8Array) return result;
  if (isList(result)) return result.map(toReply);
  if (result instanceof Map) {
    const entries = result as ReadonlyMap<string, HandlerResult>;
    return {
      type: 'map',
      entries: [...entries].map(([key, value]) => [toReply(key), toReply(value)]),
    };
  }
  if (result instanceof Set) {
    return { type: 'set', items: [...(result as ReadonlySet<HandlerResult>)].map(toReply) };
  }
  if (isReply(result)) return formed(result);
  refusePromise(result);
  throw new TypeError('a command returned an object: return a Map');
}

/** A form of `Reply` made by hand: what is missing in it would otherwise end the node that sends it. */
function formed(reply: TypedReply): Reply {
  switch (reply.type) {
    case 'simple':
    case 'error':
    case 'verbatim':
      return typeof reply.text === 'string' ? reply : refuse(reply, 'text', 'a string');
    case 'double':
      return typeof reply.value === 'number' ? reply : refuse(reply, 'value', 'a number');
    case 'raw':
      return isBytes(reply.bytes) ? reply : refuse(reply, 'bytes', 'a Uint8Array');
    case 'set':
    case 'push':
      if (!Array.isArray(reply.items)) return refuse(reply, 'items', 'an array');
      return { type: reply.type, items: reply.items.map(toReply) };
    case 'map':
      if (!isPairs(reply.entries)) return refuse(reply, 'entries', 'an array of pairs');
      return {
        type: 'map',
        entries: reply.entries.map(([key, value]) => [toReply(key), toReply(value)]),
      };
  }
}

function refuse(reply: TypedReply, field: string, needed: string): never {
  throw new TypeError(
    `a command returned a reply of type '${reply.type}' whose ${field} is not ${needed}`,
  );
}

function isBytes(value: unknown): boolean {
  return value instanceof Uint8Array;
}

function isPairs(value: unknown): boolean {
  return Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2);
}

/**
 * A promise is no result.
 *
 * @throws TypeError when it is one
 */
export function refusePromise(result: unknown): void {
  if (typeof result !== 'object' || result === null || !isPromise(result)) return;
  // What it comes to was told already; a refusal that nobody takes would end the process.
  result.then(undefined, () => undefined);
  throw new TypeError('a command returned a promise');
}

function isPromise(value: object): value is PromiseLike<unknown> {
  return 'then' in value && typeof value.then === 'function';
}

function isList(value: object): value is readonly HandlerResult[] {
  return Array.isArray(value);
}

type TypedReply = Extract<Reply, { readonly type: string }>;

function isReply(value: object): value is TypedReply {
  return 'type' in value && REPLY_TYPES.has(value.type);
}
