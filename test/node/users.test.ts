import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

import { FailedLogins } from '../../node-engine/node/auth/failed-logins.ts';
import { mayDo } from '../../node-engine/node/auth/permission.ts';
import { readPasswordFile, readUsersFile } from '../../node-engine/node/auth/user-files.ts';
import { nodeCredentials, nodeUser, Users } from '../../node-engine/node/auth/users.ts';

const folder = mkdtempSync(join(tmpdir(), 'raftdeck-users-'));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(text: string, mode = 0o600): string {
  const path = join(folder, 'users');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

test('a user is known by name and password together, and by nothing less', () => {
  const users = new Users([
    { name: 'ada', role: 'admin', password: 'one' },
    { name: 'bob', role: 'read-only', password: 'two' },
  ]);
  expect(users.verify('ada', 'one')).toMatchObject({ name: 'ada', role: 'admin' });
  expect(users.verify('bob', 'two')).toMatchObject({ role: 'read-only' });
  for (const [name, password] of [
    ['ada', 'two'],
    ['ada', ''],
    ['', 'one'],
    ['ad', 'aone'],
  ]) {
    expect(users.verify(name ?? '', password ?? '')).toBeNull();
  }
});

test('nodes of one secret know each other, and those of another do not', () => {
  const secret = Buffer.from('0123456789abcdef');
  const { username, password } = nodeCredentials(secret);
  expect(new Users([nodeUser(secret)]).verify(username, password)?.role).toBe('admin');
  const other = nodeCredentials(Buffer.from('fedcba9876543210'));
  expect(new Users([nodeUser(secret)]).verify(other.username, other.password)).toBeNull();
  expect(password).not.toContain('0123456789abcdef');
});

test('a role includes those below it', () => {
  expect(mayDo('admin', 'read-write')).toBe(true);
  expect(mayDo('read-write', 'read-only')).toBe(true);
  expect(mayDo('read-write', 'admin')).toBe(false);
  expect(mayDo('read-only', 'read-write')).toBe(false);
});

test('a users file is read by the line, and refused with the line', () => {
  const text = '# who\n\nada admin one\r\nbob read-only two\n';
  expect(readUsersFile(file(text)).map(({ name }) => name)).toEqual(['ada', 'bob']);
  for (const [line, problem] of [
    ['ada boss one', /users:1: 'boss' is no role/],
    ['ada admin', /user ada has no password/],
    ['ada admin one two', /white space/],
    ['ada admin one\nada admin two', /users:2: user ada is there twice/],
    ['raftdeck-node admin one', /for the nodes themselves/],
    ['', /holds no user/],
  ] as const) {
    expect(() => readUsersFile(file(line))).toThrow(problem);
  }
});

test.skipIf(process.platform === 'win32')('a password file that others may read is refused', () => {
  expect(readPasswordFile(file('secret\n')).password).toBe('secret');
  expect(() => readPasswordFile(file(' \n'))).toThrow(/is empty/);
  expect(() => readPasswordFile(file('secret', 0o644))).toThrow(/can be read or changed by others/);
  expect(() => readPasswordFile(join(folder, 'none'))).toThrow(/does not exist/);
});

test('ten wrong passwords a minute cost nothing, more of them time, other addresses nothing', () => {
  const failed = new FailedLogins();
  for (let at = 0; at < 10; at += 1) {
    expect(failed.delayMs('h', at)).toBe(0);
    failed.failed('h', at);
  }
  expect(failed.delayMs('h', 10)).toBe(250);
  failed.failed('h', 10);
  expect(failed.delayMs('h', 11)).toBe(500);
  for (let at = 0; at < 50; at += 1) failed.failed('h', 12);
  expect(failed.delayMs('h', 13)).toBe(4_000);
  expect(failed.delayMs('other', 13)).toBe(0);
  expect(failed.delayMs('h', 60_013)).toBe(0);
});
