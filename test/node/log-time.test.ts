import { expect, it } from 'vitest';

import { lastIndexOf } from '../../node-engine/raft/types.ts';
import { clusterOfThree, newSession, write } from './driver-cluster.ts';
import type { TestNode } from './driver-cluster.ts';

const HOUR_MS = 3_600_000;

/** The times of all entries that clients made, in the order of the log. */
function timesOf({ core, driver }: TestNode): bigint[] {
  const runs = core.cachedRuns(1, driver.appliedIndex) ?? [];
  return runs.flatMap((run) => {
    if (run.timeNs === 0n) return [];
    const offset = run.firstIndex - run.originalFirstIndex;
    const count = lastIndexOf(run) - run.firstIndex + 1;
    return Array.from({ length: count }, (_, at) => run.timeNs + BigInt(offset + at));
  });
}

it('never lets time in the log go back, whatever the clocks of its leaders do', async () => {
  const cluster = await clusterOfThree();
  const session = newSession();
  const first = cluster.leader();
  for (const [place, node] of cluster.nodes.entries()) {
    node.clock.wallOffsetMs = (1 - place) * HOUR_MS;
  }
  for (const offsetMs of [HOUR_MS, -HOUR_MS, 0]) {
    first.clock.wallOffsetMs = offsetMs;
    write(first, session, ['SET', 'a', '1']);
    write(first, newSession(), ['SET', 'b', '2']);
    await cluster.pass(100);
  }
  cluster.cut.add(first.id);
  await cluster.pass(2000);
  const second = cluster.leader();
  expect(second.id).not.toBe(first.id);
  expect(second.clock.wallOffsetMs).toBeLessThanOrEqual(0);
  write(second, newSession(), ['SET', 'c', '3']);
  await cluster.pass(500);
  const times = timesOf(second);
  expect(times.length).toBeGreaterThanOrEqual(7);
  const sorted = [...times].sort((one, other) => (one < other ? -1 : 1));
  expect(times).toEqual(sorted);
  expect(new Set(times).size).toBe(times.length);
  // The clock that was an hour ahead has set the pace: the later ones only count on from it.
  expect(Number((times.at(-1) ?? 0n) - (times[0] ?? 0n)) / 1e6).toBeLessThan(HOUR_MS / 100);
});
