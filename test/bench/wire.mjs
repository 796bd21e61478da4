import { medianOf } from './statistics.mjs';
import { runBenchmark, startCluster, startRedis } from './programs.mjs';

const PIPELINES = [1, 16, 64];
const TESTS = /** @type {const} */ (['ping', 'set', 'get']);
const REQUESTS = { 1: 50_000, 16: 300_000, 64: 600_000 };

/**
 * One node in memory beside redis-server without persistence: what the way through sockets, parser
 * and machine costs.
 *
 * @param {import('./types.d.ts').PartOptions} options
 */
export function measure(options) {
  return compare(options, { nodes: 1, flags: ['--backend', 'memory'], label: '1 node, memory' });
}

/**
 * Runs redis-benchmark on us and on redis-server in turn.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @param {{ nodes: number, flags: readonly string[], label: string }} cluster
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function compare({ rounds, otherLoad }, { nodes, flags, label }) {
  const ours = await startCluster(nodes, flags);
  const redis = await startRedis('none');
  const rows = [];
  try {
    for (const test of TESTS) {
      for (const pipeline of PIPELINES) {
        const samples = [];
        const ratios = [];
        let othersCores = 0;
        for (let round = 0; round < rounds; round += 1) {
          /** @type {number[]} */
          const clients = [];
          const load = await otherLoad(
            () => [...ours.pids, redis.pid, ...clients],
            async () => {
              const requests = REQUESTS[/** @type {1 | 16 | 64} */ (pipeline)];
              const one = { test, pipeline, clients: 50, requests };
              const theirs = await runBenchmark({ ...one, port: redis.port });
              const own = await runBenchmark({ ...one, port: ours.leaderPort });
              clients.push(theirs.pid, own.pid);
              return { own: own.perSecond, ratio: own.perSecond / theirs.perSecond };
            },
          );
          samples.push(load.value.own);
          ratios.push(load.value.ratio);
          othersCores = Math.max(othersCores, load.othersCores);
        }
        const name = `${label}: ${test.toUpperCase()} P${String(pipeline)}`;
        rows.push({ name, unit: '/s', samples, ratio: medianOf(ratios), othersCores });
      }
    }
  } finally {
    await redis.stop();
    await ours.stop();
  }
  return rows;
}
