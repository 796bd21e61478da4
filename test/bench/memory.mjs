import { fill } from './client.mjs';
import { residentMb } from './load.mjs';
import { startCluster, startRedis } from './programs.mjs';
import { atMost, ofRedis } from './verdict.mjs';

const KEYS = 1_000_000;
/** By then what the last writes set going, such as a snapshot, has ended. */
const SETTLED_MS = 2_000;
const BACKENDS = { memory: 'memory', leveldb: 'LevelDB' };

/**
 * What a million keys of 16 bytes, with values of 16 bytes, take in memory: the whole process, the
 * runtime with it, with the log in memory and with the log on disk.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measure(options) {
  const measurements = [];
  for (const [backend, label] of Object.entries(BACKENDS)) {
    measurements.push(await measureOn(backend, `1 node, ${label}: 1 M keys`, options));
  }
  return measurements;
}

/**
 * @param {string} backend
 * @param {string} name
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement>}
 */
async function measureOn(backend, name, { rounds, otherLoad }) {
  const samples = [];
  const ratios = [];
  let othersCores = 0;
  for (let round = 0; round < rounds; round += 1) {
    const redis = await startRedis('none');
    const ours = await startCluster(1, ['--backend', backend]);
    try {
      const load = await otherLoad(
        () => [...ours.pids, redis.pid],
        async () => {
          await fill(redis.port, KEYS);
          await fill(ours.leaderPort, KEYS);
          await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
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
  const goal = ofRedis(atMost(1.2, 1));
  return { name, unit: 'MB', samples, ratios, goal, othersCores };
}
