import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, test, vi } from 'vitest';

import { type Chunk, ChunkIndex, chunkOf } from '../../../main/host/recording/chunk-index.ts';
import { Column } from '../../../main/host/recording/column.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Half a second each, most of them a little late, some of them overlapping several others. */
function chunksOf(count: number): readonly Chunk[] {
  return Array.from({ length: count }, (_, at) => {
    const lateMs = (at * 7919) % 13 === 0 ? 3_000 : (at * 31) % 90;
    const fromMs = Math.max(0, at * 500 - lateMs);
    const about = { kind: 'frames', bytes: 100, whole: at % 20 === 0 } as const;
    return chunkOf(at + 1, { ...about, fromMs, toMs: at * 500 + 400 });
  });
}

function leadingByHand(chunks: readonly Chunk[], timeMs: number): readonly Chunk[] {
  const end = chunks.findLastIndex(({ fromMs }) => fromMs <= timeMs);
  const start = chunks
    .slice(0, end + 1)
    .findLastIndex(({ whole, fromMs }) => whole && fromMs <= timeMs);
  return start < 0 ? [] : chunks.slice(start, end + 1);
}

test('chunks are found by time as if each of them were looked at, also when the oldest are gone', () => {
  const index = new ChunkIndex('frames', 30_000);
  let known = chunksOf(600);
  for (const chunk of known) index.add(chunk);
  for (const trimmed of [false, true]) {
    if (trimmed) known = known.slice(index.trim().length);
    for (let fromMs = -700; fromMs < 301_000; fromMs += 4_373) {
      for (const lengthMs of [0, 250, 2_000, 40_000]) {
        const toMs = fromMs + lengthMs;
        const byHand = known.filter((chunk) => chunk.toMs >= fromMs && chunk.fromMs <= toMs);
        expect(index.between(fromMs, toMs)).toEqual(byHand);
      }
      expect(index.leadingTo(fromMs)).toEqual(leadingByHand(known, fromMs));
      expect([...index.after(fromMs)]).toEqual(known.filter((chunk) => chunk.toMs >= fromMs));
      const before = known.filter((chunk) => chunk.fromMs <= fromMs);
      expect([...index.before(fromMs)]).toEqual(before.toReversed());
    }
  }
  expect(known.length).toBeLessThan(310);
});

test('a clock that was set back loses no chunk', () => {
  const index = new ChunkIndex('events', Infinity);
  const chunks = [5_000, 5_500, 1_000, 1_500, 2_000].map((fromMs, at) =>
    chunkOf(at + 1, { kind: 'events', fromMs, toMs: fromMs + 400, bytes: 1, whole: false }),
  );
  for (const chunk of chunks) index.add(chunk);
  expect(index.between(1_450, 1_600)).toEqual([chunks[3]]);
  expect(index.between(5_100, 5_200)).toEqual([chunks[0]]);
});

test('among thirty thousand chunks few are looked at', () => {
  const index = new ChunkIndex('frames', Infinity);
  for (const chunk of chunksOf(30_000)) index.add(chunk);
  const looked = vi.spyOn(Column.prototype, 'at');
  const [first] = index.after(10_000_000);
  const [last] = index.before(10_000_000);
  expect(first?.toMs).toBeGreaterThanOrEqual(10_000_000);
  expect(last?.fromMs).toBeLessThanOrEqual(10_000_000);
  expect(index.between(10_000_000, 10_003_000).length).toBeGreaterThan(5);
  expect(index.leadingTo(10_003_000).length).toBeGreaterThan(0);
  expect(looked.mock.calls.length).toBeGreaterThan(0);
  expect(looked.mock.calls.length).toBeLessThan(600);
  looked.mockRestore();
});

test('an index holds on to no object for a chunk, only to its numbers', async () => {
  const index = new ChunkIndex('events', Infinity);
  const added: WeakRef<Chunk>[] = [];
  for (const chunk of chunksOf(1_000)) {
    index.add(chunk);
    added.push(new WeakRef(chunk));
  }
  // A reference that was made is held until the turn is over.
  await new Promise((resolve) => setImmediate(resolve));
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const held = added.filter((one) => one.deref() !== undefined);
  expect(index.length).toBe(1_000);
  expect(held.length).toBeLessThan(10);
});
