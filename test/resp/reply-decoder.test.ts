import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ReplyDecoder } from '../../node-engine/resp/reply-decoder.ts';
import { REPLY_LIMITS, type ReplyLimits } from '../../node-engine/resp/reply-limits.ts';
import { encodeReply } from '../../node-engine/resp/reply-writer.ts';
import { errorReply, OK, type Reply } from '../../node-engine/resp/value.ts';
import { everyByte, latin1 } from './request-stream.ts';

interface Decoded {
  readonly replies: readonly Reply[];
  readonly error: string | null;
}

function decodeStream(
  input: Uint8Array,
  cuts: readonly number[],
  limits: ReplyLimits = REPLY_LIMITS,
): Decoded {
  const decoder = new ReplyDecoder(limits);
  const replies: Reply[] = [];
  let from = 0;
  for (const to of [...cuts, input.length]) {
    const chunk = input.slice(from, to);
    from = to;
    decoder.feed(chunk);
    chunk.fill(0x58);
    for (let reply = decoder.next(); reply !== undefined; reply = decoder.next()) {
      replies.push(reply);
    }
  }
  return { replies, error: decoder.error };
}

const bytes = latin1;

const good: readonly (readonly [input: string, replies: readonly Reply[]])[] = [
  ['+OK\r\n', [OK]],
  ['+\r\n', [{ type: 'simple', text: '' }]],
  ['-ERR no\r\n', [errorReply('ERR no')]],
  [':0\r\n:-12\r\n:+7\r\n', [0, -12, 7]],
  [':9007199254740991\r\n:9007199254740992\r\n', [9007199254740991, 9007199254740992n]],
  ['$5\r\na\r\nbc\r\n$0\r\n\r\n$-1\r\n', [bytes('a\r\nbc'), bytes(''), null]],
  ['*3\r\n:1\r\n*2\r\n+a\r\n*0\r\n$-1\r\n', [[1, [{ type: 'simple', text: 'a' }, []], null]]],
  ['*-1\r\n_\r\n', [null, null]],
  ['#t\r\n#f\r\n', [true, false]],
  [
    ',1.5\r\n,-2\r\n,inf\r\n,-inf\r\n,1e-7\r\n',
    [1.5, -2, Infinity, -Infinity, 1e-7].map((value) => ({ type: 'double' as const, value })),
  ],
  [',nan\r\n', [{ type: 'double', value: NaN }]],
  ['(12345678901234567890123\r\n', [12345678901234567890123n]],
  ['=8\r\ntxt:a\xc3\xa4b\r\n', [{ type: 'verbatim', text: 'aäb' }]],
  ['!7\r\nERR bad\r\n', [errorReply('ERR bad')]],
  ['%1\r\n+a\r\n*1\r\n:1\r\n', [{ type: 'map', entries: [[{ type: 'simple', text: 'a' }, [1]]] }]],
  ['~2\r\n:1\r\n:2\r\n', [{ type: 'set', items: [1, 2] }]],
  [
    '>2\r\n+note\r\n:1\r\n:5\r\n',
    [{ type: 'push', items: [{ type: 'simple', text: 'note' }, 1] }, 5],
  ],
  [
    '%0\r\n~0\r\n>0\r\n',
    [
      { type: 'map', entries: [] },
      { type: 'set', items: [] },
      { type: 'push', items: [] },
    ],
  ],
  ['|1\r\n+ttl\r\n:9\r\n*2\r\n:1\r\n|1\r\n+x\r\n:1\r\n:2\r\n', [[1, 2]]],
];

describe('replies', () => {
  test.each(good)('%j', (input, replies) => {
    const stream = bytes(input);
    expect(decodeStream(stream, [])).toEqual({ replies, error: null });
    expect(decodeStream(stream, everyByte(stream))).toEqual({ replies, error: null });
  });

  test('all of them in one stream, cut at random', () => {
    const stream = bytes(good.map(([input]) => input).join(''));
    const replies = good.flatMap(([, expected]) => expected);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 9 }),
        (cuts) => {
          cuts.sort((left, right) => left - right);
          expect(decodeStream(stream, cuts)).toEqual({ replies, error: null });
        },
      ),
      { numRuns: 100 },
    );
  });

  test('attributes are given with the reply they stand in front of', () => {
    const decoder = new ReplyDecoder();
    decoder.feed(bytes('|1\r\n+ttl\r\n:9\r\n+OK\r\n+OK\r\n'));
    expect(decoder.next()).toEqual(OK);
    expect(decoder.attributes).toEqual([[{ type: 'simple', text: 'ttl' }, 9]]);
    expect(decoder.next()).toEqual(OK);
    expect(decoder.attributes).toBeNull();
  });
});

