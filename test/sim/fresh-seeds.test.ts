import { expect, test } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freshSeeds, seedOf } from './fresh-seeds.ts';

const COMMITS = ['1'.repeat(40), '2'.repeat(40), `${'1'.repeat(39)}2`];

test('every commit has seeds of its own, and always the same', () => {
  const seeds = COMMITS.map(seedOf);
  expect(COMMITS.map(seedOf)).toEqual(seeds);
  expect(new Set(seeds).size).toBe(COMMITS.length);
  for (const seed of seeds) expect(Number.isSafeInteger(seed + 20_000)).toBe(true);
});

test('a seed that was asked for is taken, and a wrong one refused', () => {
  expect(freshSeeds('.', '77')).toEqual({ from: 77, reason: 'RAFTDECK_SIM_SEED' });
  expect(() => freshSeeds('.', '-1')).toThrow(/RAFTDECK_SIM_SEED is -1/);
  expect(() => freshSeeds('.', 'x')).toThrow(/RAFTDECK_SIM_SEED is x/);
});

test('outside a repository the seeds are fixed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'raftdeck-seeds-'));
  try {
    const first = freshSeeds(folder, '');
    expect(first.reason).toBe('no commit to go by');
    expect(freshSeeds(folder, '')).toEqual(first);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
