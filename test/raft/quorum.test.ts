import fc from 'fast-check';
import { expect, test } from 'vitest';

import { quorumSize, quorumValue, voteOutcome } from '../../node-engine/raft/quorum.ts';

/** The definition, word by word: the greatest value that more than half have reached. */
function naiveQuorumValue(values: readonly number[]): number {
  const reached = values.filter(
    (value) => values.filter((other) => other >= value).length * 2 > values.length,
  );
  return Math.max(...reached);
}

function naiveOutcome(answers: readonly (boolean | null)[]): string {
  const granted = answers.filter((answer) => answer === true).length;
  const open = answers.filter((answer) => answer === null).length;
  if (granted * 2 > answers.length) return 'won';
  return (granted + open) * 2 > answers.length ? 'open' : 'lost';
}

test.each([
  [1, 1],
  [2, 2],
  [3, 2],
  [4, 3],
  [5, 3],
  [6, 4],
  [7, 4],
])('of %i voters %i are a quorum', (voters, size) => {
  expect(quorumSize(voters)).toBe(size);
});

test('a quorum is more than half, and two quorums always share a voter', () => {
  for (let voters = 1; voters <= 100; voters += 1) {
    expect(quorumSize(voters) * 2).toBeGreaterThan(voters);
    expect((quorumSize(voters) - 1) * 2).toBeLessThanOrEqual(voters);
  }
});

test('the quorum value is what the naive definition says', () => {
  const values = fc.array(fc.nat({ max: 8 }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(values, (list) => {
      expect(quorumValue([...list])).toBe(naiveQuorumValue(list));
    }),
  );
});

test('a vote is decided as the naive definition says', () => {
  const answers = fc.array(fc.constantFrom(true, false, null), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(answers, (list) => {
      const voters = list.map((_, place) => String(place));
      const given = new Map<string, boolean>();
      list.forEach((answer, place) => {
        if (answer !== null) given.set(String(place), answer);
      });
      expect(voteOutcome(voters, given)).toBe(naiveOutcome(list));
    }),
  );
});

test('answers of servers without a vote decide nothing', () => {
  const answers = new Map([
    ['1', true],
    ['8', true],
    ['9', true],
  ]);
  expect(voteOutcome(['1', '2', '3'], answers)).toBe('open');
});
