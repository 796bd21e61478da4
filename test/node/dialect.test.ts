import { expect, test } from 'vitest';

import { dialectOf, type Dialect } from '../../node-engine/node/dialect/dialect.ts';
import type { WriteFailure } from '../../node-engine/node/driver-ports.ts';
import type { Redirect } from '../../node-engine/node/failure-reply.ts';

const REDIS = dialectOf('redis');
const FINN = dialectOf('finn');
const UHAHA = dialectOf('uhaha');

const NOT_LEADER: WriteFailure = { kind: 'refused', reason: 'not-leader', leaderId: '1' };
const FAILURES: readonly WriteFailure[] = [
  NOT_LEADER,
  { kind: 'superseded', leaderId: null },
  { kind: 'unknown', index: 7, term: 2, cause: 'storage-failed' },
  { kind: 'unavailable', message: 'closing' },
  { kind: 'storage-failed', message: 'ENOSPC' },
  { kind: 'refused', reason: 'known-member', leaderId: null },
];

function told(
  dialect: Dialect,
  failure: WriteFailure,
  where: { readonly leader?: string; readonly redirect?: Redirect } = {},
): string {
  const { leader = null, redirect = 'moved' } = where;
  return dialect.failure(failure, { leaderAddress: leader, redirect, slot: 42 }).text;
}

function args(...words: readonly string[]): readonly Uint8Array[] {
  return words.map((word) => Buffer.from(word));
}

test('U13 every error of the dialects redis and uhaha begins with a code', () => {
  for (const dialect of [REDIS, UHAHA]) {
    const errors = [
      ...FAILURES.map((failure) => told(dialect, failure)),
      ...FAILURES.map((failure) => told(dialect, failure, { leader: 'h:1', redirect: 'try' })),
      dialect.unknownCommand(args('FOO')).text,
      dialect.wrongArity('get', 'GET').text,
      dialect.unknownSubcommand('raft', ['RAFT', 'FOO']).text,
      dialect.subcommandArity('raft', ['RAFT', 'LEADER', 'x'], 'raft|leader').text,
      ...[dialect.loading, dialect.notAuthenticated, dialect.wrongPassword].map(({ text }) => text),
      dialect.noPassword.text,
    ];
    for (const error of errors) expect(error).toMatch(/^[A-Z]+ /);
  }
});

test('who does not lead says where to go, in the words of each dialect', () => {
  const leader = 'h:1';
  expect(told(REDIS, NOT_LEADER, { leader })).toBe('MOVED 42 h:1');
  expect(told(UHAHA, NOT_LEADER, { leader })).toBe('MOVED 0 h:1');
  for (const dialect of [REDIS, FINN, UHAHA]) {
    expect(told(dialect, NOT_LEADER, { leader, redirect: 'try' })).toBe('TRY h:1');
  }
  expect(told(REDIS, NOT_LEADER)).toBe('CLUSTERDOWN The cluster is down');
  expect(told(FINN, NOT_LEADER)).toBe('ERR leader not known');
  expect(told(UHAHA, NOT_LEADER)).toBe('CLUSTERDOWN node is not the leader');
  expect(told(UHAHA, NOT_LEADER, { redirect: 'try' })).toBe('ERR node is not the leader');
});

test('a write in doubt is never answered with a redirect, which would send it again', () => {
  const doubt: WriteFailure = { kind: 'unknown', index: 7, term: 2, cause: 'storage-failed' };
  for (const dialect of [REDIS, FINN, UHAHA]) {
    expect(told(dialect, doubt, { leader: 'h:1' })).not.toMatch(/^(?:MOVED|TRY)/);
  }
});

test('the example stores of Finn and Uhaha take what they took', () => {
  const adapted = (dialect: Dialect, machine: string, ...words: readonly string[]): string => {
    const name = (words[0] ?? '').toLowerCase();
    const after = dialect.adapt(machine, name, args(...words));
    if ('type' in after) return `-${after.text}`;
    return after.map((word) => Buffer.from(word).toString()).join(' ');
  };
  const brief = ['SET', 'k', 'v', 'EX', '1.5'];
  expect(adapted(REDIS, 'kv', ...brief)).toBe('SET k v EX 1.5');
  expect(adapted(UHAHA, 'kv', ...brief)).toBe('SET k v PX 1500');
  expect(adapted(FINN, 'kv', ...brief)).toBe("-ERR wrong number of arguments for 'SET' command");
  expect(adapted(UHAHA, 'kv', 'SET', 'k', 'v', 'EX', '-1')).toBe('-ERR syntax error');
  for (const dialect of [FINN, UHAHA]) {
    expect(adapted(dialect, 'kv', 'KEYS', '[a]*\\[?')).toBe('KEYS \\[a]*\\[?');
    // Another machine's commands of the same names are its own affair.
    expect(adapted(dialect, 'other', ...brief)).toBe('SET k v EX 1.5');
  }
});
