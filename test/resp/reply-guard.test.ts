import { describe, expect, test } from 'vitest';

import { ReplyGuard } from '../../node-engine/resp/reply-guard.ts';
import { REPLY_LIMITS, type ReplyLimits } from '../../node-engine/resp/reply-limits.ts';
import { everyByte, latin1 } from './request-stream.ts';

const SMALL: ReplyLimits = { messageBytesMax: 100, itemsMax: 10, depthMax: 3, lineBytesMax: 50 };

function checkStream(text: string, cuts: 'whole' | 'bytes', limits: ReplyLimits): string | null {
  const guard = new ReplyGuard(limits);
  const input = latin1(text);
  let from = 0;
  for (const to of [...(cuts === 'bytes' ? everyByte(input) : []), input.length]) {
    const fault = guard.check(input.subarray(from, to));
    if (fault !== null) return fault;
    from = to;
  }
  return null;
}

describe('a stream within its limits passes', () => {
  test.each([
    '+OK\r\n-ERR x\r\n:1\r\n:-1\r\n$3\r\nabc\r\n$-1\r\n$0\r\n\r\n*0\r\n*-1\r\n',
    '*2\r\n$1\r\na\r\n*2\r\n:1\r\n*1\r\n+x\r\n',
    `$90\r\n${'x'.repeat(90)}\r\n`.repeat(5),
    `*10\r\n${':1\r\n'.repeat(10)}`.repeat(3),
    '$4\r\n\r\n*9\r\n',
  ])('%j', (text) => {
    expect(checkStream(text, 'whole', SMALL)).toBeNull();
    expect(checkStream(text, 'bytes', SMALL)).toBeNull();
  });
});

describe('a stream beyond them does not', () => {
  test.each([
    ['$1000\r\n', 'a message is larger than 100 bytes'],
    ['*3\r\n$40\r\n' + 'x'.repeat(40) + '\r\n$50\r\n', 'a message is larger than 100 bytes'],
    ['*10\r\n' + '*10\r\n'.repeat(30), 'arrays nested too deeply'],
    ['*11\r\n', 'an array of 11 elements'],
    ['*33554432\r\n', 'an array of 33554432 elements'],
    ['*1\r\n*1\r\n*1\r\n*1\r\n', 'arrays nested too deeply'],
    ['+' + 'x'.repeat(51), 'a line is too long'],
    ['$' + '1'.repeat(30), 'a number is too long'],
    ['$-2\r\n', 'a length is negative'],
    ['*-3\r\n', 'a length is negative'],
    ['$abc\r\n', 'a number holds something else than digits'],
    ['*\r\n', 'a number is missing'],
    [':-\r\n', 'a number is missing'],
    ['$2\r\nabcd', 'a bulk string does not end in CRLF'],
    ['$2\r\nab\rx', 'a bulk string does not end in CRLF'],
    ['+a\rb', 'CR without LF'],
    ['%1\r\n', 'unexpected type byte 0x25'],
    ['GET / HTTP/1.1\r\n', 'unexpected type byte 0x47'],
  ])('%j', (text, fault) => {
    expect(checkStream(text, 'whole', SMALL)).toBe(fault);
    expect(checkStream(text, 'bytes', SMALL)).toBe(fault);
    expect(checkStream(`+OK\r\n*1\r\n:1\r\n${text}`, 'bytes', SMALL)).toBe(fault);
  });

  test('types that are not let through are refused', () => {
    expect(new ReplyGuard(REPLY_LIMITS, '*$').check(latin1('*1\r\n$1\r\na\r\n'))).toBeNull();
    expect(new ReplyGuard(REPLY_LIMITS, '*$').check(latin1('*1\r\n:1\r\n'))).toBe(
      'unexpected type byte 0x3a',
    );
  });
});
