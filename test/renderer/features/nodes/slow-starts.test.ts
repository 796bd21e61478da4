import { expect, test } from 'vitest';

import { FAKE_SCENARIOS } from '../../../../renderer/connection/fake/fake-scenarios.ts';
import { fakeView } from '../../../../renderer/connection/fake/fake-views.ts';
import { slowStarts } from '../../../../renderer/features/nodes/slow-starts.tsx';

const NOW_MS = 1_700_000_000_000;

function textsAfter(elapsedMs: number, scenario = 'creating'): readonly string[] {
  const [cluster] = FAKE_SCENARIOS[scenario]?.(NOW_MS) ?? [];
  if (cluster === undefined) throw new Error(`no cluster in ${scenario}`);
  return slowStarts(fakeView(cluster, NOW_MS + elapsedMs)).map(({ text }) => text);
}

test('a node that has not opened its port after five seconds is named with its port', () => {
  expect(textsAfter(4_500)).toEqual([]);
  expect(textsAfter(4_600)).toEqual([
    'node-1 has not opened port 7481 for 5.0\u00a0s.',
    'node-2 has not opened port 7482 for 5.0\u00a0s.',
    'node-3 has not opened port 7483 for 5.0\u00a0s.',
  ]);
});

test('nodes that run or have ended are not said to be slow', () => {
  expect(textsAfter(60_000, 'healthy')).toEqual([]);
  expect(textsAfter(60_000, 'failed-start')).toEqual([]);
});
