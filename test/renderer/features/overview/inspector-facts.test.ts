import { expect, test } from 'vitest';

import type { ClusterView, NodeStatusView } from '../../../../main/contract/model.ts';
import { FAKE_SCENARIOS } from '../../../../renderer/connection/fake/fake-scenarios.ts';
import { fakeView } from '../../../../renderer/connection/fake/fake-views.ts';
import { inspectorFacts } from '../../../../renderer/features/overview/inspector-facts.ts';
import { factsOf } from '../../../../renderer/features/overview/node-facts.ts';

const NOW_MS = 1_700_000_000_000;

/** What the inspector says of the first node's snapshot. */
function snapshotFact(change: Partial<NodeStatusView>): string {
  const cluster = FAKE_SCENARIOS['healthy']?.(NOW_MS)[0];
  if (cluster === undefined) throw new Error('no healthy scenario');
  const view = fakeView(cluster, NOW_MS);
  const nodes = view.nodes.map((node) => {
    return node.status === null ? node : { ...node, status: { ...node.status, ...change } };
  });
  const changed: ClusterView = { ...view, nodes };
  const [first] = factsOf(changed, NOW_MS);
  if (first === undefined) throw new Error('no node');
  const found = inspectorFacts(first, changed, NOW_MS).find(({ name }) => name === 'Snapshot');
  return `${String(found?.value)} ${found?.note ?? ''}`.trimEnd().replaceAll('\u00A0', ' ');
}

test('a snapshot is shown with its age, and none where there is none', () => {
  const snapshot = { id: '7-90', index: 90, term: 7, sizeBytes: 10, madeAtMs: NOW_MS - 60_000 };
  const taken = { snapshotIndex: 90, snapshotTerm: 7, snapshots: [snapshot] };
  expect(snapshotFact(taken)).toBe('90 term 7, 1 min 0 s ago');
  expect(snapshotFact({ snapshotIndex: 0, snapshots: [] })).toBe('none yet');
});

test('a node in memory that let its log go says that there is no snapshot until one is needed', () => {
  const promised = { snapshotIndex: 90, snapshotTerm: 7, snapshots: [] };
  expect(snapshotFact({ ...promised, backend: 'memory' })).toBe('90 term 7, made when needed');
  expect(snapshotFact({ ...promised, backend: 'leveldb' })).toBe('90 term 7');
});
