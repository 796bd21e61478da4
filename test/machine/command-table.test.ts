import { expect, test } from 'vitest';

import {
  CommandTable,
  checkArity,
  isWord,
  keysOf,
} from '../../node-engine/machine/command-table.ts';
import type { CommandSpec } from '../../node-engine/machine/machine.ts';
import { kv } from '../../node-engine/machines/kv/kv.ts';

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

test('every command is found in any spelling of upper and lower case', () => {
  const names = [...kv.commands.keys()];
  const table = new CommandTable(names.map((name) => [name, name] as const));
  for (const name of names) {
    const mixed = name.replace(/^./, (first) => first.toUpperCase());
    const spellings = [name, name.toUpperCase(), mixed];
    expect(spellings.map((spelling) => table.lookup(bytes(spelling)))).toEqual([name, name, name]);
  }
});

test('what is no command is not found', () => {
  const table = new CommandTable([...kv.commands.keys()].map((name) => [name, name] as const));
  const strangers = ['', 'g', 'gett', 'ge', 'xet', 'get\0', 'GET ', 'g\u00e5t', 'x'.repeat(70_000)];
  expect(strangers.map((name) => table.lookup(bytes(name)))).toEqual(
    strangers.map(() => undefined),
  );
});

test('only letters have two cases', () => {
  // Each pair differs in the bit that tells upper from lower case.
  const table = new CommandTable([
    ['a_b', 1],
    ['a`b', 2],
  ]);
  expect(['A_B', 'a`b', 'a\u007fb', 'a@b'].map((name) => table.lookup(bytes(name)))).toEqual([
    1,
    2,
    undefined,
    undefined,
  ]);
  expect(isWord(bytes('a@'), 'A`')).toBe(false);
});

test('a table of many names finds them all', () => {
  const names = Array.from({ length: 1000 }, (_, index) => `command-${index}`);
  const table = new CommandTable(names.map((name, index) => [name, index] as const));
  expect(names.map((name) => table.lookup(bytes(name)))).toEqual(names.map((_, index) => index));
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
