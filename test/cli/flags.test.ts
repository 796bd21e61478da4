import { expect, test } from 'vitest';

import { parseFlags, type FlagSpec } from '../../main/cli/args/flags.ts';
import { UsageError } from '../../main/cli/args/usage-error.ts';

const SPECS: readonly FlagSpec[] = [
  { name: 'j', aliases: ['join'], value: 'HOST:PORT', summary: 'joins' },
  { name: 'heartbeat', value: 'MS', summary: 'beats' },
  { name: 'dial', value: 'ID=HOST:PORT', summary: 'dials', repeated: true },
  { name: 'faults', value: null, summary: 'opens faults' },
];

function problemOf(...args: readonly string[]): string {
  try {
    parseFlags(SPECS, args);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as UsageError).message;
  }
  return 'no problem';
}

test('one dash, two dashes, a space and an equals sign all mean the same', () => {
  const spellings = [
    ['-j', '127.0.0.1:1'],
    ['--j', '127.0.0.1:1'],
    ['-join', '127.0.0.1:1'],
    ['--join', '127.0.0.1:1'],
    ['-join=127.0.0.1:1'],
    ['--join=127.0.0.1:1'],
  ];
  const read = spellings.map((args) => parseFlags(SPECS, args).value('j'));
  expect(read).toEqual(spellings.map(() => '127.0.0.1:1'));
});

test('a value may hold equals signs and begin with a minus before a digit', () => {
  expect(parseFlags(SPECS, ['--dial=2=h:1', '--dial', '3=h:2']).values('dial')).toEqual([
    '2=h:1',
    '3=h:2',
  ]);
  expect(parseFlags(SPECS, ['--heartbeat', '-5']).value('heartbeat')).toBe('-5');
});

test('a flag that was not given has no value and is not there', () => {
  const flags = parseFlags(SPECS, ['--faults', 'stray', '--', '--join']);
  expect(flags.has('faults')).toBe(true);
  expect(flags.has('j')).toBe(false);
  expect(flags.value('j')).toBeNull();
  expect(flags.values('dial')).toEqual([]);
  expect(flags.positionals).toEqual(['stray', '--join']);
});

test.each([
  [['--jion', 'x'], 'unknown flag --jion (did you mean --join?)'],
  [['-hartbeat=1'], 'unknown flag -hartbeat (did you mean --heartbeat?)'],
  [['--zzz'], 'unknown flag --zzz'],
  [['--__proto__'], 'unknown flag --__proto__'],
  [['--join'], 'flag --join needs a value: --join HOST:PORT'],
  [['--join', '--faults'], 'flag --join needs a value: --join HOST:PORT'],
  [['--join='], 'flag --join needs a value: --join HOST:PORT'],
  [['--join', ''], 'flag --join needs a value: --join HOST:PORT'],
  [['--faults=yes'], "flag --faults takes no value, not 'yes'"],
  [['--faults='], "flag --faults takes no value, not ''"],
  [['-j', 'a:1', '--join', 'b:2'], 'flag -j is given twice'],
  [['--join', 'x\ufffdy'], "'x\ufffdy' is not UTF-8"],
  [['--join=\ufffd'], "'--join=\ufffd' is not UTF-8"],
])('%j is refused: %s', (args, problem) => {
  expect(problemOf(...args)).toBe(problem);
});
