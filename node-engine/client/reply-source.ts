import { ReplyDecoder } from '../resp/reply-decoder.ts';
import type { ReplyLimits } from '../resp/reply-limits.ts';
import { errorReply, type Reply } from '../resp/value.ts';
import { GuardedParser } from './guarded-parser.ts';

/** Turns the bytes of a connection into replies. */
export interface ReplySource {
  execute(chunk: Buffer): void;
}

interface Handlers {
  readonly onReply: (reply: Reply) => void;
  readonly onFault: (reason: string) => void;
}

/** RESP2 through npm `redis-parser`: simple strings come as bytes, like bulk strings. */
export function resp2Source(limits: ReplyLimits, handlers: Handlers): ReplySource {
  return new GuardedParser({
    limits,
    onMessage: (message) => {
      handlers.onReply(toReply(message));
    },
    onFault: handlers.onFault,
  });
}

/** RESP3, and RESP2 with all its types told apart, through our own decoder. */
export function resp3Source(limits: ReplyLimits, handlers: Handlers): ReplySource {
  const decoder = new ReplyDecoder(limits);
  let failed = false;
  return {
    execute(chunk) {
      if (failed) return;
      decoder.feed(chunk);
      for (let reply = decoder.next(); reply !== undefined; reply = decoder.next()) {
        handlers.onReply(reply);
      }
      if (decoder.error !== null) {
        failed = true;
        handlers.onFault(decoder.error);
      }
    },
  };
}

/** A message of `GuardedParser` as a reply. */
function toReply(message: unknown): Reply {
  if (message === null || message instanceof Uint8Array) return message;
  if (typeof message === 'string') {
    const value = Number(message);
    return Number.isSafeInteger(value) ? value : BigInt(message);
  }
  if (message instanceof Error) return errorReply(message.message);
  if (Array.isArray(message)) return message.map(toReply);
  throw new TypeError(`redis-parser returned ${typeof message}`);
}
