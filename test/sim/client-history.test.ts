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
