import { compare, requestsOf } from '../compare.mjs';
import { cpuSecondsOf } from '../load.mjs';
import { onLeader } from '../on-leader.mjs';
import { startCluster, startRedis } from '../programs.mjs';
import { runBenchmark } from '../redis-benchmark.mjs';
import { inRounds } from '../rounds.mjs';

const MEMBERS = [1, 3, 5, 7];
/** Seven nodes on two cores may not hear of their leader for a while: that is no election's matter. */
const FLAGS = ['--backend', 'memory', '--election-timeout', '5000'];

/**
 * What another member costs: the rate of all together, the time that the leader and one follower
 * compute for a write, and how long one client waits. The log is in memory, so that seven logs do
 * not share one disk as they never would elsewhere.
 *
 * @param {import('../types.d.ts').PartOptions} options
 * @returns {Promise<import('../types.d.ts').Measurement[]>}
 */
export async function measure(options) {
  const redis = await startRedis('none');
  const rows = [];
  try {
    for (const members of MEMBERS) {
      const ours = await startCluster(members, FLAGS);
      const label = `members ${String(members)}`;
      try {
        const batch = { test: /** @type {const} */ ('set'), pipeline: 16, clients: 50 };
        // Seven nodes on two cores: what one does, all do.
        const requests = requestsOf(50, 16, options.scale / 4);
        const cases = [{ ...batch, requests, name: `${label}: SET P16` }];
        rows.push(...(await compare(options, { ours, redis, cases })));
        rows.push(...(await cpuPerWrite(options, ours, { ...batch, requests }, label)));
        const one = { test: /** @type {const} */ ('set'), pipeline: 1, clients: 1 };
        const alone = { ...one, requests: requestsOf(1, 1, options.scale / 4) };
        const figure = { unit: 'ms', of: (/** @type {{ p50Ms: number }} */ { p50Ms }) => p50Ms };
        const waiting = [{ ...alone, name: `${label}: SET of 1 client, p50` }];
        rows.push(...(await compare(options, { ours, redis, cases: waiting, figure })));
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
 * Processor time, which others on the machine change little.
 *
 * @param {import('../types.d.ts').PartOptions} options
 * @param {import('../compare.mjs').Cluster} ours
 * @param {Omit<import('../redis-benchmark.mjs').BenchmarkLoad, 'port'>} load
 * @param {string} label
 */
async function cpuPerWrite(options, ours, load, label) {
  const { values, othersCores } = await inRounds(
    options,
    () => [...ours.pids, ours.hostPid],
    () =>
      onLeader(ours, options.note, async (port) => {
        const isLeader = ({ clientAddress = '' }) => clientAddress.endsWith(`:${String(port)}`);
        const leader = ours.nodes.filter(isLeader).map(({ pid }) => pid);
        const followers = ours.pids.filter((pid) => !leader.includes(pid));
        const before = [cpuSecondsOf(leader), cpuSecondsOf(followers)];
        await runBenchmark({ ...load, port });
        const after = [cpuSecondsOf(leader), cpuSecondsOf(followers)];
        return after.map((seconds, at) => ((seconds - (before[at] ?? 0)) * 1e6) / load.requests);
      }),
  );
  const unit = 'µs';
  const ofLeader = values.map(([own = Number.NaN]) => own);
  const name = `${label}: leader's CPU a write`;
  const rows = [{ name, unit, samples: ofLeader, othersCores }];
  const followers = ours.nodes.length - 1;
  if (followers === 0) return rows;
  const ofOne = values.map(([, all = Number.NaN]) => all / followers);
  return [
    ...rows,
    { name: `${label}: a follower's CPU a write`, unit, samples: ofOne, othersCores },
  ];
}
