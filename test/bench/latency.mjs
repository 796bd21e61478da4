import { fill } from './client.mjs';
import { compare, requestsOf } from './compare.mjs';
import { startCluster, startRedis } from './programs.mjs';
import { atMost, ofRedis } from './verdict.mjs';

const KEYS = 1_000_000;

/** @typedef {import('./types.d.ts').Measurement} Measurement */

/**
 * How long one client waits for a write that is on disk, and how long the unlucky of many wait on a
 * node with a million keys.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<Measurement[]>}
 */
export async function measure(options) {
  return [...(await syncedWrites(options)), ...(await unlucky(options))];
}

/**
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<Measurement[]>}
 */
async function syncedWrites(options) {
  const redis = await startRedis('always');
  const rows = [];
  try {
    for (const [nodes, backend] of /** @type {const} */ ([
      [3, 'leveldb'],
      [3, 'fastlog'],
      [1, 'leveldb'],
      [1, 'fastlog'],
    ])) {
      const ours = await startCluster(nodes, ['--backend', backend]);
      const name = `${nodes === 1 ? '1 node' : '3 nodes'}, ${backend}: SET of 1 client, p50`;
      const one = { test: /** @type {const} */ ('set'), pipeline: 1, clients: 1 };
      // An fsync takes longer than what such a run waits for elsewhere.
      const requests = requestsOf(1, 1, options.scale / 4);
      const goal = nodes === 3 ? { goal: ofRedis(atMost(2.8, 2.3)) } : {};
      const cases = [{ ...one, ...goal, name, requests }];
      const figure = { unit: 'ms', of: (/** @type {{ p50Ms: number }} */ { p50Ms }) => p50Ms };
      try {
        rows.push(...(await compare(options, { ours, redis, cases, figure })));
      } finally {
        await ours.stop();
      }
    }
  } finally {
    await redis.stop();
  }
  return rows;
}

/**
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<Measurement[]>}
 */
async function unlucky(options) {
  const redis = await startRedis('none');
  const ours = await startCluster(1, ['--backend', 'memory']);
  try {
    const keys = Math.ceil(KEYS * options.scale);
    for (const port of [redis.port, ours.leaderPort]) await fill(port, keys);
    const load = { test: /** @type {const} */ ('set'), pipeline: 16, clients: 50, keys };
    // Twice the usual: a percentile this far out needs many, and the automatic snapshot is in it.
    const requests = requestsOf(50, 16, options.scale * 2);
    const name = '1 node, memory, 1 M keys: SET P16, p99.9';
    const cases = [{ ...load, name, requests, goal: ofRedis(atMost(2, 1.3)) }];
    const figure = { unit: 'ms', of: (/** @type {{ p999Ms: number }} */ { p999Ms }) => p999Ms };
    return await compare(options, { ours, redis, cases, figure });
  } finally {
    await redis.stop();
    await ours.stop();
  }
}
