import { describe, expect, test } from 'vitest';

import type { RecoveredState, SnapshotMeta } from '../../node-engine/raft/types.ts';
import { EMPTY_DISK, type DiskImage } from './faulty-medium.ts';
import { FaultyWorld, writeOf, type LoggedEntry } from './faulty-world.ts';
import { membershipRun, run, singles, snapshotAt } from './runs.ts';

/** What a reader learns from a disk: everything, or that it is damaged. */
interface Reading {
  readonly state: Omit<RecoveredState, 'tail'> | null;
  readonly entries: readonly LoggedEntry[];
  readonly message: string;
}

const SNAPSHOTS: readonly SnapshotMeta[] = [snapshotAt(3, 1)];

/** A log that was trimmed, truncated and stopped without a warning. */
function stoppedLog(): DiskImage {
  const world = new FaultyWorld(EMPTY_DISK, 'high', []);
  const writes = [
    { hardState: { term: 2, votedFor: '2', commitIndex: 0 }, append: singles(1, 4, 1) },
    { append: [membershipRun(5, 1), run(6, 3, 2)] },
    { truncateFrom: 6, append: [run(6, 4, 2)] },
    { trimThrough: 2 },
    { append: [run(10, 80, 2)] },
    { append: [run(90, 1, 2)] },
  ];
  for (const parts of writes) {
    world.store().store.write(writeOf(parts), (error) => {
      if (error !== null) throw error;
    });
    world.landAll();
  }
  return world.medium.afterKill([]);
}

function readingOf(image: DiskImage, snapshots = SNAPSHOTS): Reading {
  const world = new FaultyWorld(image, 'high', snapshots);
  world.landAll();
  if (world.opened === null) {
    expect(world.error?.code).toMatch(/^(DAMAGED|NEWER_FORMAT|FOREIGN)$/);
    return { state: null, entries: [], message: world.error?.message ?? '' };
  }
  const { tail: _tail, ...state } = world.opened.recovered;
  return { state, entries: world.entries(), message: '' };
}

function flipped(bytes: Uint8Array, offset: number): Uint8Array {
  const copy = Buffer.from(bytes);
  copy[offset] = (copy[offset] ?? 0) ^ (1 << (offset % 8));
  return copy;
}

function withRecords(
  image: DiskImage,
  change: (records: Map<number, Uint8Array>) => void,
): DiskImage {
  const records = new Map(image.records);
  change(records);
  return { ...image, records };
}

function withPage(image: DiskImage, slot: 'a' | 'b', page: Uint8Array | null): DiskImage {
  return { ...image, pages: { ...image.pages, [slot]: page } };
}

