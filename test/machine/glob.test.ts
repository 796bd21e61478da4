import { expect, test } from 'vitest';

import { Glob, PatternTooComplexError } from '../../node-engine/machine/glob.ts';

function matches(pattern: string, text: string): boolean {
  return new Glob(Buffer.from(pattern, 'latin1')).matches(Buffer.from(text, 'latin1'));
}

const CASES: readonly [pattern: string, matching: readonly string[], other: readonly string[]][] = [
  ['*', ['', 'a', 'anything\0\xff'], []],
  ['', [''], ['a']],
  ['abc', ['abc'], ['ab', 'abcd', 'ABC']],
  ['a*', ['a', 'abc'], ['', 'ba']],
  ['*a', ['a', 'cba'], ['', 'ab']],
  ['a*b*c', ['abc', 'aXbYc', 'abbcc'], ['ab', 'acb']],
  ['a**b', ['ab', 'axxb'], ['a']],
  ['h?llo', ['hello', 'h\xffllo'], ['hllo', 'heello']],
  ['h[ae]llo', ['hello', 'hallo'], ['hillo', 'hllo']],
  ['h[^e]llo', ['hallo'], ['hello', 'hllo']],
  ['h[a-c]llo', ['hallo', 'hbllo', 'hcllo'], ['hdllo', 'h-llo']],
  ['h[c-a]llo', ['hallo', 'hbllo'], ['hdllo']],
  ['[^a-c]', ['d', '^'], ['a', 'b', '']],
  ['[\\]a]', [']', 'a'], ['\\', '[']],
  ['[a\\-c]', ['a', '-', 'c'], ['b']],
  ['[]', [], ['', ']', '[]']],
  ['[abc', ['a', 'c'], ['d', '[abc']],
  ['[a-', ['a', '-'], ['b']],
  ['\\*', ['*'], ['a', '\\*']],
  ['a\\', ['a\\'], ['a']],
  ['*[0-9]', ['key:7'], ['key:', 'key:7x']],
  ['\xe9*', ['\xe9\0'], ['e']],
];

test.each(CASES)('%j matches %j and not %j', (pattern, matching, other) => {
  expect(matching.filter((text) => !matches(pattern, text))).toEqual([]);
  expect(other.filter((text) => matches(pattern, text))).toEqual([]);
});

test('a pattern that would try for ever is given up', () => {
  const glob = new Glob(Buffer.from(`*${'a'.repeat(2000)}b`));
  expect(() => glob.matches(Buffer.from('a'.repeat(100_000)))).toThrow(PatternTooComplexError);
});

test('a long class counts its steps too', () => {
  const glob = new Glob(Buffer.from(`*[${'x'.repeat(60_000)}]`));
  expect(() => glob.matches(Buffer.from('a'.repeat(60_000)))).toThrow(PatternTooComplexError);
});

test('a plain pattern has steps enough for any number of texts', () => {
  const glob = new Glob(Buffer.from('user:*:name'));
  const text = Buffer.from('user:0123456789:name');
  let found = 0;
  for (let tried = 0; tried < 200_000; tried++) if (glob.matches(text)) found++;
  expect(found).toBe(200_000);
});
