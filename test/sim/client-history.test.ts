import { describe, expect, test } from 'vitest';

import { ClientHistory } from '../../node-engine/sim/client-history.ts';
import { scheduleOf } from '../../node-engine/sim/run-many.ts';
import { runSchedule } from '../../node-engine/sim/schedule.ts';

const never = (): null => null;

describe('what clients saw is explained', () => {
  test('by operations one after the other', () => {
    const history = new ClientHistory();
    history.answered(history.begin('add'), 1);
    history.answered(history.begin('read'), 1);
    history.answered(history.begin('add'), 2);
    expect(history.check(never)).toEqual({ reason: null, operations: 3, unanswered: 0 });
  });

  test('when operations that overlap are answered in another order', () => {
    const history = new ClientHistory();
    const [first, second, read] = [
      history.begin('add'),
      history.begin('add'),
      history.begin('read'),
    ];
    history.answered(second, 1);
    history.answered(first, 2);
    history.answered(read, 0);
    expect(history.check(never).reason).toBeNull();
  });

  test('when a write without an answer was done, or was not', () => {
    const history = new ClientHistory();
    const lost = history.begin('add');
    history.answered(history.begin('add'), 2);
    history.begin('add');
    history.answered(history.begin('read'), 2);
    const verdict = history.check(({ id }) => (id === lost.id ? 1 : null));
    expect(verdict).toEqual({ reason: null, operations: 4, unanswered: 2 });
    // Whoever does not know finds it out by search.
    expect(history.check(never).reason).toBeNull();
  });
});

describe('thousands of writes under way at once', () => {
  const WRITES = 2_000;

  /** The last that was begun is done first; behind them all a read that sees `seen`. */
  function checked(seen: number): string | null {
    const history = new ClientHistory();
    const sums = new Map<number, number>();
    for (let sum = WRITES; sum >= 1; sum -= 1) sums.set(history.begin('add').id, sum);
    history.answered(history.begin('add'), WRITES + 1);
    history.answered(history.begin('read'), seen);
    return history.check(({ id }) => sums.get(id) ?? null).reason;
  }

  test('are explained by the order that their sums tell', () => {
    expect(checked(WRITES + 1)).toBeNull();
  });

  test('are not explained where a read misses one that was answered', () => {
    expect(checked(WRITES)).toMatch(/^no order was found/);
    expect(checked(WRITES + 2)).toMatch(/^no order was found/);
  });
});

describe('what clients saw is refused', () => {
  test('when a read misses a write that was answered before it began', () => {
    const history = new ClientHistory();
    history.answered(history.begin('add'), 1);
    history.answered(history.begin('read'), 0);
    expect(history.check(never).reason).toMatch(/^no order explains.*read answered 0/);
  });

  test('when a read goes back behind another', () => {
    const history = new ClientHistory();
    const write = history.begin('add');
    history.answered(history.begin('read'), 1);
    history.answered(history.begin('read'), 0);
    history.answered(write, 1);
    expect(history.check(never).reason).toMatch(/^no order explains/);
  });

  test('when writes are done against their order in time', () => {
    const history = new ClientHistory();
    history.answered(history.begin('add'), 2);
    history.answered(history.begin('add'), 1);
    expect(history.check(never).reason).toMatch(/^no order explains/);
  });

  test('when a write was done twice', () => {
    const history = new ClientHistory();
    history.answered(history.begin('add'), 1);
    history.answered(history.begin('read'), 2);
    expect(history.check(never).reason).toMatch(/^no order explains/);
  });

  test('when a write that was refused was done', () => {
    const history = new ClientHistory();
    history.refused(history.begin('add'));
    history.answered(history.begin('read'), 1);
    expect(history.check(never).reason).toMatch(/^no order explains/);
  });
});

test('one schedule of eight has its whole history checked', () => {
  let [histories, operations] = [0, 0];
  for (let seed = 0; seed < 16; seed += 1) {
    const { counts } = runSchedule(scheduleOf({ seed, profile: 'swarm', events: 400 }));
    histories += counts.histories;
    operations += counts.historyOperations;
  }
  expect(histories).toBe(2);
  expect(operations).toBeGreaterThan(20);
});
