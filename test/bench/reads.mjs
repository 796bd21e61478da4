import { fill } from './client.mjs';
import { compare, requestsOf } from './compare.mjs';
import { startCluster, startRedis } from './programs.mjs';
import { atLeast, ofRedis } from './verdict.mjs';

const PIPELINES = [1, 16, 64];
const KEYS = 100_000;

/** By pipeline 1, 16 and 64: at least, and the aim. */
const READS = [
  {
    consistency: 'high',
    label: 'linearizable GET on the leader',
    goals: [atLeast(0.5, 0.7), atLeast(0.6, 0.85), atLeast(0.7, 0.95)],
  },
  {
    consistency: 'medium',
    label: 'leader-local GET',
    goals: [atLeast(0.85, 1), atLeast(0.8, 1), atLeast(0.85, 1.05)],
  },
];

/**
 * GET on the leader of three, linearizable and of what the leader has, beside redis-server.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measure(options) {
  const rows = [];
  for (const { consistency, label, goals } of READS) {
    const ours = await startCluster(3, ['--consistency', consistency]);
    const redis = await startRedis('none');
    try {
      for (const port of [redis.port, ours.leaderPort]) await fill(port, KEYS);
      const cases = PIPELINES.map((pipeline, at) => {
        const goal = goals[at];
        return {
          name: `3 nodes, ${label} P${String(pipeline)}`,
          test: /** @type {const} */ ('get'),
          pipeline,
          clients: 50,
          requests: requestsOf(50, pipeline, options.scale),
          ...(goal === undefined ? {} : { goal: ofRedis(goal) }),
        };
      });
      rows.push(...(await compare(options, { ours, redis, cases })));
    } finally {
      await redis.stop();
      await ours.stop();
    }
  }
  return rows;
}
