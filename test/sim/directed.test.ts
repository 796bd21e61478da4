import { expect, test } from 'vitest';

import { SCRIPTS } from './scripts/all-scripts.ts';
import { runScript } from './scripts/run-script.ts';

test('there are at least sixty scripts, each with a name of its own', () => {
  expect(new Set(SCRIPTS.map(({ name }) => name)).size).toBe(SCRIPTS.length);
  expect(SCRIPTS.length).toBeGreaterThanOrEqual(60);
});

/** What others have run into, each of which must be tried by name. */
const KNOWN = [
  'etcd 8243',
  'etcd 20418',
  'etcd-io/raft 149',
  'etcd-io/raft 397',
  'figure 8',
  'hashicorp/raft 605',
  'hashicorp/raft 697',
  'Ongaro 2015',
  'openraft 1796',
  'openraft 1808',
];

test.each(KNOWN)('%s has a script', (reference) => {
  expect(SCRIPTS.filter(({ name }) => name.includes(reference))).not.toEqual([]);
});

test.each(SCRIPTS.map((script) => [script.name, script] as const))('%s', (_name, script) => {
  const { violation, missed } = runScript(script);
  expect(violation).toBeNull();
  expect(missed, 'what the script needed to reach').toEqual([]);
});
