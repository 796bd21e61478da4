import { expect, test } from 'vitest';

import { explainAnomaly, explainVerdict } from '../../node-engine/check/explain.ts';
import { checkHistory } from '../../node-engine/check/linearizability.ts';
import { checkListAppend } from '../../node-engine/check/list-append.ts';
import { BAD_HISTORIES, type BadHistory } from './bad-histories.ts';

function explanationsOf({ model, history }: BadHistory): readonly string[] {
  if (model === 'list-append') return checkListAppend(history).anomalies.map(explainAnomaly);
  return checkHistory(model, history).flatMap((verdict) => explainVerdict(verdict) ?? []);
}

test('there are at least forty', () => {
  expect(BAD_HISTORIES.length).toBeGreaterThanOrEqual(40);
  expect(new Set(BAD_HISTORIES.map(({ name }) => name)).size).toBe(BAD_HISTORIES.length);
});

test.each(BAD_HISTORIES)('$name is refused, and the explanation says why', (one) => {
  expect(explanationsOf(one).join('\n')).toMatch(one.says);
});

test('a search that reaches its limit is no pass, and the explanation says so', () => {
  const [first] = BAD_HISTORIES;
  if (first === undefined || first.model === 'list-append') throw new Error('no history');
  const [verdict] = checkHistory(first.model, first.history, { stepsMax: 1 });
  expect(verdict?.verdict).toBe('undecided');
  expect(verdict === undefined ? '' : explainVerdict(verdict)).toContain('undecided');
});
