import { expect, test } from 'vitest';

import type { RespView } from '../../../../main/contract/model.ts';
import { answerCommand } from '../../../../renderer/connection/fake/fake-console.ts';
import { createFakeCluster } from '../../../../renderer/connection/fake/fake-cluster.ts';
import {
  completionsFor,
  readCommandDocs,
} from '../../../../renderer/features/console/command-docs.ts';
import { quoted, replyRows } from '../../../../renderer/features/console/reply-rows.ts';
import { splitLine } from '../../../../renderer/features/console/split-line.ts';
import { createConsoleState } from '../../../../renderer/state/console.ts';

test.each<[string, readonly string[]]>([
  ['', []],
  ['  GET   a ', ['GET', 'a']],
  ['SET k "a b"', ['SET', 'k', 'a b']],
  ['SET k ""', ['SET', 'k', '']],
  [String.raw`SET k "a\"\n\x41\\"`, ['SET', 'k', 'a"\nA\\']],
  [String.raw`SET k 'a\'b\n'`, ['SET', 'k', String.raw`a'b\n`]],
  ['SET k {"n":1}', ['SET', 'k', '{n:1}']],
  ['SET ключ 🙂', ['SET', 'ключ', '🙂']],
])('the line %j is split as redis-cli does', (line, args) => {
  const split = splitLine(line);
  // A quote within a word ends it wrongly in redis-cli too: that is said, not guessed.
  if (line.includes('{')) expect(split).toMatchObject({ ok: false });
  else expect(split).toEqual({ ok: true, args });
});

test.each(['SET k "a', "SET k 'a", 'SET k "a"b', String.raw`SET k "\xff"`])(
  'the line %j is refused with a reason',
  (line) => {
    expect(splitLine(line)).toMatchObject({ ok: false });
  },
);

test('every kind of answer says what it is', () => {
  const reply: RespView = {
    type: 'map',
    entries: [
      [
        { type: 'bulk', text: 'a' },
        { type: 'integer', text: '3' },
      ],
      [
        { type: 'bulk', text: 'b' },
        { type: 'set', items: [{ type: 'boolean', value: true }] },
      ],
      [{ type: 'bulk', text: 'c' }, { type: 'null' }],
      [
        { type: 'bulk', text: 'd' },
        { type: 'array', items: [] },
      ],
    ],
  };
  const { rows, leftOut } = replyRows(reply, 100);
  expect(rows.map(({ depth, key, text, type }) => [depth, key, text, type])).toEqual([
    [0, null, 'map of 4', 'map'],
    [1, 'a', '3', 'integer'],
    [1, 'b', 'set of 1', 'set'],
    [2, '1', 'true', 'boolean'],
    [1, 'c', 'nil', 'null'],
    [1, 'd', 'empty', 'array'],
  ]);
  expect(leftOut).toBe(false);
});

test('a long answer is cut, and says so', () => {
  const items = Array.from(
    { length: 1_000 },
    (_, at) => ({ type: 'bulk', text: String(at) }) as const,
  );
  const { rows, leftOut } = replyRows({ type: 'array', items }, 200);
  expect([rows.length, leftOut]).toEqual([200, true]);
  const long = replyRows({ type: 'bulk', text: 'x'.repeat(5_000) }, 10).rows[0]?.text;
  expect(long).toContain('3,000 characters more');
});

test('text that hides or reorders itself is shown as what it is', () => {
  expect(quoted('a"\\\n\u0007\u202Eb')).toBe(String.raw`"a\"\\\n\x07\u{202e}b"`);
});

const CLUSTER = createFakeCluster({ id: 'c1', nodes: 3, nowMs: 0 });

function docs() {
  const args = ['COMMAND', 'DOCS'];
  const answer = answerCommand(CLUSTER, {
    clusterId: 'c1',
    nodeId: null,
    args,
    followRedirects: true,
  });
  if (!answer.ok) throw new Error(answer.error.message);
  return readCommandDocs(answer.value.reply);
}

test('completion comes from what the nodes say of their commands', () => {
  const names = (typed: string): readonly string[] =>
    completionsFor(docs(), typed, 8).map(({ name }) => name);
  expect(names('ge')).toEqual(['GET', 'GETDEL']);
  expect(names('RAFT')).toEqual(['RAFT', 'RAFTADDPEER', 'RAFTSNAPSHOT']);
  expect(names('get user')).toEqual(['GET']);
  expect(names('nothing')).toEqual([]);
  expect(docs().find(({ name }) => name === 'HELLO')).toMatchObject({ usage: '[protover]' });
  // An older server answers a flat list; something else altogether completes nothing.
  expect(readCommandDocs({ type: 'array', items: [] })).toEqual([]);
  expect(readCommandDocs({ type: 'error', text: 'ERR' })).toEqual([]);
});

test('the console keeps what was answered by whom, and what failed', async () => {
  let fail = false;
  const state = createConsoleState({
    sendCommand: async (request) =>
      fail
        ? { ok: false, error: { code: 'E_TIMEOUT', message: 'Whether it was done is not known.' } }
        : answerCommand(CLUSTER, request),
  });
  state.open('c1');
  await state.send('GET a', ['GET', 'a'], '2');
  fail = true;
  await state.send('SET a 1', ['SET', 'a', '1'], null);
  await state.send('SET a 1', ['SET', 'a', '1'], null);
  const { entries, lines } = state.store.getState();
  expect(entries.map(({ outcome }) => outcome)).toMatchObject([
    { state: 'answered', answer: { nodeId: '1', redirects: [{ nodeId: '2' }] } },
    { state: 'failed', code: 'E_TIMEOUT' },
    { state: 'failed', code: 'E_TIMEOUT' },
  ]);
  expect(lines).toEqual(['GET a', 'SET a 1']);
  state.open('c2');
  expect(state.store.getState().entries).toEqual([]);
});
