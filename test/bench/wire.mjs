import { compare, requestsOf } from './compare.mjs';
import { startCluster, startRedis } from './programs.mjs';
import { atLeast, ofRedis } from './verdict.mjs';

/** @typedef {import('./types.d.ts').Measurement} Measurement */

const TESTS = /** @type {const} */ (['ping', 'set', 'get']);
const PIPELINES = [1, 16, 64];
const CLIENTS = [50, 1];
const VALUE_BYTES = [16, 4096];
/** Of the work with large values: what a log and a keyspace in memory then hold is bounded. */
const LARGE_SHARE = 0.1;
const LARGE_KEYS = 10_000;
/** For SET and GET by 50 clients, by pipeline. */
const GOALS = new Map([
  [1, ofRedis(atLeast(0.9, 1))],
  [16, ofRedis(atLeast(0.9, 1.05))],
  [64, ofRedis(atLeast(0.9, 1.1))],
]);

/**
 * One node in memory beside redis-server without persistence: what the way through sockets, parser
 * and machine costs.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<Measurement[]>}
 */
export async function measure(options) {
  const rows = [];
  for (const valueBytes of VALUE_BYTES) {
    const ours = await startCluster(1, ['--backend', 'memory']);
    const redis = await startRedis('none');
    try {
      const cases = casesOf(valueBytes, options.scale);
      rows.push(...(await compare(options, { ours, redis, cases })));
    } finally {
      await redis.stop();
      await ours.stop();
    }
  }
  return rows;
}

/**
 * @param {number} valueBytes
 * @param {number} scale
 * @returns {import('./compare.mjs').Case[]}
 */
function casesOf(valueBytes, scale) {
  const isLarge = valueBytes > 16;
  const tests = isLarge ? TESTS.filter((test) => test !== 'ping') : TESTS;
  return CLIENTS.flatMap((clients) =>
    tests.flatMap((test) =>
      PIPELINES.map((pipeline) => {
        const size = test === 'ping' ? '' : isLarge ? ', 4 KiB' : ', 16 B';
        const name = `${test.toUpperCase()} P${pipeline}, ${clients === 1 ? '1 client' : '50 clients'}${size}`;
        const requests = requestsOf(clients, pipeline, scale * (isLarge ? LARGE_SHARE : 1));
        const goal =
          clients === 50 && !isLarge && test !== 'ping' ? GOALS.get(pipeline) : undefined;
        return {
          name,
          test,
          pipeline,
          clients,
          requests,
          valueBytes,
          ...(isLarge ? { keys: LARGE_KEYS } : {}),
          ...(goal === undefined ? {} : { goal }),
        };
      }),
    ),
  );
}
