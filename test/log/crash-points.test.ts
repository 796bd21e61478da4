import { describe, expect, test } from 'vitest';

import type { Durability } from '../../node-engine/log/log-store.ts';
import type { SnapshotMeta } from '../../node-engine/raft/types.ts';
import type { DiskImage } from './faulty-medium.ts';
import { EMPTY_DISK } from './faulty-medium.ts';
import { FaultyWorld, survivals, writeOf, type LoggedEntry } from './faulty-world.ts';
import { EMPTY_MODEL, fullScript, modelAfter } from './log-model.ts';
import type { LogModel, ScriptStep } from './log-model.ts';
import { run } from './runs.ts';

/** What may be found after a crash. */
interface Promise_ {
  /** Reported as written. */
  readonly reported: LogModel;
  /** Being written, or the same. */
  readonly pending: LogModel;
  /** The same, once a snapshot has replaced the log and nothing was appended yet. */
  readonly installed: LogModel;
  /** Every log since the last moment when all was surely synced. */
  readonly unsynced: readonly LogModel[];
  readonly snapshots: readonly SnapshotMeta[];
}

/** `synced` is what of the image would survive a power loss now. */
type CrashCheck = (
  image: DiskImage,
  promise: Promise_,
  isPowerLoss: boolean,
  synced: DiskImage,
) => void;

/** Runs a script, and calls `check` with every state that a crash at any moment can leave. */
function crashEverywhere(
  script: readonly ScriptStep[],
  durability: Durability,
  check: CrashCheck,
): void {
  const world = new FaultyWorld(EMPTY_DISK, durability, []);
  let promise: Promise_ = {
    reported: EMPTY_MODEL,
    pending: EMPTY_MODEL,
    installed: EMPTY_MODEL,
    unsynced: [],
    snapshots: [],
  };
  const crash = (): void => {
    const { medium } = world;
    for (const survival of survivals(medium.flightCount)) {
      check(medium.afterKill(survival), promise, false, medium.afterPowerLoss(0, []));
      for (let kept = 0; kept <= medium.unsyncedCount; kept += 1) {
        const image = medium.afterPowerLoss(kept, survival);
        check(image, promise, true, image);
      }
    }
  };
  const landAll = (isLastFirst: boolean): void => {
    world.settle();
    for (;;) {
      crash();
      if (world.medium.flightCount === 0) return;
      world.medium.land(isLastFirst ? world.medium.flightCount - 1 : 0);
      world.settle();
    }
  };
  landAll(false);
  script.forEach((step, position) => {
    if (step.type === 'snapshot') {
      promise = { ...promise, snapshots: [step.snapshot, ...promise.snapshots] };
      return;
    }
    if (step.type === 'time') {
      world.passTime();
      landAll(position % 2 === 0);
      if (durability === 'medium') promise = { ...promise, unsynced: [] };
      return;
    }
    const pending = modelAfter(promise.reported, step.write);
    const isInstall = step.write.install !== null;
    promise = {
      ...promise,
      pending,
      installed: isInstall ? modelAfter(promise.reported, { ...step.write, append: [] }) : pending,
      unsynced: [...promise.unsynced, promise.reported],
    };
    let isDone = false;
    world.store().store.write(step.write, (error) => {
      if (error !== null) throw error;
      isDone = true;
      promise = { ...promise, reported: pending };
      if (durability === 'high') promise = { ...promise, unsynced: [] };
    });
    landAll(position % 2 === 0);
    expect(isDone).toBe(true);
  });
}

/** Opens what a crash left and holds it against the promise. */
function checkImage(
  image: DiskImage,
  durability: Durability,
  promise: Promise_,
  isPowerLoss: boolean,
): void {
  const { reported, pending, installed, snapshots } = promise;
  const world = new FaultyWorld(image, durability, snapshots);
  const { recovered } = world.store();
  const found = world.entries();

  const hardStates = [reported, pending].map(({ term, votedFor }) => `${term} ${votedFor ?? ''}`);
  const { term, votedFor } = recovered.hardState;
  const snapshotTerm = snapshots[0]?.lastIncludedTerm ?? 0;
  if (term !== snapshotTerm || votedFor !== null) {
    expect(hardStates).toContain(`${term} ${votedFor ?? ''}`);
  }
  const base = recovered.firstIndex - 1;
  if (base > 0) expect(snapshots[0]?.lastIncludedIndex).toBeGreaterThanOrEqual(base);
  expect(found[0]?.index ?? base + 1).toBe(base + 1);

  const known = [reported, pending, installed, ...(isPowerLoss ? promise.unsynced : [])];
  const candidates = known.map((model) => model.entries.filter((entry) => entry.index > base));
  if (candidates.some((entries) => isSame(entries, found))) return;
  // A snapshot that is ahead of the log, or of another term, replaces it.
  const isReplaced = found.length === 0 && base === snapshots[0]?.lastIncludedIndex;
  if (isReplaced && known.some((model) => !agrees(model, snapshots[0]))) return;
  throw new Error(
    `found ${spans(found)} behind ${base} instead of ${candidates.map(spans).join(' or ')} ` +
      `after ${isPowerLoss ? 'a power loss' : 'a kill'}`,
  );
}

