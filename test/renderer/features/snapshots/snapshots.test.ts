import { expect, test } from 'vitest';

import type { RespView, SnapshotView } from '../../../../main/contract/model.ts';
import {
  replaceCommand,
  restoreCommand,
  restoredName,
  verifyCommand,
} from '../../../../renderer/features/snapshots/snapshot-commands.ts';
import {
  largestBytes,
  snapshotRows,
  takenAtMs,
} from '../../../../renderer/features/snapshots/snapshot-rows.ts';
import {
  copyKey,
  createSnapshotChecks,
  damagedCopy,
} from '../../../../renderer/state/snapshot-checks.ts';
import { nodeOf, statusOf } from '../../../host/status-fixture.ts';

const COPY = { clusterId: 'c1', nodeId: '2', snapshotId: '60-6-100' };

function snapshot(index: number, term: number, madeAtMs: number): SnapshotView {
  const id = `${String(index)}-${String(term)}-${String(madeAtMs)}`;
  return { id, index, term, madeAtMs, sizeBytes: index * 10 + madeAtMs };
}

function nodeWith(id: string, ...snapshots: readonly SnapshotView[]) {
  return nodeOf(statusOf(id, { snapshots }));
}

test('snapshots of one entry share a row, the newest entry first', () => {
  const rows = snapshotRows([
    nodeWith('1', snapshot(90, 7, 300), snapshot(60, 6, 100)),
    nodeWith('2', snapshot(60, 6, 110), snapshot(60, 6, 500), snapshot(90, 6, 50)),
  ]);
  expect(rows.map(({ index, term }) => [index, term])).toEqual([
    [90, 7],
    [90, 6],
    [60, 6],
  ]);
  const last = rows[2];
  if (last === undefined) throw new Error('no row');
  // Made here, and received later: the later one counts.
  expect([...last.copies].map(([id, { madeAtMs }]) => [id, madeAtMs])).toEqual([
    ['1', 100],
    ['2', 500],
  ]);
  expect([takenAtMs(last), largestBytes(last)]).toEqual([100, 1_100]);
});

test('a copy is damaged only when its node has read it; no answer says nothing of it', async () => {
  const error = (text: string): RespView => ({ type: 'error', text });
  const replies: RespView[] = [
    { type: 'simple', text: 'OK' },
    error('ERR snapshot 60-6-100: the block at byte 81920 does not match its checksum'),
    error('ERR no such snapshot on this node'),
  ];
  const sent: (readonly string[])[] = [];
  const checks = createSnapshotChecks(
    {
      sendCommand: async ({ args, nodeId }) => {
        sent.push([nodeId ?? '', ...args]);
        expect(checks.store.getState().checks[copyKey(COPY)]).toEqual({ state: 'checking' });
        const reply = replies.shift();
        if (reply === undefined) {
          return { ok: false, error: { code: 'E_UNREACHABLE', message: 'node-2 is gone' } };
        }
        const about = { nodeId: '2', redirects: [], elapsedMs: 1, truncated: false };
        return { ok: true, value: { reply, ...about } };
      },
    },
    () => 5_000,
  );
  expect(await checks.verify(COPY)).toEqual({ state: 'whole', atMs: 5_000 });
  expect(await checks.verify(COPY)).toEqual({
    ...{ state: 'damaged', atMs: 5_000 },
    message: 'the block at byte 81920 does not match its checksum',
  });
  expect(await checks.verify(COPY)).toEqual({
    ...{ state: 'unknown', message: 'no such snapshot on this node' },
  });
  expect(await checks.verify(COPY)).toEqual({ state: 'unknown', message: 'node-2 is gone' });
  expect(sent[0]).toEqual(['2', 'RAFT', 'SNAPSHOT', 'VERIFY', '60-6-100']);
});

test('of a copy that its node found damaged, and lists no more, it is said that it was', async () => {
  const text = 'ERR snapshot 60-6-100: snapshot 60-6-100 has a bad checksum in block 3';
  const about = { nodeId: '2', redirects: [], elapsedMs: 1, truncated: false };
  const checks = createSnapshotChecks(
    {
      sendCommand: async () => ({ ok: true, value: { reply: { type: 'error', text }, ...about } }),
    },
    () => 5_000,
  );
  await checks.verify(COPY);
  const known = checks.store.getState().checks;
  const row = { clusterId: COPY.clusterId, nodeId: '2', index: 60, term: 6 };
  const message = 'has a bad checksum in block 3';
  expect(damagedCopy(known, row)).toEqual({ state: 'damaged', atMs: 5_000, message });
  expect(damagedCopy(known, { ...row, nodeId: '3' })).toBeNull();
  expect(damagedCopy(known, { ...row, index: 6 })).toBeNull();
  expect(damagedCopy(known, { ...row, term: 61 })).toBeNull();
});

test('each action is a line for a terminal', () => {
  const node = nodeOf(statusOf('1'), {
    ...{ directory: "/data/a b/it's", clientAddress: '127.0.0.1:7482' },
  });
  expect(verifyCommand(node, '60-6-1')).toBe('redis-cli -p 7482 RAFT SNAPSHOT VERIFY 60-6-1');
  expect(replaceCommand(node, '60-6-1')).toBe('redis-cli -p 7482 RAFT SNAPSHOT RESTORE 60-6-1');
  expect(restoreCommand(node, '60-6-1', './new')).toBe(
    `raftdeck restore '/data/a b/it'\\''s/snapshots/60-6-1.snapshot' ./new`,
  );
  const view = { name: 'x'.repeat(60) } as Parameters<typeof restoredName>[0];
  expect(restoredName(view, Number.MAX_SAFE_INTEGER).length).toBeLessThanOrEqual(60);
});
