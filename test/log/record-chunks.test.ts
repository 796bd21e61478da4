import { expect, test } from 'vitest';

import { RecordChunks } from '../../node-engine/log/memory/record-chunks.ts';
import type { ChunkedRecord } from '../../node-engine/log/memory/record-chunks.ts';
import { Pcg32 } from '../../node-engine/machine/pcg32.ts';

function recordOf(number: number, length: number): Uint8Array {
  return new Uint8Array(length).map((_, at) => (number * 31 + at) & 255);
}

test('records come and go at both ends of a log, and each keeps its bytes while it is there', () => {
  const random = new Pcg32(7n);
  const below = (limit: number): number => random.nextUint32() % limit;
  const chunks = new RecordChunks();
  const held: { readonly number: number; readonly record: ChunkedRecord }[] = [];
  const check = ({ number, record }: (typeof held)[number]): void => {
    const expected = recordOf(number, record.bytes.length);
    expect(Buffer.compare(chunks.read(record), expected)).toBe(0);
  };
  for (let number = 0; number < 1000; number += 1) {
    const length = below(20) === 0 ? 200_000 + below(200_000) : 1 + below(5000);
    held.push({ number, record: chunks.add(recordOf(number, length)) });
    const isTrim = below(200) === 0;
    const isCut = below(50) === 0;
    const removed = isTrim ? held.splice(0, below(held.length + 1)) : [];
    if (isCut) removed.push(...held.splice(held.length - below(Math.min(held.length, 9) + 1)));
    for (const each of removed) check(each);
    for (const { record } of removed) chunks.remove(record);
  }
  for (const each of held) check(each);
});

test('a log that is trimmed as it grows takes no new memory', () => {
  const chunks = new RecordChunks();
  const memories = new Set<ArrayBufferLike>();
  const held: ChunkedRecord[] = [];
  for (let number = 0; number < 8_000; number += 1) {
    const record = chunks.add(recordOf(number, 1000));
    memories.add(record.bytes.buffer);
    held.push(record);
    if (held.length > 3000) for (const old of held.splice(0, 2000)) chunks.remove(old);
  }
  // 8 MB have passed through, 3 MB at a time, in chunks of 1 MiB.
  expect(memories.size).toBeLessThanOrEqual(5);
});

test('what was read stays as it was when the record goes and another takes its place', () => {
  const chunks = new RecordChunks();
  const first = chunks.add(recordOf(1, 100));
  const read = chunks.read(first);
  chunks.remove(first);
  const second = chunks.add(recordOf(2, 100));
  expect(second.bytes.byteOffset).toBe(first.bytes.byteOffset);
  expect(read).toEqual(recordOf(1, 100));
});
