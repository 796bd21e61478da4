import { expect, test } from 'vitest';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { ROOT } from '../tidy/source-files.ts';

const SCHEDULES = 2000;

test('2,000 seeded schedules of faults break no invariant, and put each to the test', () => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [join(ROOT, 'test/sim/run.mjs'), '--seeds', String(SCHEDULES)],
    { cwd: ROOT, encoding: 'utf8' },
  );
  expect(status, `${stdout}\n${stderr}`).toBe(0);
  const summary: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  expect(summary).toMatchObject({ schedules: SCHEDULES, violations: 0 });
});
