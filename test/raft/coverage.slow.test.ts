import { expect, test } from 'vitest';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { ROOT } from '../tidy/source-files.ts';

test('every branch of the core is run by some test, or listed with its reason', () => {
  const program = join(ROOT, 'test/raft/coverage.mjs');
  const { stdout, stderr, status } = spawnSync(process.execPath, [program], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(status, `${stdout}\n${stderr}`).toBe(0);
  const summary: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  expect(summary).toMatchObject({ missing: 0 });
});
