import { expect, test } from 'vitest';

import {
  createFakeCluster,
  type FakeCluster,
} from '../../../../renderer/connection/fake/fake-cluster.ts';
import { fakeView } from '../../../../renderer/connection/fake/fake-views.ts';
import { sidesOfLine, stretched } from '../../../../renderer/canvas/cut-line.ts';
import { layOutRing } from '../../../../renderer/canvas/ring-layout.ts';
import { FIRST_DRAFT, planOf } from '../../../../renderer/features/chaos/draft.ts';
import {
  leaderAlone,
  partitionPlan,
  partitionPreview,
  planCommands,
  type Side,
} from '../../../../renderer/features/chaos/fault-plan.ts';

const NOW_MS = 1_700_000_000_000;

function cluster(nodes = 3): FakeCluster {
  return createFakeCluster({ id: 'lab', nodes, nowMs: NOW_MS });
}

function sides(a: readonly string[], all: readonly string[]): ReadonlyMap<string, Side> {
  return new Map(all.map((id) => [id, a.includes(id) ? 'A' : 'B']));
}

const THREE = ['1', '2', '3'];

test('a partition cuts each direction of each link between the sides, at the sender', () => {
  const view = fakeView(cluster(), NOW_MS);
  const { faults, problem } = partitionPlan(view, sides(['1'], THREE), 'both');
  expect(problem).toBeNull();
  expect(faults.map(({ nodeId, fault }) => [nodeId, fault])).toEqual([
    ['1', { kind: 'link-cut', peerId: '2', direction: 'out' }],
    ['1', { kind: 'link-cut', peerId: '3', direction: 'out' }],
    ['2', { kind: 'link-cut', peerId: '1', direction: 'out' }],
    ['3', { kind: 'link-cut', peerId: '1', direction: 'out' }],
  ]);
  const oneWay = partitionPlan(view, sides(['1'], THREE), 'b-to-a').faults;
  expect(oneWay.map(({ nodeId }) => nodeId)).toEqual(['2', '3']);
});

test('where the sender does not answer the receiver is told', () => {
  const lab = cluster();
  const first = lab.nodes[0];
  if (first === undefined) throw new Error('no first node');
  first.process = 'frozen';
  first.silentSinceMs = NOW_MS;
  const view = fakeView(lab, NOW_MS);
  const { faults } = partitionPlan(view, sides(['1'], THREE), 'a-to-b');
  expect(faults.map(({ nodeId, fault }) => [nodeId, fault])).toEqual([
    ['2', { kind: 'link-cut', peerId: '1', direction: 'in' }],
    ['3', { kind: 'link-cut', peerId: '1', direction: 'in' }],
  ]);
  const second = lab.nodes[1];
  if (second === undefined) throw new Error('no second node');
  second.process = 'frozen';
  second.silentSinceMs = NOW_MS;
  expect(partitionPlan(fakeView(lab, NOW_MS), sides(['1'], THREE), 'a-to-b')).toEqual({
    faults: [],
    problem: 'Neither node-1 nor node-2 answers, so there is nobody to tell.',
  });
});

test('every plan can be typed instead', () => {
  const view = fakeView(cluster(), NOW_MS);
  const plan = partitionPlan(view, sides(['1'], THREE), 'a-to-b');
  expect(planCommands(view, plan, 30_000)).toEqual([
    'redis-cli -p 7481 RAFT FAULT LINK 2 OUT CUT LEASE 30000',
    'redis-cli -p 7481 RAFT FAULT LINK 3 OUT CUT LEASE 30000',
  ]);
});

test('the preview says who can elect, and who only thinks it leads', () => {
  const view = fakeView(cluster(), NOW_MS);
  expect(partitionPreview(view, leaderAlone(view), 'both')).toEqual([
    'Majority side: node-2, node-3 (can elect).',
    'Minority: node-1 (still thinks it leads, cannot commit).',
  ]);
  expect(partitionPreview(view, sides(['2'], THREE), 'both')).toEqual([
    'Majority side: node-1, node-3 (keeps its leader).',
    'Minority: node-2 (cannot elect).',
  ]);
  const four = fakeView(cluster(4), NOW_MS);
  expect(partitionPreview(four, sides(['1', '2'], ['1', '2', '3', '4']), 'both')).toEqual([
    'Neither side has 3 of 4 votes: nobody can elect a leader or commit until it heals.',
  ]);
  expect(partitionPreview(view, sides([], THREE), 'both')).toEqual(['Both sides need a node.']);
  expect(partitionPreview(view, sides(['1'], THREE), 'a-to-b')).toEqual([
    'Nothing that node-1 sends reaches node-2, node-3; the other way is open.',
    'node-2, node-3 will no longer hear the leader.',
  ]);
});

test('figures are checked before anything is sent', () => {
  const view = fakeView(cluster(), NOW_MS);
  const draft = { ...FIRST_DRAFT, from: '1', to: '2', nodeIds: ['3'] };
  expect(planOf(view, 'link-delay', { ...draft, jitterMs: '0' }).faults).toEqual([
    {
      nodeId: '1',
      fault: { kind: 'link-delay', peerId: '2', direction: 'out', delayMs: 80, jitterMs: 0 },
    },
  ]);
  const problem = (tool: Parameters<typeof planOf>[1], change: object): string | null =>
    planOf(view, tool, { ...draft, ...change }).problem;
  expect(problem('link-delay', { delayMs: '' })).toMatch(/whole number from 1 to 60,000/);
  expect(problem('link-delay', { delayMs: '1e9' })).toMatch(/^The delay must be/);
  expect(problem('link-drop', { percent: '0' })).toMatch(/^The share must be/);
  expect(problem('clock-offset', { offsetS: '0' })).toBe('The offset must not be 0.');
  expect(problem('disk-slow', { nodeIds: [] })).toBe('Choose a node.');
  expect(problem('disk-full', {})).toBeNull();
});

test('a line across the ring gives the sides, whichever way it was drawn', () => {
  const { places } = layOutRing({ width: 600, height: 400, count: 3, insetLeft: 0 });
  // node-1 is on top, node-2 right below, node-3 left below.
  const across = { from: { x: 50, y: 180 }, to: { x: 550, y: 180 } };
  expect(sidesOfLine(places, across)).toEqual(['A', 'B', 'B']);
  expect(sidesOfLine(places, { from: across.to, to: across.from })).toEqual(['A', 'B', 'B']);
  const down = { from: { x: 320, y: 20 }, to: { x: 320, y: 380 } };
  expect(sidesOfLine(places, down)).toEqual(['A', 'B', 'A']);
});

test('a drawn line reaches from edge to edge of the picture', () => {
  const { from, to } = stretched({ from: { x: 200, y: 100 }, to: { x: 260, y: 100 } }, 600, 400);
  expect([from.x, to.x].map(Math.round)).toEqual([14, 586]);
  expect([from.y, to.y]).toEqual([100, 100]);
});
