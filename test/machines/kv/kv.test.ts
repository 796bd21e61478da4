import { expect, test } from 'vitest';

import { kv } from '../../../node-engine/machines/kv/kv.ts';
import { MachineUnderTest, type PlainReply } from '../../machine/machine-under-test.ts';

const START_MS = 1_700_000_000_000;

/** Lines of `command -> reply`; replies as JSON, so that types show. */
function expectConversation(lines: readonly (readonly [string, PlainReply])[]): void {
  const subject = new MachineUnderTest(kv, START_MS);
  const replies = lines.map(([line]) => {
    const [command, atMs] = line.split(' @');
    if (atMs !== undefined) subject.nowMs = START_MS + Number(atMs);
    return [line, subject.line(command ?? '')] as const;
  });
  expect(replies).toEqual(lines);
}

test('values are set, read, replaced and deleted', () => {
  expectConversation([
    ['GET a', null],
    ['SET a 1', '+OK'],
    ['GET a', '1'],
    ['set a two', '+OK'],
    ['gEt a', 'two'],
    ['EXISTS a b a', 2],
    ['TYPE a', '+string'],
    ['TYPE b', '+none'],
    ['STRLEN a', 3],
    ['DEL a b a', 1],
    ['UNLINK a', 0],
    ['GET a', null],
  ]);
});

test('SET obeys NX, XX and GET', () => {
  expectConversation([
    ['SET a 1 XX', null],
    ['SET a 1 NX', '+OK'],
    ['SET a 2 NX', null],
    ['SET a 2 XX', '+OK'],
    ['SET a 3 GET', '2'],
    ['SET a 4 NX GET', '3'],
    ['SET b 1 GET', null],
    ['SET b 2 XX GET', '1'],
    ['GET b', '2'],
    ['SET a 1 NX XX', '-ERR syntax error'],
    ['SET a 1 FOO', '-ERR syntax error'],
    ['SET a 1 EX', '-ERR syntax error'],
    ['SET a 1 EX 1 PX 1', '-ERR syntax error'],
    ['SET a 1 EX 1 KEEPTTL', '-ERR syntax error'],
    ['SET a 1 EX x', '-ERR value is not an integer or out of range'],
    ['SET a 1 EX 0', "-ERR invalid expire time in 'set' command"],
    ['SET a 1 PX -5', "-ERR invalid expire time in 'set' command"],
    ['SET a 1 EX 9223372036854775807', "-ERR invalid expire time in 'set' command"],
    ['GET a', '3'],
  ]);
});

test('a key is there up to the last millisecond of its time and gone after it', () => {
  expectConversation([
    ['SET a 1 PX 100 @0', '+OK'],
    ['GET a @100', '1'],
    ['PTTL a @100', 0],
    ['GET a @101', null],
    ['SET b 1 EX 1 @200', '+OK'],
    ['SET b 2 KEEPTTL @300', '+OK'],
    ['PTTL b @300', 900],
    ['SET b 3 @400', '+OK'],
    ['PTTL b @400', -1],
    ['SET c 1 PXAT 1', '+OK'],
    ['EXISTS c', 0],
    ['DBSIZE', 1],
    ['PTTL a', -2],
  ]);
});

test('an expired key is gone for writes: counters start anew and NX sets', () => {
  expectConversation([
    ['SET n 41 PX 10 @0', '+OK'],
    ['INCR n @5', 42],
    ['PTTL n @5', 5],
    ['INCR n @11', 1],
    ['PTTL n @11', -1],
    ['SET l held NX PX 10 @20', '+OK'],
    ['SET l held NX PX 10 @30', null],
    ['SET l held NX PX 10 @31', '+OK'],
    ['APPEND l !', 5],
    ['APPEND l ? @42', 1],
    ['GET l', '?'],
    ['PERSIST l', 0],
  ]);
});

test('counters have 64 bits and say so', () => {
  expectConversation([
    ['INCR a', 1],
    ['INCRBY a 41', 42],
    ['DECR a', 41],
    ['DECRBY a 50', -9],
    ['GET a', '-9'],
    ['SET a 9223372036854775806', '+OK'],
    ['INCR a', 9223372036854775807n],
    ['INCR a', '-ERR increment or decrement would overflow'],
    ['GET a', '9223372036854775807'],
    ['DECRBY a -1', '-ERR increment or decrement would overflow'],
    ['DECRBY a -9223372036854775808', '-ERR decrement would overflow'],
    ['SET a -9223372036854775808', '+OK'],
    ['DECR a', '-ERR increment or decrement would overflow'],
    ['SET a 9007199254740991', '+OK'],
    ['INCR a', 9007199254740992n],
    ['DECR a', 9007199254740991],
    ['SET a 10.5', '+OK'],
    ['INCR a', '-ERR value is not an integer or out of range'],
    ['INCRBY b x', '-ERR value is not an integer or out of range'],
    ['EXISTS b', 0],
  ]);
});

