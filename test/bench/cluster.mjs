import { compare, requestsOf } from './compare.mjs';
import { startCluster, startRedis } from './programs.mjs';
import { atLeast, ofRedis } from './verdict.mjs';

/**
 * @typedef {import('./types.d.ts').Measurement} Measurement
 * @typedef {{ nodes: number, backend: string, durability: string }} Setting
 */

const PIPELINES = [1, 16, 64];
const DURABILITIES = ['high', 'medium', 'low'];
/** Writes of a cluster take longer than those of a lone process. */
const SHARE_OF_REQUESTS = 0.5;

/** Goals of three nodes, by pipeline 1, 16 and 64: at least, and the aim. */
const GOALS = new Map([
  ['leveldb high', [atLeast(0.28, 0.36), atLeast(0.22, 0.32), atLeast(0.32, 0.42)]],
  ['fastlog high', [atLeast(0.32, 0.4), atLeast(0.3, 0.4), atLeast(0.4, 0.52)]],
  ['leveldb low', [atLeast(0.45, 0.65), atLeast(0.35, 0.5), atLeast(0.45, 0.65)]],
  ['fastlog low', [atLeast(0.45, 0.65), atLeast(0.35, 0.5), atLeast(0.45, 0.65)]],
]);

/**
 * SET on one node and on three, with each store at each durability, beside redis-server without
 * persistence.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<Measurement[]>}
 */
export async function measure(options) {
  const redis = await startRedis('none');
  const rows = [];
  try {
    for (const setting of settings()) {
      const { nodes, backend, durability } = setting;
      const flags = ['--backend', backend, '--durability', durability];
      const ours = await startCluster(nodes, flags);
      try {
        const cases = casesOf(setting, options.scale);
        rows.push(...(await compare(options, { ours, redis, cases })));
      } finally {
        await ours.stop();
      }
    }
  } finally {
    await redis.stop();
  }
  return rows;
}

/** @returns {Setting[]} */
function settings() {
  return [3, 1].flatMap((nodes) => [
    // A log in memory is never synced, so it has no durability.
    { nodes, backend: 'memory', durability: 'low' },
    ...['leveldb', 'fastlog', 'lmdb'].flatMap((backend) =>
      DURABILITIES.map((durability) => ({ nodes, backend, durability })),
    ),
  ]);
}

/**
 * @param {Setting} setting
 * @param {number} scale
 * @returns {import('./compare.mjs').Case[]}
 */
function casesOf({ nodes, backend, durability }, scale) {
  const goals = nodes === 3 ? GOALS.get(`${backend} ${durability}`) : undefined;
  const label = backend === 'memory' ? backend : `${backend} ${durability}`;
  return PIPELINES.map((pipeline, at) => {
    const goal = goals?.[at];
    return {
      name: `${nodes === 1 ? '1 node' : '3 nodes'}, ${label}: SET P${pipeline}`,
      test: 'set',
      pipeline,
      clients: 50,
      requests: requestsOf(50, pipeline, scale * SHARE_OF_REQUESTS),
      ...(goal === undefined ? {} : { goal: ofRedis(goal) }),
    };
  });
}
