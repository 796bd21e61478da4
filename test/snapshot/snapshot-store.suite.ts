import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { SnapshotStore } from '../../node-engine/snapshot/snapshot-store.ts';
import {
  chunkAt,
  commit,
  draftAt,
  fileBytes,
  machineBytes,
  make,
  verify,
  write,
  writeAt,
} from './snapshot-promises.ts';

export interface SnapshotStoreTraits {
  readonly name: string;
  readonly keptCount: number;
  readonly open: () => Promise<SnapshotStore>;
  readonly remove: () => Promise<void>;
}

/** Bytes in which every place differs from its neighbours. */
export function pattern(length: number): Buffer {
  return Buffer.from(
    Uint8Array.from({ length }, (_, offset) => (offset * 31 + (offset >> 8)) & 255),
  );
}

/** The contract of every snapshot store (node-engine/snapshot/snapshot-store.ts). */
export function testSnapshotStore(traits: SnapshotStoreTraits): void {
  describe(`the ${traits.name} snapshot store`, () => {
    let store: SnapshotStore;

    beforeEach(async () => {
      store = await traits.open();
    });

    afterEach(() => traits.remove());

    test('starts without a snapshot', () => {
      expect(store.list()).toEqual([]);
      expect(store.path('1-1-1')).toBeNull();
    });

    test.each([0, 1, 1000, 256 * 1024, 256 * 1024 + 1, 1_000_000])(
      'gives back %i bytes of a machine as they were written',
      async (length) => {
        const bytes = pattern(length);
        const sink = store.create(draftAt(10, 2));
        for (let offset = 0; offset < length; offset += 70_001) {
          await write(sink, bytes.subarray(offset, offset + 70_001));
        }
        const snapshot = await commit(sink);
        expect(snapshot).toMatchObject(draftAt(10, 2));
        expect((await machineBytes(store, snapshot.id)).equals(bytes)).toBe(true);
        expect((await fileBytes(store, snapshot.id, 65_536)).length).toBe(snapshot.sizeBytes);
        await verify(store, snapshot.id);
      },
    );

    test('gives back long and short stretches in the order in which they were written', async () => {
      const short = Array<number>(9).fill(65_000);
      const lengths = [1, 65_536, 65_537, 10, 2_500_000, 64, 200_000, ...short];
      const bytes = pattern(lengths.reduce((sum, length) => sum + length, 0));
      const sink = store.create(draftAt(10, 2));
      let offset = 0;
      for (const length of lengths) {
        // As a machine may: what it handed out is used again once it was taken.
        const stretch = Buffer.from(bytes.subarray(offset, offset + length));
        await write(sink, stretch);
        stretch.fill(0);
        offset += length;
      }
      const snapshot = await commit(sink);
      expect((await machineBytes(store, snapshot.id)).equals(bytes)).toBe(true);
      expect(await fileBytes(store, snapshot.id, 100_000)).toHaveLength(snapshot.sizeBytes);
      await verify(store, snapshot.id);
    });

    test('lists the newest first, and keeps a few', async () => {
      for (const index of [10, 30, 20]) await make(store, draftAt(index, 1), pattern(10));
      const indices = store.list().map((snapshot) => snapshot.lastIncludedIndex);
      expect(indices).toEqual([30, 20, 10].slice(0, traits.keptCount));
    });

    test('two snapshots at one index do not disturb each other', async () => {
      const first = await make(store, draftAt(10, 1), pattern(10));
      const second = await make(store, draftAt(10, 1), pattern(20));
      expect(second.id).not.toBe(first.id);
      expect(store.list()[0]?.id).toBe(second.id);
      expect(await machineBytes(store, second.id)).toHaveLength(20);
    });

    test('lists nothing before the commit, and nothing after an abort', async () => {
      const sink = store.create(draftAt(10, 1));
      await write(sink, pattern(10));
      expect(store.list()).toEqual([]);
      sink.abort();
      await expect(write(sink, pattern(10))).rejects.toMatchObject({ code: 'CLOSED' });
      await expect(commit(sink)).rejects.toMatchObject({ code: 'CLOSED' });
      expect(store.list()).toEqual([]);
    });

    test('receives the bytes of a file in chunks', async () => {
      const source = await make(store, draftAt(10, 2), pattern(300_000));
      const bytes = await fileBytes(store, source.id);
      const other = await traits.open();
      const receiver = other.receive(source);
      expect(receiver.lastIncludedIndex).toBe(10);
      for (let offset = 0; offset < bytes.length; offset += 65_536) {
        expect(receiver.receivedBytes).toBe(offset);
        await writeAt(receiver, offset, bytes.subarray(offset, offset + 65_536));
      }
      const received = await commit(receiver);
      expect(received).toMatchObject({ ...draftAt(10, 2), sizeBytes: bytes.length });
      expect((await machineBytes(other, received.id)).equals(pattern(300_000))).toBe(true);
    });

    test('refuses a received file that is short, altered, too long or another one', async () => {
      const source = await make(store, draftAt(10, 2), pattern(1000));
      const bytes = await fileBytes(store, source.id);
      const short = store.receive(source);
      await writeAt(short, 0, bytes.subarray(0, -1));
      await expect(commit(short)).rejects.toMatchObject({ code: 'DAMAGED' });
      const altered = store.receive(source);
      const flipped = Buffer.from(bytes);
      flipped[500] = (flipped[500] ?? 0) ^ 1;
      await writeAt(altered, 0, flipped);
      await expect(commit(altered)).rejects.toMatchObject({ code: 'DAMAGED' });
      const long = store.receive(source);
      await expect(writeAt(long, 0, Buffer.concat([bytes, bytes]))).rejects.toMatchObject({
        code: 'DAMAGED',
      });
      const another = store.receive({ ...source, lastIncludedTerm: 3 });
      await writeAt(another, 0, bytes);
      await expect(commit(another)).rejects.toMatchObject({ code: 'DAMAGED' });
      expect(store.list().map(({ id }) => id)).toEqual([source.id]);
    });

    test('refuses a chunk that leaves a gap, and stays refused', async () => {
      const source = await make(store, draftAt(10, 2), pattern(1000));
      const receiver = store.receive(source);
      await writeAt(receiver, 0, pattern(10));
      await expect(writeAt(receiver, 11, pattern(10))).rejects.toMatchObject({ code: 'DAMAGED' });
      await expect(writeAt(receiver, 10, pattern(10))).rejects.toMatchObject({ code: 'DAMAGED' });
    });

    test('reads nothing of an id it does not have, whatever that names', async () => {
      await make(store, draftAt(10, 2), pattern(1000));
      for (const id of ['9-9-9', '', '..', '../meta.a', '10-2-0/../x']) {
        await expect(chunkAt(store, id, 0, 10)).rejects.toMatchObject({ code: 'IO' });
        await expect(verify(store, id)).rejects.toMatchObject({ code: 'IO' });
        expect(store.path(id)).toBeNull();
      }
    });

    test('reads nothing beyond the end', async () => {
      const { id, sizeBytes } = await make(store, draftAt(10, 2), pattern(1000));
      const chunk = await chunkAt(store, id, sizeBytes + 5, 10);
      expect(chunk.data).toHaveLength(0);
      expect(chunk.done).toBe(true);
    });
  });
}
