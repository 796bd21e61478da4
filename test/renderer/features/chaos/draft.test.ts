import { expect, test } from 'vitest';

import { createFakeCluster } from '../../../../renderer/connection/fake/fake-cluster.ts';
import { fakeView } from '../../../../renderer/connection/fake/fake-views.ts';
import {
  type Draft,
  FIRST_DRAFT,
  linkEndsOf,
  planOf,
} from '../../../../renderer/features/chaos/draft.ts';

const NOW_MS = 1_700_000_000_000;
const VIEW = fakeView(createFakeCluster({ id: 'lab', nodes: 3, nowMs: NOW_MS }), NOW_MS);

function planned(tool: Parameters<typeof planOf>[1], typed: Partial<Draft>) {
  return planOf(VIEW, tool, { ...FIRST_DRAFT, from: '1', to: '2', nodeIds: ['1'], ...typed });
}

test('a clock is put back with either sign for minus', () => {
  for (const offsetS of ['-5', '\u22125']) {
    expect(planned('clock-offset', { offsetS }).faults).toEqual([
      { nodeId: '1', fault: { kind: 'clock-offset', offsetMs: -5_000 } },
    ]);
  }
  expect(planned('clock-offset', { offsetS: '100001' }).problem).toBe(
    'The offset must be a number from -100,000 to 100,000.',
  );
});

test('a link is one of nodes that are there, as the form shows it', () => {
  const cluster = createFakeCluster({ id: 'lab', nodes: 3, nowMs: NOW_MS });
  const [gone] = cluster.nodes;
  if (gone !== undefined) gone.removed = true;
  const view = fakeView(cluster, NOW_MS);
  const draft = { ...FIRST_DRAFT, from: '1', to: '1', nodeIds: ['1'] };
  expect(linkEndsOf(view, draft)).toEqual({ from: '2', to: null });
  expect(planOf(view, 'link-cut', draft).faults).toEqual([
    { nodeId: '2', fault: { kind: 'link-cut', peerId: '3', direction: 'out' } },
  ]);
});

test('no message comes before it was sent', () => {
  expect(planned('link-delay', { delayMs: '80', jitterMs: '80' }).problem).toBeNull();
  expect(planned('link-delay', { delayMs: '80', jitterMs: '100' }).problem).toBe(
    'The jitter must not be more than the delay: no message comes early.',
  );
});
