import { expect, test } from 'vitest';

import { troubleOf } from '../../node-engine/node/trouble.ts';

test.each([
  [
    { type: 'log-read-failed', to: '2', fromIndex: 7, reason: 'the log is damaged: entry 7: torn' },
    'node 2 does not get the log from entry 7: the log is damaged: entry 7: torn',
  ],
  [
    { type: 'snapshot-read-failed', to: '2', index: 7, reason: 'it is damaged' },
    'node 2 does not get the snapshot at entry 7: it is damaged; it gets a newer one as soon as one can be made',
  ],
  [{ type: 'snapshot-failed', reason: 'no space left' }, 'snapshot failed: no space left'],
  [
    { type: 'snapshot-failed', index: 90, reason: 'no space left' },
    "the leader's snapshot at entry 90 cannot be kept: no space left",
  ],
  [{ type: 'snapshot-failed', reason: 'aborted' }, null],
  [{ type: 'applied', index: 7 }, null],
])('%j is told as %j', (event, words) => {
  expect(troubleOf(event)).toBe(words);
});
