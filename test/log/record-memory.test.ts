import { expect, it } from 'vitest';
import { RecordMemory } from '../../node-engine/log/record-memory.ts';
import { recordBytes } from '../../node-engine/log/record.ts';
import { RUN_COMMANDS } from '../../node-engine/raft/types.ts';
import type { Run } from '../../node-engine/raft/types.ts';

function runOf(bytes: number): Run {
  const place = { firstIndex: 1, originalFirstIndex: 1, count: 1, term: 1 };
  return { ...place, timeNs: 0n, seed: 0n, flags: RUN_COMMANDS, bytes: new Uint8Array(bytes) };
}

it('gives each record of a write a place of its own', () => {
  const memory = new RecordMemory();
  const runs = [runOf(10), runOf(0), runOf(3000)];
  memory.begin(runs);
  const places = runs.map((run) => memory.take(recordBytes(run)));
  expect(places.map(({ length }) => length)).toEqual(runs.map(recordBytes));
  for (const [at, place] of places.entries()) place.fill(at + 1);
  for (const [at, place] of places.entries()) expect(new Set(place)).toEqual(new Set([at + 1]));
});

it('uses the same memory for the next write', () => {
  const memory = new RecordMemory();
  const take = (run: Run): Buffer => {
    memory.begin([run]);
    return memory.take(recordBytes(run));
  };
  const first = take(runOf(100));
  for (let write = 0; write < 1000; write += 1) expect(take(runOf(100)).buffer).toBe(first.buffer);
  // And does not keep what one very large write took.
  const large = take(runOf(4 * 1024 * 1024));
  expect(large.buffer).not.toBe(first.buffer);
  expect(take(runOf(100)).buffer).toBe(first.buffer);
});
