import { expect, test } from 'vitest';

import type { ClusterView } from '../../../main/contract/model.ts';
import { createFakeCluster } from '../../../renderer/connection/fake/fake-cluster.ts';
import { fakeView } from '../../../renderer/connection/fake/fake-views.ts';
import { emptyHistory, type History, recordView } from '../../../renderer/state/history.ts';

const START_MS = 1_700_000_000_000;

function viewAt(ms: number, commitIndex: number, lag: number): ClusterView {
  const cluster = createFakeCluster({ id: 'a', nodes: 3, nowMs: START_MS });
  cluster.commitIndex = commitIndex;
  const [, second] = cluster.nodes;
  if (second !== undefined) second.lag = lag;
  return fakeView(cluster, START_MS + ms);
}

function record(views: readonly ClusterView[]): History {
  return views.reduce(recordView, emptyHistory('a'));
}

test('a rate is what the index grew by, over the last two seconds', () => {
  const views = [0, 200, 400, 600, 800, 1000].map((ms) => viewAt(ms, 1000 + ms / 2, 0));
  const history = record(views);
  expect(history.commitsPerSecond).toBe(500);
  expect(history.matchesPerSecondById).toEqual({ '2': 500, '3': 500 });
});

test('one push is no rate yet', () => {
  expect(record([viewAt(0, 1000, 0)]).commitsPerSecond).toBeNull();
});

test('what is older than two seconds does not count for a rate', () => {
  const history = record([viewAt(0, 0, 0), viewAt(3_000, 900, 0), viewAt(4_000, 1000, 0)]);
  expect(history.commitsPerSecond).toBe(100);
});

test('a follower that catches up is faster than the cluster', () => {
  const history = record([viewAt(0, 1000, 800), viewAt(1_000, 1100, 100)]);
  expect(history.commitsPerSecond).toBe(100);
  expect(history.matchesPerSecondById['2']).toBe(800);
});

test('an index that goes back after a change of leader is a rate of zero, not less', () => {
  const history = record([viewAt(0, 1000, 0), viewAt(1_000, 1000, 40)]);
  expect(history.matchesPerSecondById['2']).toBe(0);
});

test('there is one sample a second, and it keeps the worst lag of its second', () => {
  const history = record([
    viewAt(0, 1000, 0),
    viewAt(300, 1000, 70),
    viewAt(600, 1000, 5),
    viewAt(1_000, 1000, 3),
  ]);
  // The leader has two entries that are not committed, which its followers lack too.
  expect(history.samples.map(({ lagById }) => lagById['2'])).toEqual([72, 5]);
});

test('the samples of more than a minute ago are dropped', () => {
  const views = Array.from({ length: 90 }, (_, second) => viewAt(second * 1_000, second, 0));
  expect(record(views).samples).toHaveLength(60);
});

test('another cluster starts an empty history', () => {
  const other = { ...viewAt(1_000, 5, 0), id: 'b' };
  const history = recordView(record([viewAt(0, 1, 0)]), other);
  expect(history.clusterId).toBe('b');
  expect(history.samples).toHaveLength(1);
});

test('while nobody knows how far it is committed there is no rate', () => {
  const silent = viewAt(3_000, 0, 0);
  const view = { ...silent, health: { ...silent.health, commitIndex: null, leaderId: null } };
  const history = recordView(record([viewAt(0, 1, 0), viewAt(900, 100, 0)]), view);
  expect(history.commitsPerSecond).toBeNull();
  expect(history.samples.at(-1)).toMatchObject({ commitsPerSecond: null, lagById: {} });
});
