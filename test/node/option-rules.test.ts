import { expect, test } from 'vitest';

import { nodeIdProblem, timingFrom, timingProblem } from '../../node-engine/node/option-rules.ts';

test('an id is 1 to 40 letters, digits, dots, dashes or underscores, and no way out of a folder', () => {
  const good = ['1', 'node-1', 'a.b_C', 'x'.repeat(40)];
  const bad = ['', ' ', '..', '.', 'a/b', 'a b', 'ä', 'x'.repeat(41), '1\n'];
  expect(good.filter((id) => nodeIdProblem(id) !== null)).toEqual([]);
  expect(bad.filter((id) => nodeIdProblem(id) === null)).toEqual([]);
});

test('the timing is 400 to 800 ms with a heartbeat of 80 ms unless asked for', () => {
  expect(timingFrom({ electionTimeoutMs: null, heartbeatMs: null })).toEqual({
    electionTimeoutMinMs: 400,
    electionTimeoutMaxMs: 800,
    heartbeatIntervalMs: 80,
  });
});

test('a heartbeat follows the election timeout unless it is given', () => {
  expect(timingFrom({ electionTimeoutMs: 1000, heartbeatMs: null }).heartbeatIntervalMs).toBe(200);
  expect(timingFrom({ electionTimeoutMs: 20, heartbeatMs: null }).heartbeatIntervalMs).toBe(5);
  expect(timingFrom({ electionTimeoutMs: 1000, heartbeatMs: 30 }).heartbeatIntervalMs).toBe(30);
});

test('an election timeout must be more than twice the heartbeat, and the refusal says the range', () => {
  const problem = (electionTimeoutMs: number, heartbeatMs: number): string | null =>
    timingProblem(timingFrom({ electionTimeoutMs, heartbeatMs }));
  expect(problem(161, 80)).toBeNull();
  expect(problem(160, 80)).toBe(
    'an election timeout of 160 ms is too short for a heartbeat of 80 ms: ' +
      'it must be 161 to 60000 ms (more than twice the heartbeat)',
  );
});
