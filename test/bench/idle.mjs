import { setTimeout as wait } from 'node:timers/promises';
import { cpuSecondsOf } from './load.mjs';
import { startCluster } from './programs.mjs';
import { atMost } from './verdict.mjs';

const WATCHED_MS = 10_000;

/**
 * Node compiles what runs often as it goes, and of an idle node nothing runs often: what it takes at
 * first is half as much again or more as what it takes from then on.
 */
const STAGES = [
  { name: 'three nodes idle, just started', settleMs: 3_000 },
  { name: 'three nodes idle, after three minutes', settleMs: 180_000 },
];

/**
 * What three nodes use while nobody asks anything of them.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measure({ rounds, otherLoad, scale }) {
  const cluster = await startCluster(3);
  /** @type {import('./types.d.ts').Measurement[]} */
  const rows = [];
  try {
    for (const { name, settleMs } of STAGES) {
      await wait(settleMs * scale);
      const samples = [];
      let othersCores = 0;
      for (let round = 0; round < rounds; round += 1) {
        const load = await otherLoad(
          () => cluster.pids,
          async () => {
            const before = cpuSecondsOf(cluster.pids);
            await wait(WATCHED_MS * scale);
            return (cpuSecondsOf(cluster.pids) - before) / ((WATCHED_MS * scale) / 1000);
          },
        );
        samples.push(load.value * 100);
        othersCores = Math.max(othersCores, load.othersCores);
      }
      rows.push({ name, unit: '% of a core', samples, goal: atMost(2, 1.3), othersCores });
    }
  } finally {
    await cluster.stop();
  }
  return rows;
}
