import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../../tidy/source-files.ts';
import { MUTANTS } from './all-mutants.ts';

/* What a change of the sources can break without a run of the mutants. */

const KNOWN = MUTANTS.filter(({ id }) => id.startsWith('M'));

test('there are 47 known bugs, M1 to M48 without the one that needs sessions', () => {
  const ids = Array.from({ length: 48 }, (_, place) => `M${place + 1}`).filter(
    (id) => id !== 'M45',
  );
  expect(KNOWN.map(({ id }) => id)).toEqual(ids);
  expect(new Set(MUTANTS.map(({ id }) => id)).size).toBe(MUTANTS.length);
});

test('twelve of them are tried by every build', () => {
  expect(KNOWN.filter(({ isCheap }) => isCheap === true)).toHaveLength(12);
});

test.each(MUTANTS)('$id applies to the sources as they are: $title', ({ patches }) => {
  expect(patches.length).toBeGreaterThan(0);
  for (const { file, find, replace } of patches) {
    const places = readFileSync(join(ROOT, file), 'utf8').split(find).length - 1;
    expect(places, `${file} must hold this exactly once:\n${find}`).toBe(1);
    expect(replace).not.toBe(find);
  }
});
