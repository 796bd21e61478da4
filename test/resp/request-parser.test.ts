import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { REQUEST_LIMITS, UNAUTHENTICATED_LIMITS } from '../../node-engine/resp/request-limits.ts';
import { RequestParser } from '../../node-engine/resp/request-parser.ts';
import { arrayForm, everyByte, latin1, parseStream } from './request-stream.ts';

const PING = arrayForm(['PING']);
const ALL_BYTES = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));

interface Case {
  readonly name: string;
  readonly input: string;
  readonly commands: readonly (readonly string[])[];
  /** Text after `ERR Protocol error: `; none when the stream is good. */
  readonly error?: string;
  /** Bytes waiting for more. */
  readonly pending?: number;
}

const cases: readonly Case[] = [
  { name: 'one command', input: PING, commands: [['PING']] },
  {
    name: 'a pipeline',
    input: arrayForm(['SET', 'a', '1']) + PING + arrayForm(['GET', 'a']),
    commands: [['SET', 'a', '1'], ['PING'], ['GET', 'a']],
  },
  {
    name: 'empty and binary arguments',
    input: arrayForm(['', '\r\n', ALL_BYTES]),
    commands: [['', '\r\n', ALL_BYTES]],
  },
  {
    name: 'lengths of one to five digits',
    input: arrayForm(['x', 'y'.repeat(10), 'z'.repeat(100), 'u'.repeat(1000), 'v'.repeat(10000)]),
    commands: [['x', 'y'.repeat(10), 'z'.repeat(100), 'u'.repeat(1000), 'v'.repeat(10000)]],
  },
  {
    name: 'more arguments than the parser has room for at first',
    input: arrayForm(Array.from({ length: 200 }, (_, i) => `a${i}`)),
    commands: [Array.from({ length: 200 }, (_, i) => `a${i}`)],
  },
  {
    name: 'more commands than the parser has room for at first',
    input: PING.repeat(100),
    commands: Array.from({ length: 100 }, () => ['PING']),
  },
  {
    name: 'empty arrays and negative counts',
    input: `*0\r\n*-1\r\n${PING}*-10\r\n*-9223372036854775808\r\n${PING}`,
    commands: [['PING'], ['PING']],
  },
  {
    name: 'blank lines',
    input: `\r\n\n  \t\r\n${PING}\r\n${PING}`,
    commands: [['PING'], ['PING']],
  },
  {
    name: 'inline commands',
    input: 'PING\r\nSET a 1\n  get\ta  \r\n',
    commands: [['PING'], ['SET', 'a', '1'], ['get', 'a']],
  },
  {
    name: 'inline commands between arrays',
    input: `${PING}set a b\r\n${PING}${PING}quit\r\n`,
    commands: [['PING'], ['set', 'a', 'b'], ['PING'], ['PING'], ['quit']],
  },
  {
    name: 'inline quotes',
    input: `set "a b" 'c d' "" '' e"f g" 'it\\'s' '\\n'\r\n`,
    commands: [['set', 'a b', 'c d', '', '', 'ef g', "it's", '\\n']],
  },
  {
    name: 'inline escapes',
    input: 'set "\\n\\r\\t\\b\\a\\x00\\xFf\\xzz\\x1\\"\\\\q"\r\n',
    commands: [['set', '\n\r\t\b\x07\x00\xffxzzx1"\\q']],
  },
  { name: 'an inline NUL is a byte like any other', input: 'a\0b c\n', commands: [['a\0b', 'c']] },
  { name: 'half a count', input: `${PING}*1`, commands: [['PING']], pending: 2 },
  { name: 'half a bulk string', input: `${PING}*1\r\n$4\r\nPI`, commands: [['PING']], pending: 10 },
  {
    name: 'lines that end in LF alone wait for CR',
    input: '*1\n$4\nPING\n',
    commands: [],
    pending: 11,
  },
  ...[
    'abc',
    '1.5',
    '2147483648',
    '3000000000',
    '',
    '01',
    '+1',
    '-0',
    ' 1',
    '1 ',
    '1\rX',
    '1048577',
  ].map((count) => ({
    name: `the count '${count}'`,
    input: `${PING}*${count}\r\n${PING}`,
    commands: [['PING']],
    error: 'invalid multibulk length',
  })),
  {
    name: 'an integer below 64 bits',
    input: '*-9223372036854775809\r\n',
    commands: [],
    error: 'invalid multibulk length',
  },
  {
    name: 'an inline word in an array',
    input: '*1\r\nfoo\r\n',
    commands: [],
    error: "expected '$', got 'f'",
  },
  {
    name: 'an integer in an array',
    input: '*1\r\n:1\r\n',
    commands: [],
    error: "expected '$', got ':'",
  },
  {
    name: 'a control byte in an array',
    input: '*1\r\n\r\n',
    commands: [],
    error: "expected '$', got '\\x0d'",
  },
  ...[
    '-1',
    '-10',
    'abc',
    '04',
    '+4',
    '536870913',
    '67108865',
    '',
    '4 ',
    '4\rX',
    '99999999999999999999',
  ].map((length) => ({
    name: `the bulk length '${length}'`,
    input: `${PING}*1\r\n$${length}\r\n${PING}`,
    commands: [['PING']],
    error: 'invalid bulk length',
  })),
  {
    name: 'a bulk string without CRLF',
    input: '*1\r\n$4\r\nPINGxx',
    commands: [],
    error: 'invalid bulk length',
  },
  {
    name: 'a bulk string with LF alone',
    input: '*1\r\n$4\r\nPING\n\n',
    commands: [],
    error: 'invalid bulk length',
  },
  {
    name: 'open double quotes',
    input: `${PING}set "a b\r\n`,
    commands: [['PING']],
    error: 'unbalanced quotes in request',
  },
  {
    name: 'open single quotes',
    input: "set 'a\\'\r\n",
    commands: [],
    error: 'unbalanced quotes in request',
  },
  {
    name: 'text after a closing quote',
    input: 'set "a"b\r\n',
    commands: [],
    error: 'unbalanced quotes in request',
  },
  {
    name: 'a good prefix before an error',
    input: `${PING}${PING}*x\r\n${PING}`,
    commands: [['PING'], ['PING']],
    error: 'invalid multibulk length',
  },
];

