import { expect, test } from 'vitest';

import { SCRIPTS } from './scripts/all-scripts.ts';
import { runScript } from './scripts/run-script.ts';

test('there are at least sixty scripts, each with a name of its own', () => {
  expect(new Set(SCRIPTS.map(({ name }) => name)).size).toBe(SCRIPTS.length);
  expect(SCRIPTS.length).toBeGreaterThanOrEqual(60);
});

test.each(SCRIPTS)('$name', (script) => {
  const { violation, missed } = runScript(script);
  expect(violation).toBeNull();
  expect(missed, 'what the script needed to reach').toEqual([]);
});
