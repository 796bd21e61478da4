import { expect, test } from 'vitest';

import { didYouMean, suggestion } from '../../main/cli/args/suggestion.ts';

const WORDS = ['join', 'nonvoter', 'election-timeout', 'heartbeat', 'home'];

test.each([
  ['jion', 'join'],
  ['jon', 'join'],
  ['JOIN', 'join'],
  ['election-timout', 'election-timeout'],
  ['electiontimeout', 'election-timeout'],
  ['elec', 'election-timeout'],
  ['hme', 'home'],
  ['xyz', null],
  ['', null],
  ['h', null],
  ['a'.repeat(5000), null],
])('%j suggests %j', (typed, meant) => {
  expect(suggestion(typed, WORDS)).toBe(meant);
});

test('the hint is empty when nothing is near', () => {
  expect(didYouMean('jion', WORDS, '--')).toBe(' (did you mean --join?)');
  expect(didYouMean('xyz', WORDS, '--')).toBe('');
});
