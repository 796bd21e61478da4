import { expect, test } from 'vitest';

import { encodeReply, formatDouble, ReplyWriter } from '../../node-engine/resp/reply-writer.ts';
import { errorReply, OK, type Reply } from '../../node-engine/resp/value.ts';

const cases: readonly (readonly [name: string, reply: Reply, resp2: string, resp3: string])[] = [
  ['OK', OK, '+OK\r\n', '+OK\r\n'],
  ['null', null, '$-1\r\n', '_\r\n'],
  ['true', true, ':1\r\n', '#t\r\n'],
  ['false', false, ':0\r\n', '#f\r\n'],
  ['zero', 0, ':0\r\n', ':0\r\n'],
  ['minus one', -1, ':-1\r\n', ':-1\r\n'],
  ['minus zero', -0, ':0\r\n', ':0\r\n'],
  ['the largest safe integer', 9007199254740991, ':9007199254740991\r\n', ':9007199254740991\r\n'],
  ['the smallest', -9007199254740991, ':-9007199254740991\r\n', ':-9007199254740991\r\n'],
  ['a fraction', 1.5, '$3\r\n1.5\r\n', ',1.5\r\n'],
  ['a bigint', 2n ** 63n - 1n, ':9223372036854775807\r\n', ':9223372036854775807\r\n'],
  [
    'a bigint past 64 bits',
    2n ** 63n,
    '$19\r\n9223372036854775808\r\n',
    '(9223372036854775808\r\n',
  ],
  ['text', 'a€', '$4\r\na\xe2\x82\xac\r\n', '$4\r\na\xe2\x82\xac\r\n'],
  ['bytes', Uint8Array.of(0, 13, 10, 255), '$4\r\n\0\r\n\xff\r\n', '$4\r\n\0\r\n\xff\r\n'],
  ['no bytes', new Uint8Array(0), '$0\r\n\r\n', '$0\r\n\r\n'],
  [
    'an array',
    [1, [], ['x']],
    '*3\r\n:1\r\n*0\r\n*1\r\n$1\r\nx\r\n',
    '*3\r\n:1\r\n*0\r\n*1\r\n$1\r\nx\r\n',
  ],
  ['a simple string', { type: 'simple', text: 'a\r\nb' }, '+a  b\r\n', '+a  b\r\n'],
  ['an error', errorReply('ERR a\r\n+OK\r\n'), '-ERR a  +OK  \r\n', '-ERR a  +OK  \r\n'],
  [
    'a map',
    { type: 'map', entries: [['a', 1]] },
    '*2\r\n$1\r\na\r\n:1\r\n',
    '%1\r\n$1\r\na\r\n:1\r\n',
  ],
  ['a set', { type: 'set', items: [1, 2] }, '*2\r\n:1\r\n:2\r\n', '~2\r\n:1\r\n:2\r\n'],
  ['a push', { type: 'push', items: ['x'] }, '*1\r\n$1\r\nx\r\n', '>1\r\n$1\r\nx\r\n'],
  ['verbatim text', { type: 'verbatim', text: 'hi' }, '$2\r\nhi\r\n', '=6\r\ntxt:hi\r\n'],
  ['infinity', { type: 'double', value: Infinity }, '$3\r\ninf\r\n', ',inf\r\n'],
  ['minus infinity', { type: 'double', value: -Infinity }, '$4\r\n-inf\r\n', ',-inf\r\n'],
  ['not a number', { type: 'double', value: NaN }, '$3\r\nnan\r\n', ',nan\r\n'],
  ['a whole double', { type: 'double', value: 3 }, '$1\r\n3\r\n', ',3\r\n'],
  ['raw bytes', { type: 'raw', bytes: Buffer.from(':7\r\n') }, ':7\r\n', ':7\r\n'],
];

test.each(cases)('%s', (_, reply, resp2, resp3) => {
  expect(Buffer.from(encodeReply(reply, 2)).toString('latin1')).toBe(resp2);
  expect(Buffer.from(encodeReply(reply, 3)).toString('latin1')).toBe(resp3);
});

test('replies of any size follow one another while the memory grows', () => {
  const writer = new ReplyWriter(64);
  let expected = '';
  for (const size of [0, 1, 47, 48, 49, 63, 64, 65, 1000, 100_000]) {
    writer.write('x'.repeat(size));
    writer.write(Buffer.alloc(size, 'y'));
    expected += `$${size}\r\n${'x'.repeat(size)}\r\n$${size}\r\n${'y'.repeat(size)}\r\n`;
  }
  expect(Buffer.from(writer.view()).toString('latin1') === expected).toBe(true);
  expect(writer.length).toBe(expected.length);
});

test('bytes handed over are not written to again', () => {
  const writer = new ReplyWriter(64);
  writer.write(1);
  const taken = writer.take(64);
  writer.write(2);
  expect(Buffer.from(taken).toString()).toBe(':1\r\n');
  writer.clear();
  writer.write(OK);
  expect(Buffer.from(writer.view()).toString()).toBe('+OK\r\n');
});

test('doubles read back as they were', () => {
  for (const value of [0.1, 1e21, 1e-7, 123456789.125, Number.MAX_VALUE, Number.MIN_VALUE, -0]) {
    expect(Object.is(Number(formatDouble(value)), value)).toBe(true);
  }
});
