import type { ErrorReply, Reply } from '../resp/value.ts';

/** The text of a reply that is one: bulk, simple or verbatim string, or a number. Else null. */
export function replyText(reply: Reply): string | null {
  if (typeof reply === 'string') return reply;
  if (reply instanceof Uint8Array) {
    return Buffer.from(reply.buffer, reply.byteOffset, reply.length).toString('utf8');
  }
  if (typeof reply === 'number' || typeof reply === 'bigint') return String(reply);
  if (reply !== null && typeof reply === 'object' && 'type' in reply) {
    if (reply.type === 'simple' || reply.type === 'verbatim') return reply.text;
    if (reply.type === 'double') return String(reply.value);
  }
  return null;
}

/** True for an error reply. */
export function isErrorReply(reply: Reply): reply is ErrorReply {
  return reply !== null && typeof reply === 'object' && 'type' in reply && reply.type === 'error';
}

/** The elements of an array, push or set; null for anything else. */
export function replyItems(reply: Reply): readonly Reply[] | null {
  if (reply === null || typeof reply !== 'object' || reply instanceof Uint8Array) return null;
  if (!('type' in reply)) return reply;
  return reply.type === 'push' || reply.type === 'set' ? reply.items : null;
}
