import { performance } from 'node:perf_hooks';
import { commandOf, connectTo, fill } from '../client.mjs';
import { cpuSecondsOf, residentMb } from '../load.mjs';
import { endedBy, restartNode, startCluster, startRedis } from '../programs.mjs';
import { untilAnswered } from '../node-status.mjs';
import { runBenchmark } from '../redis-benchmark.mjs';
import { inRounds } from '../rounds.mjs';

const KEYS = [100_000, 1_000_000, 10_000_000];
const SETS = 200_000;

/**
 * What another key costs: memory, the rate of writes among so many, a snapshot, a start from it. A
 * key and its value have 16 bytes each.
 *
 * @param {import('../types.d.ts').PartOptions} options
 * @returns {Promise<import('../types.d.ts').Measurement[]>}
 */
export async function measure(options) {
  const rows = [];
  for (const size of KEYS) rows.push(...(await withKeys(options, Math.ceil(size * options.scale))));
  return rows;
}

/**
 * @param {import('../types.d.ts').PartOptions} options
 * @param {number} keys
 */
async function withKeys(options, keys) {
  // No snapshot but those asked for: one of its own would meet some figures and not others.
  const flags = ['--backend', 'fastlog', '--durability', 'low', '--snapshot-entries', '0'];
  const redis = await startRedis('none');
  const ours = await startCluster(1, flags);
  const [node] = ours.nodes;
  if (node === undefined) throw new Error('no node was started');
  const label = `keys ${String(keys)}`;
  /** @type {import('node:child_process').ChildProcess | null} */
  let child = null;
  try {
    const port = ours.leaderPort;
    for (const each of [redis.port, port]) await fill(each, keys);
    await snapshotSeconds(port);
    const own = residentMb([node.pid]);
    const memory = { ratios: [own / residentMb([redis.pid])], othersCores: 0 };
    const pids = () => [...ours.pids, node.pid, ours.hostPid, redis.pid];
    const set = { test: /** @type {const} */ ('set'), pipeline: 16, clients: 50, keys };
    const requests = Math.ceil(SETS * options.scale);
    const sets = await inRounds(options, pids, async () => {
      const theirs = await runBenchmark({ ...set, requests, port: redis.port });
      const { perSecond } = await runBenchmark({ ...set, requests, port });
      return { perSecond, ratio: perSecond / theirs.perSecond };
    });
    const snapshots = await inRounds(options, pids, async () => {
      // Each holds something that the last did not, or there would be none to make.
      await fill(port, 1);
      const before = cpuSecondsOf([node.pid]);
      const seconds = await snapshotSeconds(port);
      return { seconds, cpuSeconds: cpuSecondsOf([node.pid]) - before };
    });
    const starts = await inRounds(options, pids, async () => {
      if (child === null) process.kill(node.pid, 'SIGKILL');
      else await endedBy(child, 'SIGKILL');
      const start = performance.now();
      child = restartNode(node, ours.home, flags);
      await untilAnswered(node);
      const seconds = (performance.now() - start) / 1000;
      return { seconds, cpuSeconds: cpuSecondsOf([node.pid]) };
    });
    return [
      { ...memory, name: `${label}: memory`, unit: 'MB', samples: [own] },
      {
        name: `${label}: SET P16`,
        unit: '/s',
        samples: sets.values.map(({ perSecond }) => perSecond),
        ratios: sets.values.map(({ ratio }) => ratio),
        othersCores: sets.othersCores,
      },
      ...timesOf(`${label}: snapshot`, snapshots),
      ...timesOf(`${label}: start from it`, starts),
    ];
  } finally {
    if (child !== null) await endedBy(child, 'SIGTERM');
    await redis.stop();
    await ours.stop();
  }
}

/**
 * @param {string} name
 * @param {{ values: { seconds: number, cpuSeconds: number }[], othersCores: number }} measured
 */
function timesOf(name, { values, othersCores }) {
  const common = { unit: 's', othersCores };
  return [
    { ...common, name, samples: values.map(({ seconds }) => seconds) },
    { ...common, name: `${name}, CPU`, samples: values.map(({ cpuSeconds }) => cpuSeconds) },
  ];
}

/** @param {number} port */
async function snapshotSeconds(port) {
  const connection = await connectTo(port);
  const start = performance.now();
  const [answer = ''] = await connection.send(commandOf('RAFTSNAPSHOT'), 1);
  const seconds = (performance.now() - start) / 1000;
  connection.close();
  if (answer.startsWith('-')) throw new Error(`RAFTSNAPSHOT answered ${answer}`);
  return seconds;
}
