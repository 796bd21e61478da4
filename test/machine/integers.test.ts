import { expect, test } from 'vitest';

import {
  addIntegers,
  INT64_MAX,
  INT64_MIN,
  INTEGER_BYTES_MAX,
  parseInteger,
  writeInteger,
} from '../../node-engine/machine/integers.ts';

function parse(text: string): number | bigint | null {
  return parseInteger(Buffer.from(text, 'latin1'));
}

test('integers of 64 bits are read exactly, small ones as numbers', () => {
  const texts = ['0', '-1', '12345', '999999999999999', '9007199254740991', '-9007199254740991'];
  expect(texts.map(parse)).toEqual(texts.map(Number));
  const wide = ['9007199254740992', '-9007199254740993', String(INT64_MAX), String(INT64_MIN)];
  expect(wide.map(parse)).toEqual(wide.map(BigInt));
});

test('anything but the shortest form of a 64-bit integer is refused', () => {
  const texts = ['', '-', '+1', ' 1', '1 ', '01', '-0', '00', '1.0', '1e3', '0x1', 'a', '1a'];
  const beyond = ['9223372036854775808', '-9223372036854775809', '99999999999999999999'];
  expect([...texts, ...beyond].filter((text) => parse(text) !== null)).toEqual([]);
});

test('a sum is exact, and null beyond 64 bits', () => {
  expect(addIntegers(2, 3)).toBe(5);
  expect(addIntegers(Number.MAX_SAFE_INTEGER, 1)).toBe(2n ** 53n);
  expect(addIntegers(2n ** 53n, -1)).toBe(Number.MAX_SAFE_INTEGER);
  expect(addIntegers(INT64_MAX, -1)).toBe(INT64_MAX - 1n);
  expect([addIntegers(INT64_MAX, 1), addIntegers(INT64_MIN, -1)]).toEqual([null, null]);
});

test('integers are written as String writes them', () => {
  const target = new Uint8Array(INTEGER_BYTES_MAX);
  const values = [0, 1, -1, 9, 10, -10, 99, 100, 123456789, Number.MAX_SAFE_INTEGER];
  const all = [...values, ...values.map((value) => -value), 999_999_999_999_999, INT64_MIN];
  const written = [...all, INT64_MAX].map((value) => {
    const length = writeInteger(value, target);
    return Buffer.from(target.subarray(0, length)).toString('latin1');
  });
  expect(written).toEqual([...all, INT64_MAX].map((value) => String(value)));
});
