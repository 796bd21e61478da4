import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { describeSecretFile } from '../../main/host/secret-file.ts';
import { localSecret, localSecretPath } from '../../node-engine/node/secret-file.ts';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'raftdeck-secret-'));
});

afterEach(() => {
  rmSync(home, { recursive: true });
});

async function readableBy(platform?: NodeJS.Platform): Promise<string> {
  const described = await describeSecretFile(home, platform);
  if (!described.ok) throw new Error(described.error.message);
  expect(described.value.path).toBe(localSecretPath(home));
  return described.value.readableBy;
}

test('who can read the secret that the nodes have made is said as it is now', async () => {
  expect(await readableBy()).toBe('nobody');
  localSecret(home);
  expect(await readableBy('linux')).toBe('owner');
  for (const mode of [0o640, 0o604, 0o601]) {
    chmodSync(localSecretPath(home), mode);
    expect(await readableBy('linux'), mode.toString(8)).toBe('others');
  }
  chmodSync(localSecretPath(home), 0o400);
  expect(await readableBy('darwin')).toBe('owner');
});

test('no more is said than the system says', async () => {
  localSecret(home);
  expect(await readableBy('win32')).toBe('unknown');
  const file = join(home, 'file');
  writeFileSync(file, '');
  expect(await describeSecretFile(file)).toMatchObject({
    ok: false,
    error: { code: 'E_IO', message: expect.stringContaining('cannot be looked at') as string },
  });
});
