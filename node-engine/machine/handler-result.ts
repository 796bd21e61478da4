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
 *   does not wait
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
    default:
      return result === null ? null : objectReply(result);
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
      entries: [...entries].map(([key, value]) => [key, toReply(value)]),
    };
  }
  if (result instanceof Set) {
    return { type: 'set', items: [...(result as ReadonlySet<HandlerResult>)].map(toReply) };
  }
  if (isReply(result)) return result;
  if ('then' in result) throw new TypeError('a command returned a promise');
  throw new TypeError('a command returned an object: return a Map');
}

function isList(value: object): value is readonly HandlerResult[] {
  return Array.isArray(value);
}

function isReply(value: object): value is Extract<Reply, { readonly type: string }> {
  return 'type' in value && REPLY_TYPES.has(value.type);
}
