import { expect, test } from 'vitest';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { ROOT } from '../tidy/source-files.ts';

test('the simulator finds the twelve known bugs that are cheapest to find', () => {
  const program = join(ROOT, 'test/sim/run-mutants.mjs');
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, '--cheap', '--json'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(status, `${stdout}\n${stderr}`).toBe(0);
  const summary: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  expect(summary).toMatchObject({ killed: 12, total: 12 });
});
