import { expect, test } from 'vitest';

import { kv } from '../../node-engine/machines/kv/kv.ts';
import type { SnapshotPolicy } from '../../node-engine/node/driver-ports.ts';
import { nodeOptionsOf } from '../../node-engine/node/open-node.ts';

function policyOf(options: { snapshotEntries?: number; trailingEntries?: number }): SnapshotPolicy {
  return nodeOptionsOf({ machine: kv, directory: 'data', ...options }).snapshots;
}

test('a snapshot is made by itself after a million entries or 256 MB of log', () => {
  const expected = { snapshotEntries: 1_000_000, snapshotLogBytes: 256 * 1024 * 1024 };
  expect(policyOf({})).toEqual({ ...expected, trailingEntries: 10_000 });
  expect(policyOf({ snapshotEntries: 500, trailingEntries: 5 })).toEqual({
    ...expected,
    snapshotEntries: 500,
    trailingEntries: 5,
  });
});

test('with 0 entries a snapshot is made only when asked, however many bytes the log has', () => {
  expect(policyOf({ snapshotEntries: 0 })).toMatchObject({
    snapshotEntries: 0,
    snapshotLogBytes: 0,
  });
});
