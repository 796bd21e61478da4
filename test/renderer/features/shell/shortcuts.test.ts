import { expect, test } from 'vitest';

import { moodOf, splitSentence } from '../../../../renderer/features/shell/mood.ts';
import {
  findShortcut,
  keyHint,
  keyProblem,
  type KeyPress,
  setOwnKeys,
  SHORTCUTS,
} from '../../../../renderer/features/shell/shortcuts.ts';
import { motionOf } from '../../../../renderer/features/shell/motion.ts';

function press(key: string, held: Partial<KeyPress> = {}): KeyPress {
  return { key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held };
}

test('no key means two things in one place', () => {
  for (const scope of ['nodes', 'time'] as const) {
    const here = SHORTCUTS.filter((one) => one.scope === scope || one.scope === 'anywhere');
    const keys = here.flatMap((one) => one.keys);
    expect(new Set(keys).size).toBe(keys.length);
  }
});

test('no single letter acts outside of the ring and the table', () => {
  const anywhere = SHORTCUTS.filter(({ scope }) => scope === 'anywhere').flatMap(
    ({ keys }) => keys,
  );
  expect(anywhere.filter((chord) => /^[A-Z]$/.test(chord))).toEqual([]);
});

test.each([
  [press('k'), 'nodes', 'kill'],
  [press('K', { shiftKey: true }), 'nodes', null],
  [press('k', { ctrlKey: true }), 'nodes', null],
  [press('k', { altKey: true }), 'nodes', null],
  [press('k'), 'anywhere', null],
  [press('?', { shiftKey: true }), 'anywhere', 'help'],
  [press('F1'), 'anywhere', 'palette'],
  [press('k', { ctrlKey: true }), 'anywhere', 'palette'],
  [press('F6', { shiftKey: true }), 'anywhere', 'previous-pane'],
  [press('H', { shiftKey: true }), 'anywhere', 'heal'],
  [press('1', { ctrlKey: true }), 'anywhere', 'screen-clusters'],
  [press('2', { metaKey: true }), 'anywhere', 'screen-overview'],
  [press('C', { ctrlKey: true, shiftKey: true }), 'anywhere', 'copy-connect'],
  [press('c', { ctrlKey: true }), 'anywhere', null],
  [press('ArrowDown'), 'nodes', 'next-node'],
  [press('Delete'), 'nodes', 'remove'],
] as const)('%o in %s is %s', (pressed, scope, id) => {
  expect(findShortcut(pressed, scope)).toBe(id);
});

test('the key on a button is the first one of the list', () => {
  expect(keyHint('remove')).toBe('Del');
  expect(keyHint('copy-connect')).toBe('Ctrl Shift C');
});

test('a key that was put elsewhere acts there alone, and is what the buttons show', () => {
  setOwnKeys({ kill: 'X' });
  expect(findShortcut(press('x'), 'nodes')).toBe('kill');
  expect(findShortcut(press('k'), 'nodes')).toBeNull();
  expect(keyHint('kill')).toBe('X');
  setOwnKeys({});
  expect(findShortcut(press('k'), 'nodes')).toBe('kill');
});

test.each([
  ['kill', 'X', null],
  ['kill', 'K', null],
  ['kill', 'S', 'Start or stop the node has this key already.'],
  ['kill', 'Ctrl+K', 'Find a command has this key already.'],
  // The arrow keys mean something in the timeline, and something else on the ring.
  ['time-back', 'ArrowUp', null],
  ['palette', 'S', 'Hold Ctrl or Alt with it: a key alone would act while somebody types.'],
  ['palette', 'F2', null],
  ['palette', 'Alt+P', null],
  ['kill', 'Escape', 'This key keeps its own meaning everywhere.'],
  ['kill', 'Tab', 'This key keeps its own meaning everywhere.'],
] as const)('%s on %s: %s', (id, chord, problem) => {
  expect(keyProblem(id, chord)).toBe(problem);
});

test.each([
  ['Healthy: 3 of 3 voters, can lose 1', ['Healthy', '3 of 3 voters', ', can lose 1']],
  ['Stopped', ['Stopped', '', '']],
  ['Unknown: 2 nodes run', ['Unknown', '2 nodes run', '']],
])('the sentence %j is a word, a fact and what may be left out', (sentence, parts) => {
  const { word, fact, more } = splitSentence(sentence);
  expect([word, fact, more]).toEqual(parts);
});

test('the whole bar changes where there is no leader, and where the host is away', () => {
  expect(moodOf('healthy', 'open', false)).toBe('normal');
  expect(moodOf('degraded', 'open', false)).toBe('normal');
  expect(moodOf('no-leader', 'open', false)).toBe('danger');
  expect(moodOf('no-leader', 'lost', false)).toBe('lost');
  expect(moodOf(null, 'connecting', false)).toBe('normal');
  expect(moodOf('no-leader', 'open', true)).toBe('past');
  expect(moodOf('healthy', 'lost', true)).toBe('lost');
});

test('motion follows the system unless it is chosen', () => {
  expect(motionOf('system', true)).toBe('none');
  expect(motionOf('system', false)).toBe('full');
  expect(motionOf('full', true)).toBe('full');
  expect(motionOf('calm', false)).toBe('calm');
});