describe('a log on a damaged disk', () => {
  const image = stoppedLog();
  const whole = readingOf(image);

  test('is whole before the damage', () => {
    expect(whole.state).toMatchObject({ firstIndex: 3, lastIndex: 90 });
    expect(whole.entries).toHaveLength(88);
  });

  test('with one flipped bit in any record is damaged, or repaired from the page', () => {
    for (const [firstIndex, value] of image.records) {
      for (let offset = 0; offset < value.length; offset += 1) {
        const reading = readingOf(
          withRecords(image, (records) => records.set(firstIndex, flipped(value, offset))),
        );
        // The newest write still stands in the page that announced it.
        if (firstIndex === 90) expect(reading).toEqual(whole);
        else expect(reading.message).toContain(firstIndex === 10 ? '10 to 89' : `${firstIndex}`);
      }
    }
  });

  test('with any record missing is damaged, or repaired from the page', () => {
    for (const firstIndex of image.records.keys()) {
      const reading = readingOf(withRecords(image, (records) => records.delete(firstIndex)));
      if (firstIndex === 90) expect(reading).toEqual(whole);
      else expect(reading.message).toMatch(/: missing/);
    }
  });

  test("with two records in each other's place is damaged", () => {
    const reading = readingOf(
      withRecords(image, (records) => {
        const third = image.records.get(3);
        const fourth = image.records.get(4);
        if (third === undefined || fourth === undefined) throw new Error('both are there');
        records.set(3, fourth).set(4, third);
      }),
    );
    expect(reading.message).toBe(
      'the disk is damaged: entry 3: it is the record of entry 4; ' +
        'entry 4: it is the record of entry 3',
    );
  });

  test('names everything that is lost', () => {
    const reading = readingOf(
      withRecords(image, (records) => {
        records.delete(4);
        records.set(6, flipped(image.records.get(6) ?? new Uint8Array(), 80));
      }),
    );
    expect(reading.message).toBe(
      'the disk is damaged: entry 4: missing; entries 6 to 9: bad checksum',
    );
  });

  test('with one flipped bit in either page loses nothing, not even the vote', () => {
    for (const slot of ['a', 'b'] as const) {
      const page = image.pages[slot] ?? new Uint8Array();
      // Every byte of the fixed fields, then some of the rest: the checksum covers all alike.
      for (let offset = 0; offset < page.length; offset += offset < 200 ? 1 : 31) {
        expect(readingOf(withPage(image, slot, flipped(page, offset)))).toEqual(whole);
      }
    }
  });

  test('with either page missing loses nothing', () => {
    expect(readingOf(withPage(image, 'a', null))).toEqual(whole);
    expect(readingOf(withPage(image, 'b', null))).toEqual(whole);
  });

  test('with both pages damaged or missing never starts as if it were new', () => {
    const page = image.pages.a ?? new Uint8Array();
    const bothBad = withPage(withPage(image, 'a', flipped(page, 9)), 'b', flipped(page, 9));
    expect(readingOf(bothBad).message).toContain('has lost its term and vote');
    const bothGone = withPage(withPage(image, 'a', null), 'b', null);
    expect(readingOf(bothGone).message).toContain('has a log but neither meta.a nor meta.b');
    const onlySnapshot = withRecords(bothGone, (records) => records.clear());
    expect(readingOf(onlySnapshot).message).toContain(
      'has a snapshot but neither meta.a nor meta.b',
    );
  });

  test('that is an older copy of itself is damaged', () => {
    const world = new FaultyWorld(image, 'high', SNAPSHOTS);
    world.store().store.write(writeOf({ append: [run(91, 600, 2)] }), () => undefined);
    world.landAll();
    const newer = world.medium.afterKill([]);
    const reading = readingOf({ records: image.records, pages: newer.pages });
    expect(reading.message).toContain('entries 91 to 690: missing at the end of the log');
  });

  test('that is an older copy with another end is damaged', () => {
    const world = new FaultyWorld(image, 'high', SNAPSHOTS);
    const write = (parts: Parameters<typeof writeOf>[0]): void => {
      world.store().store.write(writeOf(parts), () => undefined);
      world.landAll();
    };
    write({ append: [run(91, 600, 2, 'x')] });
    const older = world.medium.afterKill([]);
    write({ truncateFrom: 91, append: [run(91, 600, 2, 'y')] });
    const newer = world.medium.afterKill([]);
    const reading = readingOf({ records: older.records, pages: newer.pages });
    expect(reading.message).toContain('entries 91 to 690: not what was durable there');
  });

  test('whose pages are older than the log has lost its vote, and no repair helps', () => {
    const world = new FaultyWorld(image, 'high', SNAPSHOTS);
    const hardState = { term: 5, votedFor: '1', commitIndex: 0 };
    world.store().store.write(writeOf({ hardState, append: [run(91, 2, 5)] }), () => undefined);
    world.landAll();
    const newer = world.medium.afterKill([]);
    const stale = { records: newer.records, pages: image.pages };
    const message = 'the disk is damaged: entry 91: term 5, but meta.a and meta.b are of term 2';
    expect(readingOf(stale).message).toBe(message);
    for (const repair of ['from-leader', 'accept-loss'] as const) {
      const repaired = new FaultyWorld(stale, 'high', SNAPSHOTS, repair);
      repaired.landAll();
      expect(repaired.error).toMatchObject({ code: 'DAMAGED', message });
    }
  });

  test('that is replaced by an empty log is damaged', () => {
    const reading = readingOf(
      withRecords(image, (records) => records.clear()),
      [],
    );
    expect(reading.message).toContain('entries 3 to 89: missing');
    expect(reading.message).toContain('entries 1 to 2: trimmed');
  });

  test('that another node wrote is damaged', () => {
    const other = new FaultyWorld(EMPTY_DISK, 'high', []);
    const hardState = { term: 2, votedFor: null, commitIndex: 0 };
    other.store().store.write(writeOf({ hardState, append: singles(1, 90, 2) }), () => undefined);
    other.landAll();
    const reading = readingOf({ ...image, records: other.medium.afterKill([]).records });
    expect(reading.message).toContain('entry 3: does not follow from what stands before it');
  });

  test('needs nothing that a whole snapshot covers', () => {
    const reading = readingOf(
      withRecords(image, (records) => records.clear()),
      [snapshotAt(120, 2)],
    );
    expect(reading.state).toMatchObject({ firstIndex: 121, lastIndex: 120 });
  });
});
