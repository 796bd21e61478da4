import { expect, test } from 'vitest';

import { historyLine, parseHistory } from '../../node-engine/check/history-lines.ts';
import { randomTransactions } from './random-transactions.ts';

test('a history survives being written down', () => {
  const history = randomTransactions(7, 20);
  const text = history.map(historyLine).join('\n');
  expect(parseHistory(`${text}\n`)).toEqual(history);
  expect(Object.keys(JSON.parse(text.split('\n')[0] ?? '') as object)).toEqual(
    'id process f key value invokeNs completeNs type'.split(' '),
  );
});

test('a line that is no operation is named', () => {
  expect(() => parseHistory('\n{"id":1}\n')).toThrow('line 2 is no operation: {"id":1}');
});
