import { expect, test } from 'vitest';
import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { ROOT } from '../tidy/source-files.ts';

/** 48 million events: four schedules of five have 1,500, the fifth has 6,000. */
const SCHEDULES = 20_000;
const EVENTS = 16_000 * 1500 + 4_000 * 6000;
/** A bound on hanging; two free cores need a tenth of it, and `npm test` leaves it what others leave. */
const TIMEOUT_MS = 2_400_000;

/** Runs the simulator; what it prints, on both channels. */
function simulate(args: readonly string[]): Promise<{ status: number | null; output: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'test/sim/run.mjs'), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const take = (chunk: string): void => {
    output += chunk;
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      resolve({ status, output });
    });
  });
}

test(
  '20,000 schedules of faults, new for every commit, break no invariant and test each',
  async () => {
    const { status, output } = await simulate(['--seeds', String(SCHEDULES), '--fresh']);
    const lines = output.trim().split('\n');
    const summary: unknown = JSON.parse(lines.at(-1) ?? '');
    // The console of a test that passes is not shown; how much was tried is worth a line anyway.
    process.stdout.write(`${lines.slice(0, -1).join('\n')}\n`);
    expect(status, output).toBe(0);
    expect(summary).toMatchObject({ schedules: SCHEDULES, events: EVENTS, violations: 0 });
  },
  TIMEOUT_MS,
);
