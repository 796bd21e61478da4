import { expect, test } from 'vitest';

import { FREQUENT_EVENTS } from '../../../main/contract/recording.ts';
import type { ClusterView, EventView, NodeView } from '../../../main/contract/model.ts';
import { type Chunk, ChunkIndex, chunkOf } from '../../../main/host/recording/chunk-index.ts';
import { viewAt } from '../../../main/host/recording/moment.ts';
import { inOrder, progressUpTo } from '../../../main/host/recording/progress.ts';
import { computeHealth } from '../../../main/host/health.ts';
import { leaderStatusOf, nodeOf, NOW_MS, statusOf } from '../status-fixture.ts';

const LATE_MS = 3_000;

/** Chunks in memory that count what is decoded of them. */
function storeOf(chunks: readonly (readonly EventView[])[]) {
  const indexes = {
    marks: new ChunkIndex('marks', Infinity),
    events: new ChunkIndex('events', Infinity),
    frames: new ChunkIndex('frames', Infinity),
  };
  const values = new Map<string, readonly EventView[]>();
  for (const [at, events] of chunks.entries()) {
    const times = events.map(({ timeMs }) => timeMs);
    const span = { fromMs: Math.min(...times), toMs: Math.max(...times) };
    const chunk = chunkOf(at + 1, { kind: 'events', ...span, bytes: 1, whole: false });
    indexes.events.add(chunk);
    values.set(chunk.key, events);
  }
  const store = {
    indexes,
    decoded: 0,
    read: async (wanted: readonly Chunk[]) => {
      const found = wanted.map(({ key }) => values.get(key) ?? []);
      for (const events of found) store.decoded += events.length;
      return found;
    },
  };
  return store;
}

function pictureOf(timeMs: number, change: Partial<NodeView> = {}): ClusterView {
  const nodes = [
    nodeOf(leaderStatusOf('1', ['1', '2', '3'], { timeMs: timeMs - 40 })),
    nodeOf(statusOf('2', { timeMs: timeMs - 240 })),
    { ...nodeOf(statusOf('3', { timeMs: timeMs - 120 })), ...change },
  ];
  const health = computeHealth({
    nodes,
    nowMs: timeMs,
    starting: false,
    leaderChangedAtMs: NOW_MS,
    lagMs: () => null,
  });
  const about = { id: 'c1', name: 'c', createdAtMs: 0, machine: 'kv', directory: '/tmp/c' };
  return { ...about, health, nodes, operation: null, connectCommand: null, timeMs };
}

const FLUSH_MS = 500;

/**
 * Frequent events of three nodes, `everyMs` apart, as a recorder writes them: what came within half a
 * second in order of time, in chunks of so many. What node 2 tells comes later than that of the others.
 */
function busyTrace(fromMs: number, toMs: number, everyMs: number, perChunk: number) {
  const types = [...FREQUENT_EVENTS];
  const flushes = new Map<number, EventView[]>();
  for (let at = 0; fromMs + at * everyMs < toMs; at += 1) {
    const cameMs = fromMs + at * everyMs;
    const nodeId = String(1 + ((at * 5) % 3));
    const about = { sequence: at, clusterId: 'c1', nodeId, nodeSequence: at };
    const fields = { lastIndex: at, commitIndex: at - 3 };
    const type = types[(at * 3) % types.length] ?? '';
    const event = { ...about, timeMs: cameMs - (nodeId === '2' ? 200 : 0), type, fields };
    const flush = Math.floor(cameMs / FLUSH_MS);
    const flushed = flushes.get(flush);
    if (flushed === undefined) flushes.set(flush, [event]);
    else flushed.push(event);
  }
  const chunks: (readonly EventView[])[] = [];
  for (const events of flushes.values()) {
    const ordered = events.sort(inOrder);
    for (let at = 0; at < ordered.length; at += perChunk) {
      chunks.push(ordered.slice(at, at + perChunk));
    }
  }
  return { events: chunks.flat(), chunks };
}

test('a moment is the same as if every event since the picture were applied to it', async () => {
  const { events, chunks } = busyTrace(NOW_MS - 4_000, NOW_MS + 1_000, 1.7, 37);
  const truncated: EventView = {
    ...{ sequence: 1e6, clusterId: 'c1', nodeId: '2', nodeSequence: 1e6 },
    ...{ timeMs: NOW_MS + 30, type: 'truncated', fields: { fromIndex: 5 } },
  };
  for (let afterMs = 0; afterMs < 500; afterMs += 31.3) {
    const atMs = NOW_MS + afterMs;
    const picture = pictureOf(NOW_MS);
    const all = [...events, truncated].sort(inOrder);
    const latest = await progressUpTo(storeOf(chunks), picture, atMs, LATE_MS);
    const few = [...latest, truncated].sort(inOrder);
    expect(latest.length).toBeLessThanOrEqual(6);
    expect(viewAt(picture, few, atMs)).toEqual(viewAt(picture, all, atMs));
  }
});

test('what is decoded for a moment does not grow with how much was traced', async () => {
  for (const everyMs of [1, 0.1, 0.04]) {
    const { chunks } = busyTrace(NOW_MS - 1_000, NOW_MS + 500, everyMs, 500);
    const store = storeOf(chunks);
    await progressUpTo(store, pictureOf(NOW_MS), NOW_MS + 300, LATE_MS);
    expect(store.decoded).toBeGreaterThan(0);
    expect(store.decoded, `one event each ${everyMs} ms`).toBeLessThanOrEqual(3_000);
  }
});

test('a node that has told nothing for long is not searched for in what the others told', async () => {
  const { events, chunks } = busyTrace(NOW_MS - 4_000, NOW_MS + 1_000, 0.1, 500);
  const alive = chunks.map((chunk) => chunk.filter(({ nodeId }) => nodeId !== '3'));
  const frozen = {
    process: 'frozen',
    status: nodeOf(statusOf('3', { timeMs: NOW_MS - 60_000 })).status,
  } as const;
  const picture = pictureOf(NOW_MS, frozen);
  const store = storeOf(alive);
  const latest = await progressUpTo(store, picture, NOW_MS + 100, LATE_MS);
  expect(latest.map(({ nodeId }) => nodeId).sort()).toEqual(['1', '1', '2', '2']);
  // The time since the picture, and no more.
  expect(store.decoded).toBeLessThan(events.length / 10);
});
