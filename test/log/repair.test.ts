import { describe, expect, test } from 'vitest';

import type { LogWrite } from '../../node-engine/log/log-store.ts';
import type { SnapshotMeta } from '../../node-engine/raft/types.ts';
import { EMPTY_DISK, type DiskImage } from './faulty-medium.ts';
import { entriesOf, FaultyWorld, survivals, writeOf } from './faulty-world.ts';
import { run, singles, snapshotAt } from './runs.ts';

const RUNS = [...singles(1, 9, 1), run(10, 600, 2), run(610, 2, 2), run(612, 600, 3)];
const ENTRIES = entriesOf(RUNS);
const LAST = { untilIndex: 1211, untilTerm: 3 };

function write(world: FaultyWorld, parts: Partial<LogWrite>): void {
  let isDone = false;
  world.store().store.write(writeOf(parts), (error) => (isDone = error === null));
  world.landAll();
  expect(isDone).toBe(true);
}

/** A node that acknowledged everything in RUNS and gave its vote to 2. */
function fullDisk(): DiskImage {
  const world = new FaultyWorld(EMPTY_DISK, 'high', []);
  write(world, { hardState: { term: 3, votedFor: '2', commitIndex: 0 } });
  for (const one of RUNS) write(world, { append: [one] });
  return world.medium.afterKill([]);
}

function without(image: DiskImage, ...firsts: number[]): DiskImage {
  const records = new Map(image.records);
  for (const first of firsts) records.delete(first);
  return { ...image, records };
}

/** Runs of RUNS from this index on, as a leader sends them. */
function missingFrom(index: number): Partial<LogWrite> {
  return { append: RUNS.filter((one) => one.firstIndex >= index) };
}