function agrees(model: LogModel, snapshot: SnapshotMeta | undefined): boolean {
  if (snapshot === undefined) return true;
  const { lastIncludedIndex: index, lastIncludedTerm: term } = snapshot;
  const entry = model.entries.find((candidate) => candidate.index === index);
  return index <= model.base || entry?.term === term;
}

/** Entries in one line: `5-8@2` are entries 5 to 8 of term 2. */
function spans(entries: readonly LoggedEntry[]): string {
  const parts: { first: number; last: number; term: number }[] = [];
  for (const { index, term } of entries) {
    const part = parts.at(-1);
    if (part?.last === index - 1 && part.term === term) part.last = index;
    else parts.push({ first: index, last: index, term });
  }
  const texts = parts.map(({ first, last, term }) => `${first}-${last}@${term}`);
  return `[${texts.join(' ')}]`;
}

function isSame(left: readonly LoggedEntry[], right: readonly LoggedEntry[]): boolean {
  return (
    left.length === right.length &&
    left.every((entry, position) => {
      const other = right[position];
      return (
        other !== undefined &&
        entry.index === other.index &&
        entry.term === other.term &&
        entry.bytes === other.bytes
      );
    })
  );
}

/** Goes on with what a crash left: the next life must be as good as any. */
function checkNextLife(image: DiskImage, durability: Durability, promise: Promise_): void {
  const first = new FaultyWorld(image, durability, promise.snapshots);
  const { store, recovered } = first.store();
  const next = run(recovered.lastIndex + 1, 2, 9);
  const hardState = { term: 9, votedFor: '3', commitIndex: 0 };
  let isDone = false;
  store.write(writeOf({ hardState, append: [next] }), (error) => (isDone = error === null));
  first.landAll();
  expect(isDone).toBe(true);
  const before = first.entries();
  const second = new FaultyWorld(first.medium.afterKill([]), durability, promise.snapshots);
  expect(second.store().recovered.hardState).toMatchObject({ term: 9, votedFor: '3' });
  expect(second.entries()).toEqual(before);
}

describe.each<Durability>(['high', 'medium', 'low'])('at durability %s', (durability) => {
  test('a crash at any moment leaves what was promised, and never looks like damage', () => {
    let images = 0;
    crashEverywhere(fullScript(), durability, (image, promise, isPowerLoss) => {
      images += 1;
      checkImage(image, durability, promise, isPowerLoss);
    });
    expect(images).toBeGreaterThan(500);
  });

  test('a crash while the log is opened after a crash loses nothing more', () => {
    let count = 0;
    crashEverywhere(fullScript(), durability, (image, promise, isPowerLoss) => {
      count += 1;
      if (count % 25 !== 0) return;
      const world = new FaultyWorld(image, durability, promise.snapshots);
      for (;;) {
        for (const survival of survivals(world.medium.flightCount)) {
          checkImage(world.medium.afterPowerLoss(0, survival), durability, promise, isPowerLoss);
        }
        if (world.medium.flightCount === 0) break;
        world.medium.land();
        world.settle();
      }
      expect(world.opened).not.toBeNull();
    });
  });

  test('a power loss after the restart that followed a kill takes nothing back', () => {
    let count = 0;
    crashEverywhere(fullScript(), durability, (image, promise, isPowerLoss, synced) => {
      count += 1;
      if (isPowerLoss || count % 3 !== 0) return;
      const { snapshots } = promise;
      const restarted = new FaultyWorld(image, durability, snapshots, 'refuse', synced);
      const before = restarted.entries();
      const after = new FaultyWorld(restarted.medium.afterPowerLoss(0, []), durability, snapshots);
      expect(after.store().recovered).toEqual(restarted.store().recovered);
      expect(after.entries()).toEqual(before);
    });
  });

  test('what a crash left can be gone on with', () => {
    let count = 0;
    crashEverywhere(fullScript(), durability, (image, promise) => {
      count += 1;
      if (count % 11 === 0) checkNextLife(image, durability, promise);
    });
  });
});
