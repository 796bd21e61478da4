import { expect, test } from 'vitest';

import { checkListAppend } from '../../node-engine/check/list-append.ts';
import type { Operation } from '../../node-engine/check/operation.ts';
import { isStrictlySerializable, randomTransactions } from './random-transactions.ts';

const HISTORIES = 5_000;

function transaction(
  id: number,
  [invokeNs, completeNs]: readonly [number, number],
  steps: readonly unknown[],
  type: Operation['type'] = 'ok',
): Operation {
  const input = steps.map((step) => {
    const [f, key, value] = step as readonly unknown[];
    return [f, key, f === 'r' ? null : value];
  });
  const output = type === 'ok' ? steps : null;
  return { id, process: id, f: 'txn', key: '', input, output, invokeNs, completeNs, type };
}

test('the checker agrees with the definition on random small histories', () => {
  const counts = { right: 0, wrong: 0 };
  for (let seed = 1; seed <= HISTORIES; seed += 1) {
    const history = randomTransactions(seed, 2 + (seed % 5));
    const { anomalies } = checkListAppend(history);
    const expected = isStrictlySerializable(history);
    counts[expected ? 'right' : 'wrong'] += 1;
    if ((anomalies.length === 0) !== expected) {
      expect.fail(`seed ${seed}: ${JSON.stringify(history)} ${JSON.stringify(anomalies)}`);
    }
  }
  expect(Math.min(counts.right, counts.wrong)).toBeGreaterThan(HISTORIES / 10);
});

test('a transaction of unknown outcome counts from the moment its append is read', () => {
  const unknown = transaction(1, [0, Infinity], [['append', 'x', 1]], 'info');
  const read = (id: number, at: number, list: readonly number[]): Operation =>
    transaction(id, [at, at + 1], [['r', 'x', list]]);
  expect(checkListAppend([unknown, read(2, 5, []), read(3, 7, [1])]).anomalies).toEqual([]);
  const back = checkListAppend([unknown, read(2, 5, [1]), read(3, 7, [])]).anomalies;
  expect(back.map(({ kind }) => kind)).toContain('G-single-realtime');
});

test('thirty thousand transactions are checked in a few seconds', () => {
  const lists = new Map<string, number[]>();
  const history = Array.from({ length: 30_000 }, (_, id) => {
    const key = `k${Math.floor(id / 100)}`;
    const list = lists.get(key) ?? [];
    lists.set(key, list);
    const steps: unknown[] = [
      ['r', key, [...list]],
      ['append', key, id],
    ];
    list.push(id);
    // Ten at a time are under way.
    return transaction(id, [id * 10, id * 10 + 95], steps);
  });
  const startMs = performance.now();
  expect(checkListAppend(history).anomalies).toEqual([]);
  expect(performance.now() - startMs).toBeLessThan(20_000);
});

test('what is no transaction is refused', () => {
  const wrong = { ...transaction(1, [0, 1], [['r', 'x', [1]]]), output: [['r', 'y', [1]]] };
  expect(() => checkListAppend([wrong])).toThrow('operation 1 is no transaction');
});
