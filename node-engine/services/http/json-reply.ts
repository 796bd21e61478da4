import type { ErrorReply, Reply } from '../../resp/value.ts';

/** What JSON can say. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * A reply as JSON. Bulk strings are text, or `{"base64": …}` when they are no UTF-8; integers that
 * JSON's readers would round are text; a map whose keys are all text is an object, else a list of
 * pairs; an error inside an array is `{"error": …}`.
 */
export function jsonOf(reply: Reply): Json {
  if (typeof reply === 'bigint') return String(reply);
  if (reply === null || typeof reply !== 'object') return reply;
  if (reply instanceof Uint8Array) return textOrBase64(reply);
  if (isList(reply)) return reply.map(jsonOf);
  switch (reply.type) {
    case 'simple':
    case 'verbatim':
      return reply.text;
    case 'error':
      return { error: reply.text };
    case 'double':
      return Number.isFinite(reply.value) ? reply.value : String(reply.value);
    case 'map':
      return mapOf(reply.entries.map(([key, value]) => [jsonOf(key), jsonOf(value)]));
    case 'set':
    case 'push':
      return reply.items.map(jsonOf);
    case 'raw':
      return textOrBase64(reply.bytes);
  }
}

/** Whether the command as a whole was answered with an error. */
export function isError(reply: Reply): reply is ErrorReply {
  return typeof reply === 'object' && reply !== null && 'type' in reply && reply.type === 'error';
}

function mapOf(entries: readonly (readonly [Json, Json])[]): Json {
  const isObject = entries.every(([key]) => typeof key === 'string');
  // As own fields: a key named __proto__ is a key like any other.
  return isObject ? (Object.fromEntries(entries) as Record<string, Json>) : entries;
}

function textOrBase64(bytes: Uint8Array): Json {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { base64: Buffer.from(bytes).toString('base64') };
  }
}

function isList(reply: object): reply is readonly Reply[] {
  return Array.isArray(reply);
}