function check(actual: ReturnType<typeof parseStream>, expected: Case): void {
  expect(actual).toEqual({
    commands: expected.commands,
    raw: expected.commands.map(arrayForm).join(''),
    error: expected.error === undefined ? null : `ERR Protocol error: ${expected.error}`,
    pendingBytes: expected.pending ?? 0,
  });
}

describe.each(cases)('$name', (testCase) => {
  const input = latin1(testCase.input);

  test('in one chunk', () => {
    check(parseStream(input, []), testCase);
  });

  test('byte by byte', () => {
    check(parseStream(input, everyByte(input)), testCase);
  });

  test('one command at a time', () => {
    check(parseStream(input, [], { commandsMax: 1 }), testCase);
  });

  test('cut at random', () => {
    const cut = fc.integer({ min: 0, max: input.length });
    fc.assert(
      fc.property(fc.array(cut, { maxLength: 8 }), fc.integer({ min: 1, max: 5 }), (cuts, max) => {
        cuts.sort((left, right) => left - right);
        check(parseStream(input, cuts, { commandsMax: max }), testCase);
      }),
      { numRuns: 25 },
    );
  });
});

test('lines that end in LF alone are no counts and lengths: the rest of the line is waited for', () => {
  const input = latin1('*1\n$4\nPING\n');
  for (const cuts of [[], everyByte(input)]) {
    expect(parseStream(input, cuts)).toEqual({
      ...{ commands: [], raw: '', error: null, pendingBytes: input.length },
    });
  }
});

describe('lines beyond 64 KiB', () => {
  const line = 'a'.repeat(64 * 1024);
  const digits = '1'.repeat(64 * 1024);

  test.each([
    ['an inline command', `${line}b`, 'too big inline request'],
    ['an inline command with its end', `${line}b\r\n`, 'too big inline request'],
    ['a count', `*${digits}`, 'too big mbulk count string'],
    ['a count with its end', `*${digits}\r\n`, 'too big mbulk count string'],
    ['a bulk length', `*1\r\n$${digits}`, 'too big bulk count string'],
  ])('%s is refused', (_, text, error) => {
    const input = latin1(text);
    const expected = {
      commands: [],
      raw: '',
      error: `ERR Protocol error: ${error}`,
      pendingBytes: 0,
    };
    expect(parseStream(input, [])).toEqual(expected);
    const cuts = [
      1,
      2,
      5,
      6,
      1000,
      65_530,
      ...Array.from({ length: 10 }, (_unused, i) => 65_531 + i),
    ];
    expect(parseStream(input, cuts)).toEqual(expected);
  });

  test('an inline command of exactly 64 KiB is read', () => {
    expect(parseStream(latin1(`${line.slice(1)}\r\n`), [40_000]).commands).toEqual([
      [line.slice(1)],
    ]);
  });
});

