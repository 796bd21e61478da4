import { describe, expect, test } from 'vitest';

import type { StorageError } from '../../node-engine/log/log-store.ts';
import { EMPTY_DISK } from './faulty-medium.ts';
import { entriesOf, FaultyWorld, writeOf } from './faulty-world.ts';
import { EMPTY_MODEL, fullScript, modelAfter, type LogModel } from './log-model.ts';
import { run } from './runs.ts';

/** Runs the script until a write fails at the `countdown`-th operation of the disk. */
function runUntilFailure(countdown: number, isApplied: boolean): FailedRun | null {
  const world = new FaultyWorld(EMPTY_DISK, 'high', []);
  const { store } = world.store();
  world.medium.failure = { countdown, isApplied };
  let model = EMPTY_MODEL;
  let snapshots: LogModel['snapshots'] = [];
  for (const step of fullScript()) {
    if (step.type === 'snapshot') snapshots = [step.snapshot, ...snapshots];
    if (step.type !== 'write') continue;
    const outcomes: (StorageError | null)[] = [];
    store.write(step.write, (error) => outcomes.push(error));
    world.landAll();
    expect(outcomes).toHaveLength(1);
    const pending = modelAfter(model, step.write);
    const outcome = outcomes[0] ?? null;
    if (outcome !== null) return { world, outcome, reported: model, pending, snapshots };
    model = pending;
  }
  return null;
}

interface FailedRun {
  readonly world: FaultyWorld;
  readonly outcome: StorageError;
  readonly reported: LogModel;
  readonly pending: LogModel;
  readonly snapshots: LogModel['snapshots'];
}

describe.each([true, false])('a write that fails (and was made all the same: %s)', (isApplied) => {
  test('ends the store at once: nothing is written after it, by nobody', () => {
    let failures = 0;
    for (let countdown = 1; ; countdown += 1) {
      const failed = runUntilFailure(countdown, isApplied);
      if (failed === null) break;
      failures += 1;
      const { world, outcome } = failed;
      const { store } = world.store();
      expect(outcome).toMatchObject({ code: 'IO' });
      const codes: unknown[] = [];
      const note = (error: StorageError | null): void => void codes.push(error?.code);
      store.write(writeOf({ append: [run(9000, 1, 9)] }), note);
      store.read({ fromIndex: 1, toIndex: 2, bytesMax: 1 }, note);
      store.reclaim(note);
      store.adoptCluster('ab'.repeat(16), note);
      world.landAll();
      expect(codes).toEqual(['CLOSED', 'CLOSED', 'CLOSED', 'CLOSED']);
      store.close(note);
      world.landAll();
      expect(world.medium.writesAfterFailure).toBe(0);
    }
    expect(failures).toBeGreaterThan(40);
  });

  test('ends what was waiting behind it too', () => {
    const world = new FaultyWorld(EMPTY_DISK, 'high', []);
    const { store } = world.store();
    world.medium.failure = { countdown: 1, isApplied };
    const codes: unknown[] = [];
    const note = (error: StorageError | null): void => void codes.push(error?.code);
    store.write(writeOf({ append: [run(1, 1, 1)] }), note);
    store.adoptCluster('ab'.repeat(16), note);
    world.landAll();
    expect(codes).toEqual(['IO', 'CLOSED']);
    expect(world.medium.writesAfterFailure).toBe(0);
  });

  test('is told once, also when it is a sync that was put off and that nobody waits for', () => {
    const world = new FaultyWorld(EMPTY_DISK, 'medium', []);
    const { store } = world.store();
    const told: string[] = [];
    store.onFailure(({ code }) => told.push(code));
    const codes: unknown[] = [];
    const note = (error: StorageError | null): void => void codes.push(error?.code ?? 'done');
    store.write(writeOf({ append: [run(1, 1, 1)] }), note);
    world.landAll();
    world.medium.failure = { countdown: 1, isApplied };
    world.passTime();
    world.landAll();
    expect([codes, told]).toEqual([['done'], ['IO']]);
    store.read({ fromIndex: 1, toIndex: 1, bytesMax: 1 }, note);
    store.write(writeOf({ append: [run(2, 1, 1)] }), note);
    world.landAll();
    expect([codes, told]).toEqual([['done', 'CLOSED', 'CLOSED'], ['IO']]);
  });

  test('leaves a log that opens, with or without the failed write', () => {
    for (let countdown = 1; ; countdown += 1) {
      const failed = runUntilFailure(countdown, isApplied);
      if (failed === null) break;
      const { world, reported, pending, snapshots } = failed;
      const reopened = new FaultyWorld(world.medium.afterKill([]), 'high', snapshots);
      const base = reopened.store().recovered.firstIndex - 1;
      const installed = { ...pending, entries: [] };
      const expected = [reported, pending, installed].map(({ entries }) =>
        JSON.stringify(entries.filter((entry) => entry.index > base)),
      );
      expect(expected).toContain(JSON.stringify(reopened.entries()));
    }
  });
});

test('entries are told apart by index, term and bytes', () => {
  expect(entriesOf([run(7, 2, 3)])).toEqual([
    { index: 7, term: 3, bytes: '7.3     ' },
    { index: 8, term: 3, bytes: '8.3     ' },
  ]);
});