describe('a damaged log that its leader repairs', () => {
  test('goes on with what stands before the damage, and its vote', () => {
    const world = new FaultyWorld(without(fullDisk(), 5), 'high', [], 'from-leader');
    const { recovered, repair } = world.store();
    expect(recovered.hardState).toEqual({ term: 3, votedFor: '2', commitIndex: 0 });
    expect(world.entries()).toEqual(ENTRIES.slice(0, 4));
    expect(repair).toEqual({ ...LAST, description: 'the disk is damaged: entry 5: missing' });
  });

  test('takes nothing for committed that no snapshot covers', () => {
    const old = fullDisk();
    const world = new FaultyWorld(old, 'high', []);
    write(world, { hardState: { term: 4, votedFor: null, commitIndex: 1211 } });
    write(world, { truncateFrom: 612, append: [run(612, 600, 4)] });
    // The pages know that all is committed, the records are those that were replaced.
    const image = { ...world.medium.afterKill([]), records: old.records };
    const { recovered, repair } = new FaultyWorld(image, 'high', [], 'from-leader').store();
    expect(repair).not.toBeNull();
    expect(recovered.hardState.commitIndex).toBe(0);
    const covered = new FaultyWorld(image, 'high', [snapshotAt(9, 1)], 'from-leader').store();
    expect(covered.recovered.hardState.commitIndex).toBe(9);
    expect(covered.recovered.tail[0]?.firstIndex).toBe(10);
  });

  test('starts behind its snapshot where the log holds what was replaced before that', () => {
    const old = fullDisk();
    const world = new FaultyWorld(old, 'high', []);
    write(world, { hardState: { term: 4, votedFor: null, commitIndex: 611 } });
    write(world, { truncateFrom: 612, append: [run(612, 600, 4), run(1212, 9, 4)] });
    const image = { ...world.medium.afterKill([]), records: old.records };
    const { recovered, repair } = new FaultyWorld(
      image,
      'high',
      [snapshotAt(700, 4)],
      'from-leader',
    ).store();
    expect(recovered).toMatchObject({ firstIndex: 701, lastIndex: 700, tail: [] });
    expect(recovered.hardState).toEqual({ term: 4, votedFor: null, commitIndex: 700 });
    expect(repair).toMatchObject({ untilIndex: 1220, untilTerm: 4 });
  });

  test('starts behind its newest whole snapshot when the log was trimmed beyond that', () => {
    const first = new FaultyWorld(fullDisk(), 'high', [snapshotAt(609, 2)]);
    write(first, { trimThrough: 609 });
    const older = [snapshotAt(9, 1)];
    const refused = new FaultyWorld(first.medium.afterKill([]), 'high', older);
    refused.landAll();
    expect(refused.error?.message).toBe(
      'the disk is damaged: entries 1 to 609: trimmed, and no whole snapshot covers it',
    );
    const world = new FaultyWorld(first.medium.afterKill([]), 'high', older, 'from-leader');
    const { recovered, repair } = world.store();
    // Snapshot and log fit together: the log goes on where the snapshot ends.
    expect(recovered).toMatchObject({ firstIndex: 10, lastIndex: 9, snapshot: older[0] });
    expect(recovered.hardState).toEqual({ term: 3, votedFor: '2', commitIndex: 9 });
    expect(repair).toMatchObject(LAST);
    for (const one of RUNS.slice(9)) write(world, { append: [one] });
    expect(world.store().store.isRepairing()).toBe(false);
    expect(world.entries()).toEqual(ENTRIES.slice(9));
  });

  test('keeps from voting until it has again what it promised', () => {
    const world = new FaultyWorld(without(fullDisk(), 5, 612), 'high', [], 'from-leader');
    const { store } = world.store();
    for (const one of RUNS.slice(4, -1)) {
      write(world, { append: [one] });
      expect(store.isRepairing()).toBe(true);
    }
    write(world, missingFrom(612));
    expect(store.isRepairing()).toBe(false);
    const next = new FaultyWorld(world.medium.afterKill([]), 'high', []);
    expect(next.store().repair).toBeNull();
    expect(next.entries()).toEqual(ENTRIES);
  });

  test('keeps from voting over restarts', () => {
    const first = new FaultyWorld(without(fullDisk(), 5), 'high', [], 'from-leader');
    first.store();
    const second = new FaultyWorld(first.medium.afterKill([]), 'high', []);
    expect(second.store().repair).toEqual({
      ...LAST,
      description: 'the disk was damaged and is being repaired',
    });
    expect(second.store().store.isRepairing()).toBe(true);
    write(second, missingFrom(5));
    expect(second.store().store.isRepairing()).toBe(false);
  });

  test('may vote again once a leader of a later term has gone further', () => {
    const world = new FaultyWorld(without(fullDisk(), 5), 'high', [], 'from-leader');
    const { store } = world.store();
    const hardState = { term: 4, votedFor: null, commitIndex: 0 };
    write(world, { hardState, append: [run(5, 1, 2)] });
    expect(store.isRepairing()).toBe(true);
    write(world, { append: [run(6, 1, 4)] });
    expect(store.isRepairing()).toBe(false);
  });

  test('may vote again once a snapshot has replaced it', () => {
    const world = new FaultyWorld(without(fullDisk(), 5), 'high', [], 'from-leader');
    const { store } = world.store();
    write(world, { install: snapshotAt(1211, 3) });
    expect(store.isRepairing()).toBe(false);
  });

  test('starts empty when what was trimmed is lost too', () => {
    const trimmed = new FaultyWorld(fullDisk(), 'high', [snapshotAt(9, 1)]);
    write(trimmed, { trimThrough: 9 });
    const world = new FaultyWorld(trimmed.medium.afterKill([]), 'high', [], 'from-leader');
    expect(world.store().recovered).toMatchObject({ firstIndex: 1, lastIndex: 0 });
    expect(world.store().repair).toMatchObject(LAST);
    write(world, { append: RUNS });
    expect(world.entries()).toEqual(ENTRIES);
  });

  test('goes on behind an older snapshot when the newest is lost with what it covered', () => {
    const trimmed = new FaultyWorld(fullDisk(), 'high', [snapshotAt(9, 1)]);
    write(trimmed, { trimThrough: 9 });
    const left = trimmed.medium.afterKill([]);
    const world = new FaultyWorld(left, 'high', [snapshotAt(4, 1)], 'from-leader');
    expect(world.store().recovered).toMatchObject({ firstIndex: 5, lastIndex: 4 });
    expect(world.store().recovered.hardState.commitIndex).toBe(4);
    expect(world.store().repair).toMatchObject(LAST);
  });

  test('a crash during the repair never hides that entries are missing', () => {
    const image = without(fullDisk(), 5, 612);
    const world = new FaultyWorld(image, 'high', [], 'from-leader');
    let crashes = 0;
    for (;;) {
      for (const survival of survivals(world.medium.flightCount)) {
        crashes += 1;
        const crashed = world.medium.afterPowerLoss(0, survival);
        const next = new FaultyWorld(crashed, 'high', []);
        next.landAll();
        if (next.error !== null) expect(next.error.code).toBe('DAMAGED');
        else expect(next.store().repair).toMatchObject(LAST);
        const repaired = new FaultyWorld(crashed, 'high', [], 'from-leader');
        expect(repaired.store().repair).toMatchObject(LAST);
        expect(repaired.store().recovered.hardState).toMatchObject({ term: 3, votedFor: '2' });
        expect(repaired.entries()).toEqual(ENTRIES.slice(0, 4));
      }
      if (world.medium.flightCount === 0) break;
      world.medium.land();
      world.settle();
    }
    expect(crashes).toBeGreaterThan(8);
  });
});

