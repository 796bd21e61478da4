import fc from 'fast-check';
import { expect, test } from 'vitest';

import { GuardedParser } from '../../node-engine/client/guarded-parser.ts';
import { ReplyDecoder } from '../../node-engine/resp/reply-decoder.ts';
import { REPLY_LIMITS } from '../../node-engine/resp/reply-limits.ts';
import type { Reply } from '../../node-engine/resp/value.ts';

interface Parsed {
  readonly messages: readonly unknown[];
  readonly fault: string | null;
}

function parseAll(chunks: readonly Buffer[]): Parsed {
  const messages: unknown[] = [];
  let fault: string | null = null;
  const parser = new GuardedParser({
    limits: { ...REPLY_LIMITS, messageBytesMax: 1000, itemsMax: 100 },
    onMessage: (message) => messages.push(message),
    onFault: (reason) => (fault = reason),
  });
  for (const chunk of chunks) parser.execute(chunk);
  return { messages, fault };
}

/** What our own decoder makes of the same bytes, in the forms that redis-parser knows. */
function decodeAll(input: Buffer): readonly unknown[] {
  const decoder = new ReplyDecoder();
  decoder.feed(input);
  const messages: unknown[] = [];
  for (let reply = decoder.next(); reply !== undefined; reply = decoder.next()) {
    messages.push(plain(reply));
  }
  return messages;
}

function plain(reply: Reply): unknown {
  if (reply instanceof Uint8Array) return text(reply);
  if (typeof reply === 'number' || typeof reply === 'bigint') return String(reply);
  if (reply === null || typeof reply !== 'object') return reply;
  if (!('type' in reply)) return reply.map(plain);
  return 'text' in reply ? reply.text : reply.type;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

function readable(message: unknown): unknown {
  if (message instanceof Uint8Array) return text(message);
  if (message instanceof Error) return message.message;
  return Array.isArray(message) ? message.map(readable) : message;
}

const piece = fc.oneof(
  fc.constantFrom('+', '-', ':', '$', '*', '\r\n', '\r', '0', '1', '2', '-1', 'a'),
  fc.constantFrom('+OK\r\n', '$3\r\nabc\r\n', '*2\r\n', '$-1\r\n', ':7\r\n', '*1\r\n$1\r\n\r\r\n'),
  fc.constantFrom('-ERR no\r\n', '*3\r\n:1\r\n*1\r\n+x\r\n$0\r\n\r\n', ':-12\r\n'),
);

test('what passes the guard is read as our own decoder reads it, however it is cut', () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 25 }),
      fc.array(fc.nat(), { maxLength: 5 }),
      (pieces, seeds) => {
        const input = Buffer.from(pieces.join(''), 'latin1');
        const cuts = seeds.map((seed) => seed % (input.length + 1)).sort((a, b) => a - b);
        const chunks: Buffer[] = [];
        let from = 0;
        for (const to of [...cuts, input.length]) {
          chunks.push(Buffer.from(input.subarray(from, to)));
          from = to;
        }
        const { messages, fault } = parseAll(chunks);
        const expected = decodeAll(input);
        // The guard is the stricter of the two: after its fault the decoder may find more.
        const same = fault === null ? expected : expected.slice(0, messages.length);
        expect(messages.map(readable)).toEqual(same);
      },
    ),
    { numRuns: 3000 },
  );
});

test('a large bulk string in many chunks comes out whole', () => {
  const payload = Buffer.alloc(900, 'abc\r\n$');
  const stream = Buffer.concat([
    Buffer.from('*2\r\n$900\r\n'),
    payload,
    Buffer.from('\r\n$1\r\nx\r\n'),
  ]);
  for (const size of [1, 2, 7, 64, 899]) {
    const chunks: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size) {
      chunks.push(Buffer.from(stream.subarray(at, at + size)));
    }
    const { messages } = parseAll(chunks);
    expect(messages.map(readable)).toEqual([[payload.toString('utf8'), 'x']]);
  }
});

test('whole messages in front of a fault come out, in whatever chunks', () => {
  const stream = Buffer.from('*2\r\n$1\r\na\r\n:1\r\n+b\r\n*1\r\n$1\r\nc\r\n*2\r\n:1\r\n?');
  for (let size = 1; size <= stream.length; size++) {
    const chunks: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size) {
      chunks.push(Buffer.from(stream.subarray(at, at + size)));
    }
    const { messages, fault } = parseAll(chunks);
    expect(messages.map(readable)).toEqual([['a', '1'], 'b', ['c']]);
    expect(fault).toBe('unexpected type byte 0x3f');
  }
});

test('after a fault nothing more comes out', () => {
  const { messages, fault } = parseAll([
    Buffer.from('+OK\r\n'),
    Buffer.from('*33554432\r\n'),
    Buffer.from('+OK\r\n'),
  ]);
  expect(messages.map(readable)).toEqual(['OK']);
  expect(fault).toBe('an array of 33554432 elements');
});

test('a handler that stops the parser gets no further message of the same chunk', () => {
  const messages: unknown[] = [];
  const parser = new GuardedParser({
    limits: REPLY_LIMITS,
    onMessage: (message) => {
      messages.push(message);
      parser.stop();
    },
    onFault: () => expect.unreachable(),
  });
  parser.execute(Buffer.from(':1\r\n:2\r\n'));
  parser.execute(Buffer.from('?'));
  expect(messages).toEqual(['1']);
});