test('decimal counters are exact', () => {
  expectConversation([
    ['INCRBYFLOAT a 0.1', '0.1'],
    ['INCRBYFLOAT a 0.2', '0.3'],
    ['INCRBYFLOAT a 5.0e3', '5000.3'],
    ['INCRBYFLOAT a -5000.3', '0'],
    ['SET a 10.50', '+OK'],
    ['INCRBYFLOAT a 0.1', '10.6'],
    ['INCRBYFLOAT a x', '-ERR value is not a valid float'],
    ['INCRBYFLOAT a inf', '-ERR increment would produce NaN or Infinity'],
    ['SET b 3', '+OK'],
    ['INCRBYFLOAT b 1.1', '4.1'],
    ['INCRBYFLOAT b -.1', '4'],
  ]);
});

test('parts of values are read and written', () => {
  expectConversation([
    ['APPEND a Hello', 5],
    ['APPEND a World', 10],
    ['GETRANGE a 0 4', 'Hello'],
    ['GETRANGE a -5 -1', 'World'],
    ['GETRANGE a 0 -1', 'HelloWorld'],
    ['GETRANGE a 5 100', 'World'],
    ['GETRANGE a 7 3', ''],
    ['GETRANGE a -1 -5', ''],
    ['SUBSTR a 0 0', 'H'],
    ['GETRANGE none 0 1', ''],
    ['SETRANGE a 5 Redis', 10],
    ['GET a', 'HelloRedis'],
    ['SETRANGE b 2 x', 3],
    ['GET b', '\0\0x'],
    ['SETRANGE a -1 x', '-ERR offset is out of range'],
    ['SETRANGE a 67108864 x', '-ERR string exceeds maximum allowed size (proto-max-bulk-len)'],
  ]);
});

test('several keys are written at once', () => {
  expectConversation([
    ['MSET a 1 b 2 a 3', '+OK'],
    ['MGET a b c', ['3', '2', null]],
    ['MSETNX c 1 a 9', 0],
    ['MSETNX c 1 d 2', 1],
    ['MGET a c d', ['3', '1', '2']],
    ['MSET a 1 b', "-ERR wrong number of arguments for 'mset' command"],
    ['GETSET a x', '3'],
    ['GETDEL a', 'x'],
    ['GETDEL a', null],
  ]);
});

test('EXPIRE obeys its conditions, and a time in the past deletes', () => {
  expectConversation([
    ['SET a 1', '+OK'],
    ['EXPIRE a 10 XX', 0],
    ['EXPIRE a 10 GT', 0],
    ['EXPIRE a 10 LT', 1],
    ['EXPIRE a 20 NX', 0],
    ['EXPIRE a 5 GT', 0],
    ['EXPIRE a 20 GT', 1],
    ['TTL a', 20],
    ['EXPIRETIME a', START_MS / 1000 + 20],
    ['PEXPIREAT a 1700000001500', 1],
    ['TTL a', 2],
    ['PEXPIRETIME a', 1700000001500],
    ['EXPIRE a 1 NX GT', '-ERR NX and XX, GT or LT options at the same time are not compatible'],
    ['EXPIRE a 1 GT LT', '-ERR GT and LT options at the same time are not compatible'],
    ['EXPIRE a 1 foo', '-ERR Unsupported option foo'],
    ['EXPIRE a 9223372036854775807', "-ERR invalid expire time in 'expire' command"],
    ['PERSIST a', 1],
    ['TTL a', -1],
    ['EXPIRE a -1', 1],
    ['EXISTS a', 0],
    ['EXPIRE a 10', 0],
  ]);
});

test('GETEX changes the expiry only', () => {
  expectConversation([
    ['GETEX a EX 0', null],
    ['SET a 1', '+OK'],
    ['GETEX a PX 1500', '1'],
    ['PTTL a', 1500],
    ['GETEX a', '1'],
    ['PTTL a', 1500],
    ['GETEX a EX 0', "-ERR invalid expire time in 'getex' command"],
    ['GETEX a PERSIST EX 1', '-ERR syntax error'],
    ['GETEX a PERSIST', '1'],
    ['PTTL a', -1],
    ['GETEX a PXAT 5', '1'],
    ['EXISTS a', 0],
  ]);
});