describe('limits', () => {
  test('a command over the limit is refused as soon as its length is known', () => {
    const limits = { ...REQUEST_LIMITS, commandBytesMax: 1000 };
    const result = parseStream(latin1('*2\r\n$3\r\nSET\r\n$990\r\n'), [], { limits });
    expect(result.error).toBe('ERR Protocol error: command is larger than 1000 bytes');
  });

  test('an unauthenticated client may send ten short arguments', () => {
    const limits = UNAUTHENTICATED_LIMITS;
    const ten = Array.from({ length: 10 }, () => 'x'.repeat(16 * 1024));
    expect(parseStream(latin1(arrayForm(ten)), [], { limits }).commands).toEqual([ten]);
    expect(parseStream(latin1('*11\r\n'), [], { limits }).error).toBe(
      'ERR Protocol error: unauthenticated multibulk length',
    );
    expect(parseStream(latin1('*1\r\n$16385\r\n'), [], { limits }).error).toBe(
      'ERR Protocol error: unauthenticated bulk length',
    );
    expect(parseStream(latin1('*1048577\r\n'), [], { limits }).error).toBe(
      'ERR Protocol error: invalid multibulk length',
    );
  });

  test('new limits hold for the command behind the one that changed them', () => {
    const parser = new RequestParser(UNAUTHENTICATED_LIMITS);
    const large = 'x'.repeat(20_000);
    parser.feed(latin1(arrayForm(['AUTH', 'secret']) + arrayForm(['ECHO', large])));
    expect(parser.next(1)?.count).toBe(1);
    parser.setLimits(REQUEST_LIMITS);
    expect(parser.next(1)?.arg(0, 1).length).toBe(20_000);
    expect(parser.error).toBeNull();
  });

  test('a promised length reserves no memory', () => {
    const parsers = Array.from({ length: 200 }, () => {
      const parser = new RequestParser();
      parser.feed(latin1('*1048576\r\n$67108864\r\nabc'));
      expect(parser.next(1)).toBeNull();
      parser.detach();
      return parser;
    });
    // 200 promises of 64 MiB would be 12.5 GiB: this process would not have got here.
    expect(parsers.every((parser) => parser.error === null)).toBe(true);
  });
});

test('the commands of a batch lie back to back, so that a run is one copy', () => {
  const parser = new RequestParser();
  const stream =
    PING + '*0\r\n' + arrayForm(['SET', 'a', '1']) + arrayForm(['SET', 'b', '2']) + 'x\r\n';
  parser.feed(latin1(stream));
  const runs: string[] = [];
  for (let batch = parser.next(10); batch !== null; batch = parser.next(10)) {
    const bytes = batch.bytes.subarray(batch.rawStart(0), batch.rawEnd(batch.count - 1));
    runs.push(Buffer.from(bytes).toString('latin1'));
  }
  expect(runs).toEqual([
    PING,
    arrayForm(['SET', 'a', '1']) + arrayForm(['SET', 'b', '2']),
    arrayForm(['x']),
  ]);
});

test('an argument of a Buffer is no Buffer: `slice` copies it', () => {
  const parser = new RequestParser();
  const chunk = Buffer.from(arrayForm(['GET', 'key']));
  parser.feed(chunk);
  const copy = parser.next(1)?.arg(0, 1).slice();
  chunk.fill(0);
  expect(copy).toEqual(latin1('key'));
});

const words = fc.array(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  { minLength: 1, maxLength: 6 },
);

test('any commands survive, however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(words, { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(), { maxLength: 10 }),
      (commands, seeds) => {
        const input = latin1(commands.map(arrayForm).join(''));
        const cuts = seeds.map((seed) => seed % (input.length + 1)).sort((a, b) => a - b);
        expect(parseStream(input, cuts)).toEqual({
          commands,
          raw: commands.map(arrayForm).join(''),
          error: null,
          pendingBytes: 0,
        });
      },
    ),
    { numRuns: 300 },
  );
});

test('any bytes give the same result whole and in pieces', () => {
  const piece = fc.oneof(
    fc.constantFrom('*', '$', '\r\n', '\n', '\r', ' ', '"', "'", '\\x4', '-1', '0', '1', '2', '3'),
    fc.constantFrom('*1\r\n', '$3\r\n', 'GET\r\n', '*2\r\n$1\r\na\r\n$1\r\nb\r\n', PING),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }),
      fc.array(fc.nat(), { maxLength: 6 }),
      (pieces, seeds) => {
        const input = latin1(pieces.join(''));
        const cuts = seeds.map((seed) => seed % (input.length + 1)).sort((a, b) => a - b);
        const whole = parseStream(input, []);
        expect(parseStream(input, cuts)).toEqual(whole);
        expect(parseStream(input, everyByte(input), { commandsMax: 1 })).toEqual(whole);
      },
    ),
    { numRuns: 1500 },
  );
});
