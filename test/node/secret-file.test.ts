import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { NodeStartError } from '../../node-engine/node/node-options.ts';
import {
  localSecret,
  localSecretPath,
  readSecretFile,
} from '../../node-engine/node/secret-file.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'raftdeck-secret-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function problemOf(path: string): string {
  try {
    readSecretFile(path);
  } catch (error) {
    expect(error).toBeInstanceOf(NodeStartError);
    return (error as NodeStartError).message;
  }
  return 'no problem';
}

test('the local secret is 32 random bytes in hex, made once, for the owner alone', () => {
  const home = join(folder, 'a', 'home');
  const first = localSecret(home);
  expect(Buffer.from(first).toString('latin1')).toMatch(/^[0-9a-f]{64}$/);
  expect(localSecret(home)).toEqual(first);
  expect(localSecret(join(folder, 'other'))).not.toEqual(first);
  expect(statSync(localSecretPath(home)).mode & 0o777).toBe(0o600);
  expect(statSync(home).mode & 0o777).toBe(0o700);
  expect(readdirSync(home)).toEqual(['local.secret']);
});

test('white space around a secret does not count', () => {
  const path = join(folder, 'secret');
  writeFileSync(path, '\n  a secret of 19 bytes\r\n\n', { mode: 0o600 });
  expect(Buffer.from(readSecretFile(path)).toString()).toBe('a secret of 19 bytes');
});

test('a secret that others may read, a short one, and what is no file are refused', () => {
  const open = join(folder, 'open');
  writeFileSync(open, 'x'.repeat(64));
  chmodSync(open, 0o644);
  expect(problemOf(open)).toBe(
    `the secret file ${open} can be read or changed by others (mode 644); run: chmod 600 '${open}'`,
  );
  const short = join(folder, 'short');
  writeFileSync(short, ' fifteen letters ', { mode: 0o600 });
  expect(problemOf(short)).toBe(`the secret file ${short} holds 15 bytes; at least 16 are needed`);
  const large = join(folder, 'large');
  writeFileSync(large, 'x'.repeat(5000), { mode: 0o600 });
  expect(problemOf(large)).toBe(`the secret file ${large} is larger than 4096 bytes`);
  expect(problemOf(folder)).toBe(`the secret file ${folder} is not a regular file`);
  expect(problemOf(join(folder, 'none'))).toBe(
    `the secret file ${join(folder, 'none')} does not exist`,
  );
  const link = join(folder, 'link');
  symlinkSync(large, link);
  expect(problemOf(link)).toBe(`cannot read the secret file ${link}: it is a symbolic link`);
});
