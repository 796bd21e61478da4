import { onLeader } from './on-leader.mjs';
import { runBenchmark } from './redis-benchmark.mjs';

/**
 * @typedef {import('./types.d.ts').Measurement} Measurement
 * @typedef {import('./types.d.ts').PartOptions} PartOptions
 * @typedef {Awaited<ReturnType<typeof import('./programs.mjs').startCluster>>} Cluster
 * @typedef {Awaited<ReturnType<typeof import('./programs.mjs').startRedis>>} Redis
 * @typedef {Omit<import('./redis-benchmark.mjs').BenchmarkLoad, 'port'> & {
 *   name: string, goal?: import('./types.d.ts').Goal }} Case
 */

/** Commands of a run, so that it takes about half a second on redis-server. */
const REQUESTS = new Map([
  ['50 clients, pipeline 1', 40_000],
  ['50 clients, pipeline 16', 240_000],
  ['50 clients, pipeline 64', 480_000],
  ['1 clients, pipeline 1', 8_000],
  ['1 clients, pipeline 16', 80_000],
  ['1 clients, pipeline 64', 160_000],
]);

/**
 * Of one kind, by 50 clients, before anything is measured: V8 compiles what is hot while it runs. On
 * three nodes a SET takes 137 µs of all their processors' time at first, and 60 from the 80,000th on.
 */
const WARM_UP_COMMANDS = 100_000;
/** Nor more than so many bytes of values: a log in memory holds them all. */
const WARM_UP_BYTES = 50_000_000;

/**
 * @param {number} clients 1 or 50
 * @param {number} pipeline 1, 16 or 64
 * @param {number} scale
 */
export function requestsOf(clients, pipeline, scale) {
  const requests = REQUESTS.get(`${String(clients)} clients, pipeline ${String(pipeline)}`);
  if (requests === undefined) throw new Error(`no load of ${clients} clients, ${pipeline} deep`);
  return Math.ceil(requests * scale);
}

/** Rate of redis-benchmark. */
export const RATE = {
  unit: '/s',
  /** @param {{ perSecond: number }} figures */
  of: ({ perSecond }) => perSecond,
};

/**
 * Runs redis-benchmark on us and on redis-server in turn, and who comes first in turn too.
 * Ours was just started.
 *
 * @param {PartOptions} options
 * @param {{ ours: Cluster, redis: Redis, cases: readonly Case[], figure?: {
 *   unit: string, of: (figures: Awaited<ReturnType<typeof runBenchmark>>) => number } }} what
 * @returns {Promise<Measurement[]>}
 */
export async function compare(options, { ours, redis, cases, figure = RATE }) {
  const { rounds, otherLoad, note } = options;
  const rows = [];
  for (const load of warmUps(cases, options.scale)) {
    await runBenchmark({ ...load, port: redis.port });
    await onLeader(ours, note, (port) => runBenchmark({ ...load, port }));
  }
  for (const { name, goal, ...load } of cases) {
    const samples = [];
    const ratios = [];
    let othersCores = 0;
    /** @param {number} port */
    const take = async (port) => figure.of(await runBenchmark({ ...load, port }));
    // What this case alone does is compiled now, too: that is a start, and no rate.
    const first = { ...load, requests: Math.max(load.clients, Math.ceil(load.requests / 4)) };
    await runBenchmark({ ...first, port: redis.port });
    await onLeader(ours, note, (port) => runBenchmark({ ...first, port }));
    for (let round = 0; round < rounds; round += 1) {
      const measured = await otherLoad(
        () => [...ours.pids, ours.hostPid, redis.pid],
        async () => {
          const early = round % 2 === 0 ? await take(redis.port) : null;
          const own = await onLeader(ours, note, take);
          return { own, ratio: own / (early ?? (await take(redis.port))) };
        },
      );
      samples.push(measured.value.own);
      ratios.push(measured.value.ratio);
      othersCores = Math.max(othersCores, measured.othersCores);
    }
    const held = goal === undefined ? {} : { goal };
    rows.push({ name, unit: figure.unit, samples, ratios, othersCores, ...held });
  }
  return rows;
}

/**
 * What comes before the first case: each kind of command that they send.
 *
 * @param {readonly Case[]} cases
 * @param {number} scale
 */
function warmUps(cases, scale) {
  const tests = [...new Set(cases.map(({ test }) => test))];
  return tests.map((test) => {
    const { keys, valueBytes } = cases.find((one) => one.test === test) ?? {};
    const commands = Math.min(WARM_UP_COMMANDS, WARM_UP_BYTES / (valueBytes ?? 1));
    const of = { ...(keys === undefined ? {} : { keys }), ...(valueBytes ? { valueBytes } : {}) };
    const requests = Math.ceil(commands * Math.min(1, scale));
    return { test, pipeline: 1, clients: 50, requests, ...of };
  });
}
