import { expect, test } from 'vitest';

import { verdictWords } from '../../../../renderer/features/chaos/verdict-words.ts';

const VERDICT = {
  ...({ verdict: 'linearizable', keys: 64, undecidedKeys: 0, unreadKeys: 0 } as const),
  ...{ operations: 3_420, elapsedMs: 212, violations: [] },
};

test('a verdict says whether what was written was seen again at the end', () => {
  expect(verdictWords(VERDICT)[1]).toBe(
    'One order explains all 3,420 operations on 64 keys, the last reads among them.',
  );
  expect(verdictWords({ ...VERDICT, unreadKeys: 1 })[1]).toBe(
    'One order explains all 3,420 operations on 64 keys. At the end 1 key could not be read once ' +
      'more: whether all that was written is still there was not seen.',
  );
});
