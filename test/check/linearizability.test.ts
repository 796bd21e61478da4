import { describe, expect, it } from 'vitest';
import { checkHistory } from '../../node-engine/check/linearizability.ts';
import { COUNTER, REGISTER } from '../../node-engine/check/models.ts';
import type { Operation } from '../../node-engine/check/operation.ts';
import { isLinearizableByBruteForce } from './brute-force.ts';
import { randomRegisterHistory } from './random-history.ts';

let nextId = 0;

function operation(
  f: string,
  [invokeNs, completeNs]: readonly [number, number],
  parts: Partial<Operation>,
): Operation {
  nextId += 1;
  const base = { id: nextId, process: nextId, f, key: 'x', input: null, output: null };
  return { ...base, type: 'ok', invokeNs, completeNs, ...parts };
}

function verdictOf(history: readonly Operation[], model = REGISTER): string | undefined {
  return checkHistory(model, history)[0]?.verdict;
}

describe('checkHistory', () => {
  it('accepts a read of either value while a write is under way', () => {
    const write = operation('write', [0, 10], { input: 1 });
    expect(verdictOf([write, operation('read', [1, 2], { output: null })])).toBe('linearizable');
    expect(verdictOf([write, operation('read', [1, 2], { output: 1 })])).toBe('linearizable');
  });

  it('rejects a stale read after an answered write', () => {
    const history = [
      operation('write', [0, 1], { input: 1 }),
      operation('read', [2, 3], { output: null }),
    ];
    expect(verdictOf(history)).toBe('not-linearizable');
  });

  it('rejects a value that is seen and then unseen', () => {
    const history = [
      operation('write', [0, 20], { input: 1 }),
      operation('read', [1, 2], { output: 1 }),
      operation('read', [3, 4], { output: null }),
    ];
    expect(verdictOf(history)).toBe('not-linearizable');
  });

  it('lets a write of unknown outcome take effect late or never', () => {
    const unknown = operation('write', [0, Infinity], { input: 1, type: 'info' });
    const read = (at: number, output: unknown) => operation('read', [at, at + 1], { output });
    expect(verdictOf([unknown, read(5, null), read(7, 1)])).toBe('linearizable');
    expect(verdictOf([unknown, read(5, null), read(7, null)])).toBe('linearizable');
    expect(verdictOf([unknown, read(5, 1), read(7, null)])).toBe('not-linearizable');
  });

  it('rejects the effect of a write that failed for certain', () => {
    const history = [
      operation('write', [0, 1], { input: 1, type: 'fail' }),
      operation('read', [2, 3], { output: 1 }),
    ];
    expect(verdictOf(history)).toBe('not-linearizable');
  });

  it('rejects an increment that was applied twice', () => {
    const history = [
      operation('add', [0, 1], { input: 1, output: 1 }),
      operation('add', [2, 3], { input: 1, output: 3 }),
    ];
    expect(verdictOf(history, COUNTER)).toBe('not-linearizable');
  });

  it('checks each key by itself and names the one that is wrong', () => {
    const verdicts = checkHistory(REGISTER, [
      operation('write', [0, 1], { key: 'good', input: 1 }),
      operation('read', [2, 3], { key: 'good', output: 1 }),
      operation('read', [2, 3], { key: 'bad', output: 1 }),
    ]);
    expect(verdicts.map(({ key, verdict }) => [key, verdict])).toEqual([
      ['good', 'linearizable'],
      ['bad', 'not-linearizable'],
    ]);
  });

  it('says that it is undecided at its limit instead of passing', () => {
    const history = Array.from({ length: 12 }, (_, at) =>
      operation('write', [0, 100], { input: at, process: at }),
    );
    expect(checkHistory(REGISTER, history, { stepsMax: 5 })[0]?.verdict).toBe('undecided');
  });

  it('agrees with the definition on random histories', () => {
    const counts = { linearizable: 0, 'not-linearizable': 0, undecided: 0 };
    for (let seed = 1; seed <= 4000; seed += 1) {
      const history = randomRegisterHistory(seed, 2 + (seed % 6));
      const verdict = checkHistory(REGISTER, history)[0]?.verdict ?? 'linearizable';
      counts[verdict] += 1;
      const expected = isLinearizableByBruteForce(REGISTER, history);
      expect(verdict === 'linearizable', `seed ${String(seed)}`).toBe(expected);
    }
    expect(Math.min(counts.linearizable, counts['not-linearizable'])).toBeGreaterThan(500);
  });
});
