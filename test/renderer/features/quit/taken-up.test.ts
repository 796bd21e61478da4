import { expect, test } from 'vitest';

import { takenUpText } from '../../../../renderer/features/quit/taken-up.ts';

test.each([
  [
    { found: 3, restarted: 0, unwatchedMs: 250_000 },
    'Found 3 nodes from your last session and reconnected. Nobody watched for 4 min 10 s before that.',
  ],
  [
    { found: 1, restarted: 0, unwatchedMs: null },
    'Found 1 node from your last session and reconnected.',
  ],
  [
    { found: 0, restarted: 2, unwatchedMs: null },
    'The app had ended without stopping its nodes. Restarted 2 nodes from disk.',
  ],
])('what was found of the last session is said in its numbers', (takenUp, text) => {
  expect(takenUpText(takenUp)).toBe(text);
});
