import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { ImportFolder } from '../../node-engine/snapshot/import-folder.ts';

let folder: string;
let imports: ImportFolder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'raftdeck-import-'));
  imports = new ImportFolder(join(folder, 'import'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a file is brought in pieces, each where the one before ended', async () => {
  expect(await imports.list()).toEqual([]);
  expect(await imports.write('state.bin', 0, Buffer.from('abc'))).toBe(3);
  expect(await imports.write('state.bin', 3, Buffer.from('def'))).toBe(6);
  await expect(imports.write('state.bin', 5, Buffer.from('x'))).rejects.toThrow('has 6 bytes');
  await expect(imports.write('missing', 5, Buffer.from('x'))).rejects.toThrow('cannot write');
  const path = await imports.path('state.bin');
  expect(readFileSync(path ?? '', 'utf8')).toBe('abcdef');
  expect(statSync(path ?? '').mode & 0o777).toBe(0o600);
  expect(await imports.list()).toMatchObject([{ name: 'state.bin', sizeBytes: 6 }]);
  expect(await imports.write('state.bin', 0, Buffer.from('z'))).toBe(1);
  expect(readFileSync(path ?? '', 'utf8')).toBe('z');
});

test('pieces that come at once are written one after the other', async () => {
  const pieces = Array.from({ length: 20 }, (_, at) => imports.write('f', at, Buffer.from('x')));
  expect(await Promise.all(pieces)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
});

test('a name is never a path, and a link leads nowhere', async () => {
  writeFileSync(join(folder, 'secret'), 'secret');
  await imports.write('mine', 0, Buffer.from('x'));
  symlinkSync(join(folder, 'secret'), join(folder, 'import', 'link'));
  for (const name of [
    '../secret',
    'link',
    '',
    '.',
    '..',
    '.hidden',
    'a/b',
    'a\\b',
    'x'.repeat(101),
  ]) {
    expect(await imports.path(name)).toBeNull();
    expect(await imports.discard(name)).toBe(false);
    if (name === 'link') continue;
    await expect(imports.write(name, 0, Buffer.from('x'))).rejects.toThrow('a name is 1 to 100');
  }
  await expect(imports.write('link', 6, Buffer.from('x'))).rejects.toThrow('cannot write link');
  expect(readFileSync(join(folder, 'secret'), 'utf8')).toBe('secret');
  // Written anew, it is a file of the folder and no link any more.
  expect(await imports.write('link', 0, Buffer.from('own'))).toBe(3);
  expect(readFileSync(join(folder, 'secret'), 'utf8')).toBe('secret');
});

test('a copy is kept whole or not at all, and a discarded file is gone', async () => {
  writeFileSync(join(folder, 'snapshot'), 'state');
  await imports.keep(join(folder, 'snapshot'), 'before-1');
  expect(readFileSync((await imports.path('before-1')) ?? '', 'utf8')).toBe('state');
  await imports.write('before-1', 0, Buffer.from('changed'));
  expect(readFileSync(join(folder, 'snapshot'), 'utf8')).toBe('state');
  await expect(imports.keep(join(folder, 'none'), 'before-2')).rejects.toThrow('cannot keep');
  expect((await imports.list()).map(({ name }) => name)).toEqual(['before-1']);
  expect(await imports.discard('before-1')).toBe(true);
  expect(existsSync(join(folder, 'import', 'before-1'))).toBe(false);
});