test('a renamed or copied key takes its expiry along', () => {
  expectConversation([
    ['SET a 1 PX 500', '+OK'],
    ['RENAME a b', '+OK'],
    ['PTTL b', 500],
    ['RENAME a c', '-ERR no such key'],
    ['COPY b c', 1],
    ['COPY b c', 0],
    ['PTTL c', 500],
    ['SET d other', '+OK'],
    ['COPY b d REPLACE', 1],
    ['MGET a b c d', [null, '1', '1', '1']],
    ['RENAMENX b c', 0],
    ['RENAMENX b e', 1],
    ['RENAME e e', '+OK'],
    ['GET e', '1'],
    ['COPY e e', '-ERR source and destination objects are the same'],
    ['COPY e f DB 1', '-ERR DB index is out of range'],
  ]);
});

test('keys are listed in byte order', () => {
  expectConversation([
    ['MSET user:2 x user:10 x user:1 x other x', '+OK'],
    ['KEYS *', ['other', 'user:1', 'user:10', 'user:2']],
    ['KEYS user:?', ['user:1', 'user:2']],
    ['KEYS none*', []],
    ['DBSIZE', 4],
    ['FLUSHALL', '+OK'],
    ['DBSIZE', 0],
    ['KEYS *', []],
    ['RANDOMKEY', null],
    ['SCAN 0', ['0', []]],
  ]);
});

test('SCAN refuses what it does not understand', () => {
  expectConversation([
    ['SCAN x', '-ERR invalid cursor'],
    ['SCAN 0 COUNT 0', '-ERR syntax error'],
    ['SCAN 0 COUNT x', '-ERR value is not an integer or out of range'],
    ['SCAN 0 COUNT', '-ERR syntax error'],
    ['SCAN 0 FOO 1', '-ERR syntax error'],
    ['SCAN 18446744073709551615', ['0', []]],
    ['SCAN 18446744073709551616', '-ERR invalid cursor'],
  ]);
});

test('what is no command, or has too few or too many arguments, is said', () => {
  expectConversation([
    ['FOO bar baz', "-ERR unknown command 'FOO', with args beginning with: 'bar' 'baz' "],
    ['GET', "-ERR wrong number of arguments for 'get' command"],
    ['GET a b', "-ERR wrong number of arguments for 'get' command"],
    ['Set a', "-ERR wrong number of arguments for 'set' command"],
  ]);
});

test('keys and values hold any bytes, and the empty key is a key', () => {
  const subject = new MachineUnderTest(kv);
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  subject.run('SET', all, all);
  subject.run('SET', '', '');
  expect([subject.run('GET', all), subject.run('GET', ''), subject.run('DBSIZE')]).toEqual([
    Buffer.from(all).toString('latin1'),
    '',
    2,
  ]);
});

test('a key that is too long is refused by writes and unknown to reads', () => {
  const subject = new MachineUnderTest(kv);
  const longest = 'k'.repeat(65_536);
  const error = '-ERR key is too long (max 65536 bytes)';
  expect([
    subject.run('SET', longest, 1),
    subject.run('SET', `${longest}k`, 1),
    subject.run('MSET', 'a', 1, `${longest}k`, 1),
    subject.run('RENAME', longest, `${longest}k`),
    subject.run('GET', `${longest}k`),
    subject.run('DBSIZE'),
  ]).toEqual(['+OK', error, error, error, null, 1]);
});

test('the hash of the state follows from its keys, values and expiries alone', () => {
  const one = new MachineUnderTest(kv, START_MS, 1n);
  const other = new MachineUnderTest(kv, START_MS, 2n);
  for (let key = 0; key < 500; key++) one.run('SET', `key:${key}`, key);
  for (let key = 499; key >= 0; key--) {
    other.run('SET', `key:${key}`, 'something longer before');
    other.run('SET', `other:${key}`, key);
    other.run('SET', `key:${key}`, key);
    other.run('DEL', `other:${key}`);
  }
  expect(other.machine.stateHash()).toBe(one.machine.stateHash());
  other.run('EXPIRE', 'key:7', 1000);
  expect(other.machine.stateHash()).not.toBe(one.machine.stateHash());
  one.run('PEXPIREAT', 'key:7', START_MS + 1_000_000);
  expect(other.machine.stateHash()).toBe(one.machine.stateHash());
});

test('what has expired counts neither in the hash nor in the size, freed or not', () => {
  const kept = new MachineUnderTest(kv);
  const expired = new MachineUnderTest(kv);
  for (let key = 0; key < 300; key++) expired.run('SET', `gone:${key}`, key, 'PX', 10);
  expired.nowMs += 11;
  expired.run('SET', 'stays', 1, 'PX', 10_000);
  kept.nowMs += 11;
  kept.run('SET', 'stays', 1, 'PX', 10_000);
  expect([expired.machine.stateHash(), expired.machine.size()]).toEqual([
    kept.machine.stateHash(),
    1,
  ]);
});