describe('a damaged log of a cluster of one', () => {
  test('goes on without what is lost when its operator accepts that', () => {
    const world = new FaultyWorld(without(fullDisk(), 612), 'high', [], 'accept-loss');
    expect(world.store().repair).toBeNull();
    expect(world.store().store.isRepairing()).toBe(false);
    expect(world.entries()).toEqual(ENTRIES.slice(0, 611));
    const next = new FaultyWorld(world.medium.afterKill([]), 'high', []);
    expect(next.entries()).toEqual(ENTRIES.slice(0, 611));
  });
});

describe('a damaged log with a snapshot of its own', () => {
  const heals: readonly (readonly [string, readonly number[], SnapshotMeta, number])[] = [
    ['keeps what follows when the damage lies below it', [2, 4], snapshotAt(7, 1), 5],
    ['starts behind it when it covers everything', [2, 612], snapshotAt(1211, 3), 1211],
  ];
  test.each(heals)('%s', (_what, lost, snapshot, base) => {
    const world = new FaultyWorld(without(fullDisk(), ...lost), 'high', [snapshot]);
    expect(world.store().repair).toBeNull();
    expect(world.store().recovered.firstIndex).toBe(base + 1);
    expect(world.entries()).toEqual(ENTRIES.slice(base));
    const next = new FaultyWorld(world.medium.afterKill([]), 'high', [snapshot]);
    expect(next.entries()).toEqual(ENTRIES.slice(base));
  });

  test('is refused when only a part of the damage lies below it', () => {
    const world = new FaultyWorld(without(fullDisk(), 2, 9), 'high', [snapshotAt(7, 1)]);
    expect(() => world.store()).toThrow('entry 2: missing; entry 9: missing');
  });

  test('goes on behind the snapshot when its leader repairs the rest', () => {
    const image = without(fullDisk(), 2, 9);
    const world = new FaultyWorld(image, 'high', [snapshotAt(7, 1)], 'from-leader');
    expect(world.store().recovered).toMatchObject({ firstIndex: 8, lastIndex: 7 });
    expect(world.store().repair).toMatchObject(LAST);
    write(world, missingFrom(8));
    expect(world.store().store.isRepairing()).toBe(false);
    expect(world.entries()).toEqual(ENTRIES.slice(7));
  });

  test.each([
    ['heals the log', without(fullDisk(), 2, 4), snapshotAt(7, 1), 5],
    ['replaces a log that disagrees', fullDisk(), snapshotAt(611, 5), 611],
  ] as const)('a crash while it %s loses nothing', (_what, image, snapshot, base) => {
    const world = new FaultyWorld(image, 'high', [snapshot]);
    const expected = base === 611 ? [] : ENTRIES.slice(base);
    for (;;) {
      for (const survival of survivals(world.medium.flightCount)) {
        const crashed = world.medium.afterPowerLoss(0, survival);
        const next = new FaultyWorld(crashed, 'high', [snapshot]);
        expect(next.store().recovered.firstIndex).toBe(base + 1);
        expect(next.entries()).toEqual(expected);
      }
      if (world.medium.flightCount === 0) break;
      world.medium.land();
      world.settle();
    }
    expect(world.opened).not.toBeNull();
  });
});
