import { expect, test } from 'vitest';

import { checkHistory } from '../../node-engine/check/linearizability.ts';
import { checkListAppend } from '../../node-engine/check/list-append.ts';
import { bankOf, COUNTER, REGISTER, SET } from '../../node-engine/check/models.ts';
import type { Model, Operation } from '../../node-engine/check/operation.ts';
import { isLinearizableByBruteForce } from './brute-force.ts';
import { randomHistoryOf, randomRegisterHistory } from './random-history.ts';
import { isStrictlySerializable, randomTransactions } from './random-transactions.ts';

/*
 * 100,000 random small histories for each of the two checkers, each compared with the definition.
 * Both answers must be common, or the comparison would say little.
 */

/** Seeds that the quick tests do not use. */
const FIRST_SEED = 1_000_000;

const OBJECTS: readonly {
  readonly name: string;
  readonly model: Model;
  readonly histories: number;
  readonly make: (seed: number, count: number) => readonly Operation[];
}[] = [
  { name: 'register', model: REGISTER, histories: 40_000, make: randomRegisterHistory },
  ...(
    [
      ['counter', COUNTER],
      ['set', SET],
      ['bank', bankOf(2, 2)],
    ] as const
  ).map(([name, model]) => ({
    name,
    model,
    histories: 20_000,
    make: (seed: number, count: number) => randomHistoryOf(name, seed, count),
  })),
];

test.each(OBJECTS)(
  'linearizability of a $name agrees with the definition on $histories histories',
  ({ model, histories, make }) => {
    let right = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + histories; seed += 1) {
      const history = make(seed, 2 + (seed % 6));
      const found = checkHistory(model, history)[0]?.verdict ?? 'linearizable';
      const expected = isLinearizableByBruteForce(model, history);
      if (expected) right += 1;
      if ((found === 'linearizable') !== expected || found === 'undecided') {
        expect.fail(`seed ${seed}: ${found}: ${JSON.stringify(history)}`);
      }
    }
    expect(Math.min(right, histories - right)).toBeGreaterThan(histories / 10);
  },
);

test('the list-append checker agrees with the definition on 100000 histories', () => {
  const histories = 100_000;
  let right = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + histories; seed += 1) {
    const history = randomTransactions(seed, 2 + (seed % 6));
    const { anomalies } = checkListAppend(history);
    const expected = isStrictlySerializable(history);
    if (expected) right += 1;
    if ((anomalies.length === 0) !== expected) {
      expect.fail(`seed ${seed}: ${JSON.stringify(history)} ${JSON.stringify(anomalies)}`);
    }
  }
  expect(Math.min(right, histories - right)).toBeGreaterThan(histories / 10);
});
