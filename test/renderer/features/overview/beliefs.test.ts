import { expect, test } from 'vitest';

import type { ClusterView, NodeStatusView } from '../../../../main/contract/model.ts';
import { createFakeCluster } from '../../../../renderer/connection/fake/fake-cluster.ts';
import { fakeView } from '../../../../renderer/connection/fake/fake-views.ts';
import { beliefsOf } from '../../../../renderer/features/overview/beliefs.ts';
import { factsOf } from '../../../../renderer/features/overview/node-facts.ts';

const NOW_MS = 1_000_000;

/** A healthy cluster of three, led by node 1 in term 7, in which some nodes say something else. */
function clusterWhere(words: Readonly<Record<string, Partial<NodeStatusView>>>): ClusterView {
  const view = fakeView(createFakeCluster({ id: 'c1', nodes: 3, nowMs: NOW_MS }), NOW_MS);
  const nodes = view.nodes.map((node) => {
    const status = node.status === null ? null : { ...node.status, ...words[node.id] };
    return { ...node, status };
  });
  return { ...view, nodes };
}

function beliefs(view: ClusterView): ReturnType<typeof beliefsOf> {
  return beliefsOf(factsOf(view, NOW_MS));
}

test('where all agree nothing stands out', () => {
  const { rows, agreement } = beliefs(clusterWhere({}));
  expect(rows.map(({ leader }) => leader)).toEqual(['itself', 'node-1', 'node-1']);
  expect(rows.flatMap(({ differs }) => Object.values(differs))).not.toContain(true);
  expect(agreement).toContain('3 of 3 that answer say that node-1 leads in term 7.');
});

test('a leader that was deposed and does not know it yet is the one that differs', () => {
  const { rows, agreement } = beliefs(
    clusterWhere({
      1: { role: 'leader', term: 7, leaderId: '1' },
      2: { role: 'leader', term: 8, leaderId: '2' },
      3: { role: 'follower', term: 8, leaderId: '2' },
    }),
  );
  expect(rows.map(({ differs }) => [differs.leader, differs.term])).toEqual([
    [true, true],
    [false, false],
    [false, false],
  ]);
  expect(agreement).toContain('2 of 3 that answer say that node-2 leads in term 8.');
});

test('a node that acts on other voters is seen', () => {
  const view = clusterWhere({});
  const [first] = view.nodes[2]?.status?.members ?? [];
  if (first === undefined) throw new Error('the scripted cluster has members');
  const { rows } = beliefs(clusterWhere({ 3: { members: [first] } }));
  expect(rows.map(({ voters, differs }) => [voters, differs.voters])).toEqual([
    ['1, 2, 3', false],
    ['1, 2, 3', false],
    ['1', true],
  ]);
});

test('the last word of a node that is away is told as such, and counts for nothing', () => {
  const view = clusterWhere({ 1: { role: 'leader', term: 9, leaderId: '1' } });
  const nodes = view.nodes.map((node) =>
    node.id === '1' ? { ...node, process: 'crashed' as const, connected: false } : node,
  );
  const { rows, agreement } = beliefs({ ...view, nodes });
  expect(rows.map(({ stale }) => stale)).toEqual([true, false, false]);
  expect(agreement).toContain('2 of 2 that answer say that node-1 leads in term 7.');
});

test('where nobody answers that is said', () => {
  const view = clusterWhere({});
  const nodes = view.nodes.map((node) => ({ ...node, connected: false }));
  expect(beliefs({ ...view, nodes }).agreement).toContain('No node answers.');
});
