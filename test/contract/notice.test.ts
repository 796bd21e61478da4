import { expect, test } from 'vitest';

import type { ClusterSummary, HealthLevel } from '../../main/contract/model.ts';
import { NOTICE_SETTLE_MS, NoticeWatch } from '../../main/contract/notice.ts';

/** A watch whose time passes when a test says so. */
class Watched {
  readonly titles: string[] = [];
  #nowMs = 0;
  readonly #due = new Set<{ readonly atMs: number; readonly work: () => void }>();
  readonly watch = new NoticeWatch(
    ({ title }) => this.titles.push(title),
    (work, ms) => {
      const entry = { atMs: this.#nowMs + ms, work };
      this.#due.add(entry);
      return () => this.#due.delete(entry);
    },
  );

  get waiting(): number {
    return this.#due.size;
  }

  is(health: HealthLevel, nodesUp: number, nodes = 3): void {
    this.watch.take([{ ...SUMMARY, health, nodesUp, nodes }]);
  }

  pass(ms: number): void {
    this.#nowMs += ms;
    for (const entry of [...this.#due]) {
      if (entry.atMs > this.#nowMs) continue;
      this.#due.delete(entry);
      entry.work();
    }
  }
}

const SUMMARY: ClusterSummary = {
  id: 'c1',
  name: 'orders',
  health: 'healthy',
  sentence: 'Healthy: 3 of 3 voters, can lose 1',
  leaderId: '1',
  term: 7,
  nodesUp: 3,
  nodes: 3,
  basePort: 7481,
  connectCommand: null,
  lastUsedMs: 0,
};

test.each([
  ['the leader is lost', ['no-leader', 2], 'orders: no leader'],
  ['a node is lost', ['degraded', 2], 'orders: a node lost'],
  ['two nodes are lost', ['degraded', 1], 'orders: 2 nodes lost'],
  ['nothing is known', ['unknown', 0], 'orders: nothing is known of it'],
] as const)('%s is told once it has lasted, and once', (_, [health, up], title) => {
  const watched = new Watched();
  watched.is('healthy', 3);
  watched.is(health, up);
  watched.pass(NOTICE_SETTLE_MS - 1);
  expect(watched.titles).toEqual([]);
  // The same again, with other figures: what it waits for is not put off.
  watched.is(health, up);
  watched.pass(1);
  watched.is(health, up);
  watched.pass(60_000);
  expect(watched.titles).toEqual([title]);
});

test('what was lost and is back is told too', () => {
  const watched = new Watched();
  for (const [health, up] of [
    ['healthy', 3],
    ['no-leader', 1],
    ['healthy', 3],
    ['degraded', 2],
    ['healthy', 3],
    ['unknown', 0],
    ['healthy', 3],
  ] as const) {
    watched.is(health, up);
    watched.pass(NOTICE_SETTLE_MS);
  }
  expect(watched.titles).toEqual([
    'orders: no leader',
    'orders: there is a leader again',
    'orders: a node lost',
    'orders: a node back',
    'orders: nothing is known of it',
    'orders: it answers again',
  ]);
});

test('an election that is over at once, and a start and stop by hand, are no news', () => {
  const watched = new Watched();
  watched.is('healthy', 3);
  watched.is('no-leader', 3);
  watched.pass(NOTICE_SETTLE_MS - 1);
  watched.is('healthy', 3);
  expect(watched.waiting).toBe(0);
  for (const [health, up] of [
    ['stopped', 0],
    ['starting', 1],
    ['healthy', 3],
  ] as const) {
    watched.is(health, up);
    watched.pass(60_000);
  }
  expect(watched.titles).toEqual([]);
});

test('a peer that is added or removed is no node that came or went', () => {
  const watched = new Watched();
  watched.is('healthy', 3, 3);
  watched.is('healthy', 4, 4);
  watched.pass(60_000);
  watched.is('healthy', 3, 3);
  watched.pass(60_000);
  expect(watched.titles).toEqual([]);
});

test('a cluster that is deleted is forgotten with what was to be told of it', () => {
  const watched = new Watched();
  watched.is('healthy', 3);
  watched.is('no-leader', 1);
  watched.watch.take([]);
  expect(watched.waiting).toBe(0);
  watched.is('no-leader', 1);
  watched.pass(60_000);
  expect(watched.titles).toEqual([]);
});
