import { setTimeout as wait } from 'node:timers/promises';
import { cpuSecondsOf } from './load.mjs';
import { startCluster } from './programs.mjs';
import { atMost } from './verdict.mjs';

const SETTLE_MS = 3000;
const WATCHED_MS = 10_000;

/**
 * What three nodes use while nobody asks anything of them.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measure({ rounds, otherLoad }) {
  const cluster = await startCluster(3);
  const samples = [];
  let othersCores = 0;
  try {
    await wait(SETTLE_MS);
    for (let round = 0; round < rounds; round += 1) {
      const load = await otherLoad(
        () => cluster.pids,
        async () => {
          const before = cpuSecondsOf(cluster.pids);
          await wait(WATCHED_MS);
          return (cpuSecondsOf(cluster.pids) - before) / (WATCHED_MS / 1000);
        },
      );
      samples.push(load.value * 100);
      othersCores = Math.max(othersCores, load.othersCores);
    }
  } finally {
    await cluster.stop();
  }
  return [
    { name: 'three nodes idle', unit: '% of a core', samples, goal: atMost(2, 1.3), othersCores },
  ];
}
