import { readFileSync } from 'node:fs';
import { fill } from './client.mjs';
import { startCluster, startRedis } from './programs.mjs';

const KEYS = 1_000_000;

/**
 * What a million keys of 16 bytes, with values of 16 bytes, take in memory: the whole process, the
 * runtime with it.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measure({ rounds, otherLoad }) {
  const samples = [];
  const ratios = [];
  let othersCores = 0;
  for (let round = 0; round < rounds; round += 1) {
    const redis = await startRedis('none');
    const ours = await startCluster(1, ['--backend', 'memory']);
    try {
      const load = await otherLoad(
        () => [...ours.pids, redis.pid],
        async () => {
          await fill(redis.port, KEYS);
          await fill(ours.leaderPort, KEYS);
          return { own: residentMb(ours.pids), theirs: residentMb([redis.pid]) };
        },
      );
      samples.push(load.value.own);
      ratios.push(load.value.own / load.value.theirs);
      othersCores = Math.max(othersCores, load.othersCores);
    } finally {
      await redis.stop();
      await ours.stop();
    }
  }
  const ratio = ratios.reduce((sum, one) => sum + one, 0) / ratios.length;
  const name = '1 node, memory: 1 M keys';
  return [{ name, unit: 'MB', samples, ratio, goal: '1.2 of redis', othersCores }];
}

/**
 * Proportional set size: what the processes would free.
 *
 * @param {readonly number[]} pids
 */
function residentMb(pids) {
  return pids.reduce((sum, pid) => {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return sum + Number(/^Pss:\s+(?<kb>\d+) kB/mu.exec(rollup)?.groups?.['kb']) / 1024;
  }, 0);
}
