import { expect, test } from 'vitest';

import { checkArity, isWord, keysOf } from '../../node-engine/machine/command-arguments.ts';
import type { CommandSpec } from '../../node-engine/machine/machine.ts';

function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

const SPEC: CommandSpec = {
  kind: 'write',
  arity: 2,
  summary: '',
  group: 'generic',
  arguments: [],
  firstKey: 1,
  lastKey: 1,
  keyStep: 1,
};

test('a word is recognised in any case, and nothing else for it', () => {
  const spellings = ['NX', 'nx', 'nX', 'n', 'nxx', '', 'n\u0058'];
  expect(spellings.map((spelling) => isWord(bytes(spelling), 'NX'))).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    true,
  ]);
  // They differ in the bit that tells upper from lower case, but are no letters.
  expect(isWord(bytes('a@'), 'A`')).toBe(false);
});

test('arity counts the name, and a negative one is a minimum', () => {
  const counts = [1, 2, 3];
  const exact = counts.map((count) => checkArity('GeT', SPEC, count)?.text ?? null);
  const minimum = counts.map((count) => checkArity('x', { ...SPEC, arity: -2 }, count) === null);
  const text = "ERR wrong number of arguments for 'get' command";
  expect(exact).toEqual([text, null, text]);
  expect(minimum).toEqual([false, true, true]);
});

test('the keys of a command are where its specification says', () => {
  const args = ['name', 'a', 'b', 'c', 'd'].map(bytes);
  const keysAt = (firstKey: number, lastKey: number, keyStep: number): string =>
    keysOf({ ...SPEC, firstKey, lastKey, keyStep }, args)
      .map((key) => Buffer.from(key).toString())
      .join('');
  expect([keysAt(0, 0, 0), keysAt(1, 1, 1), keysAt(1, -1, 1), keysAt(1, -1, 2)]).toEqual([
    '',
    'a',
    'abcd',
    'ac',
  ]);
  expect([keysAt(1, 2, 1), keysAt(1, -2, 1), keysAt(3, 9, 1)]).toEqual(['ab', 'abc', 'cd']);
});