describe('what is no RESP', () => {
  test.each([
    ['?\r\n', 'unexpected type byte 0x3f'],
    ['\r\n', 'an empty line where a type byte belongs'],
    ['+a\rb\r\n', 'CR without LF'],
    [':\r\n', 'a bad integer'],
    [':1.5\r\n', 'a bad integer'],
    [',abc\r\n', 'a bad double'],
    ['#x\r\n', 'a bad boolean'],
    ['_x\r\n', 'a bad null'],
    ['(1.0\r\n', 'a bad big number'],
    ['$-2\r\n', 'a bad bulk length'],
    ['$?\r\n', 'a bad bulk length'],
    ['*-2\r\n', 'a bad count'],
    ['%-1\r\n', 'a bad count'],
    ['$2\r\nabcd', 'a bulk string does not end in CRLF'],
    ['=3\r\ntxt\r\n', 'a bad verbatim string'],
    ['=5\r\ntxt-a\r\n', 'a bad verbatim string'],
  ])('%j', (input, error) => {
    expect(decodeStream(bytes(`+OK\r\n${input}+OK\r\n`), [])).toEqual({ replies: [OK], error });
  });

  test.each([
    ['$1000\r\n', 'a message is larger than 100 bytes'],
    ['*9\r\n' + '$20\r\n' + 'x'.repeat(20) + '\r\n$70\r\n', 'a message is larger than 100 bytes'],
    ['+' + 'x'.repeat(60), 'a line is too long'],
    ['*11\r\n', 'an aggregate of 11 elements'],
    ['%6\r\n', 'an aggregate of 12 elements'],
    ['*1\r\n*1\r\n*1\r\n*1\r\n', 'aggregates nested too deeply'],
  ])('beyond the limits: %j', (input, error) => {
    const limits = { messageBytesMax: 100, lineBytesMax: 50, itemsMax: 10, depthMax: 3 };
    const stream = bytes(`+OK\r\n${input}`);
    expect(decodeStream(stream, [], limits)).toEqual({ replies: [OK], error });
    expect(decodeStream(stream, everyByte(stream), limits)).toEqual({ replies: [OK], error });
  });
});

const { reply } = fc.letrec<{ reply: Reply }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.bigInt({ min: 2n ** 60n, max: 2n ** 70n }),
      fc.uint8Array({ maxLength: 20 }),
      fc.double().map((value) => ({ type: 'double' as const, value })),
      fc
        .string({ unit: 'binary' })
        .map((text) => ({ type: 'verbatim' as const, text: clean(text) })),
      fc.string().map((text) => ({ type: 'simple' as const, text })),
      fc.string().map((text) => errorReply(text)),
    ),
    fc.array(tie('reply'), { maxLength: 4 }),
    fc.array(tie('reply'), { maxLength: 4 }).map((items) => ({ type: 'set' as const, items })),
    fc.array(tie('reply'), { maxLength: 4 }).map((items) => ({ type: 'push' as const, items })),
    fc
      .array(fc.tuple(tie('reply'), tie('reply')), { maxLength: 3 })
      .map((entries) => ({ type: 'map' as const, entries })),
  ),
}));

/** Lone surrogates have no bytes of their own. */
function clean(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

test('any reply reads back as it was written', () => {
  fc.assert(
    fc.property(reply, fc.nat(), (value, seed) => {
      const stream = new Uint8Array(encodeReply(value, 3));
      const cut = seed % (stream.length + 1);
      expect(decodeStream(stream, [cut])).toEqual({ replies: [value], error: null });
    }),
    { numRuns: 500 },
  );
});

test('any bytes give the same result whole and byte by byte', () => {
  const piece = fc.oneof(
    fc.constantFrom('+', '-', ':', '$', '*', '%', '>', '~', '|', '#', '_', ',', '(', '=', '!'),
    fc.constantFrom(
      '\r\n',
      '\r',
      '0',
      '1',
      '2',
      '-1',
      't',
      'txt:',
      '$1\r\na\r\n',
      '*2\r\n',
      ':1\r\n',
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const stream = bytes(pieces.join(''));
      expect(decodeStream(stream, everyByte(stream))).toEqual(decodeStream(stream, []));
    }),
    { numRuns: 1500 },
  );
});

test('a large reply in many chunks costs a few copies, not one per chunk', () => {
  const decoder = new ReplyDecoder();
  const size = 24 * 1024 * 1024;
  decoder.feed(bytes(`$${size}\r\n`));
  const chunk = new Uint8Array(16 * 1024);
  for (let sent = 0; sent < size; sent += chunk.length) {
    expect(decoder.next()).toBeUndefined();
    decoder.feed(chunk);
  }
  decoder.feed(bytes('\r\n'));
  const value = decoder.next();
  expect(value instanceof Uint8Array ? value.length : value).toBe(size);
});
