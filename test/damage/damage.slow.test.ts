import { describe, expect, test } from 'vitest';

import type { DiskBackendName } from '../../node-engine/log/log-store.ts';
import { damageLogs, type LogCase } from './log-matrix.ts';
import { damageNodes, type NodeCase, type Role } from './node-matrix.ts';

/* A sample of `npm run damage -- --all`, with the same seeds every time. */

const BACKENDS: readonly DiskBackendName[] = ['leveldb', 'fastlog', 'lmdb'];
const ROLES: readonly Role[] = ['alone', 'follower', 'leader'];
/** Damages whose outcome does not depend on which byte is hit. */
const CERTAIN = 'folder of the log from an earlier time';

describe.each(BACKENDS)('a damaged %s log', (backend) => {
  // Each opening of an LMDB log starts a process.
  const count = backend === 'lmdb' ? 18 : 36;

  test('is noticed and repaired', async () => {
    const cases: LogCase[] = [];
    const isCrashed = backend !== 'lmdb';
    await damageLogs({ backend, count, seed: 7, isCrashed }, (one) => cases.push(one));
    const bad = cases.filter(({ outcome }) => ['unnoticed', 'not repaired'].includes(outcome));
    expect(bad).toEqual([]);
    const repaired = cases.filter(({ outcome }) => outcome === 'repaired');
    expect(repaired.length).toBeGreaterThan(count / 4);
    expect(cases.filter(({ outcome }) => outcome === 'vote lost')).toHaveLength(count / 9);
  });

  test.each(ROLES)('of a node, %s, never makes it answer wrongly', async (role) => {
    const cases: NodeCase[] = [];
    const isWanted = ({ name }: { name: string }): boolean => name === CERTAIN;
    await damageNodes({ backend, role, rounds: 1, seed: 7, isWanted }, (one) => cases.push(one));
    expect(cases.map(({ outcome }) => outcome)).toEqual(
      role === 'alone' ? ['refused'] : ['repaired'],
    );
  });
});
