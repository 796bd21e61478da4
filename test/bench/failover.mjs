import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';

import { ask, untilWhole } from './node-status.mjs';
import { endedBy, restartNode, startCluster } from './programs.mjs';
import { percentileOf } from './statistics.mjs';
import { atMost } from './verdict.mjs';

const KILLS = 50;
const TRIALS_OTHERWISE = 20;
/** Trials in one cluster; then a new one, so that no figure hangs on one cluster's luck. */
const TRIALS_PER_CLUSTER = 25;
const TRY_EVERY_MS = 2;
const SETTLE_MS = 300;
const WRITE_LIMIT_MS = 30_000;
const LEASE_MS = 60_000;

/**
 * @typedef {import('./types.d.ts').BenchNode} BenchNode
 * @typedef {import('./types.d.ts').Measurement} Measurement
 * @typedef {import('./types.d.ts').PartOptions} PartOptions
 * @typedef {import('node:child_process').ChildProcess} ChildProcess
 * @typedef {object} Way how a leader fails
 * @property {string} name
 * @property {number} trials unless it is said how many
 * @property {readonly string[]} flags of the nodes
 * @property {readonly [median: import('./types.d.ts').Goal, p99?: import('./types.d.ts').Goal]} goals
 * @property {(leader: BenchNode, others: readonly BenchNode[]) => Promise<void>} fail
 * @property {(leader: BenchNode, cluster: { home: string, restarted: ChildProcess[] }) =>
 *   Promise<void>} mend
 */

/** @type {readonly Way[]} */
const WAYS = [
  {
    name: 'kill -9 of the leader',
    trials: KILLS,
    flags: [],
    goals: [atMost(600, 150), atMost(2000)],
    fail: async (leader) => void process.kill(leader.pid, 'SIGKILL'),
    mend: async (leader, { home, restarted }) => void restarted.push(restartNode(leader, home)),
  },
  {
    // Its sockets stay open, and nothing comes out of them.
    name: 'SIGSTOP of the leader',
    trials: TRIALS_OTHERWISE,
    flags: [],
    goals: [atMost(900, 600)],
    fail: async (leader) => void process.kill(leader.pid, 'SIGSTOP'),
    mend: async (leader) => void process.kill(leader.pid, 'SIGCONT'),
  },
  {
    name: 'silent partition of the leader',
    trials: TRIALS_OTHERWISE,
    flags: ['--faults'],
    goals: [atMost(900, 600)],
    fail: cutOff,
    mend: async (leader) => void (await ask(leader.clientAddress, 'RAFT FAULT HEAL ALL')),
  },
];

/**
 * From the failure of a leader to the next acknowledged write on another node; then all is mended,
 * and the next trial waits until all three take part.
 *
 * @param {PartOptions} options
 * @returns {Promise<Measurement[]>}
 */
export async function measure(options) {
  const rows = [];
  for (const way of WAYS) {
    const trials = options.trials ?? Math.ceil(way.trials * options.scale);
    const { samples, othersCores } = await tryOften(options, way, trials);
    const name = `${way.name} to next write`;
    const one = { unit: 'ms', isSpreadInherent: true, othersCores };
    const [goal, p99Goal] = way.goals;
    rows.push({ ...one, name: `${name}, ${trials} times`, samples, goal });
    const p99 = [percentileOf(samples, 0.99)];
    const held = p99Goal === undefined ? {} : { goal: p99Goal };
    rows.push({ ...one, name: `${name}, p99`, samples: p99, ...held });
  }
  return rows;
}

/**
 * @param {PartOptions} options
 * @param {Way} way
 * @param {number} trials
 */
async function tryOften({ otherLoad }, way, trials) {
  const samples = [];
  let othersCoreSum = 0;
  while (samples.length < trials) {
    const cluster = await startCluster(3, way.flags);
    /** @type {ChildProcess[]} */
    const restarted = [];
    const pids = () => [
      ...cluster.pids,
      cluster.hostPid,
      ...restarted.map(({ pid }) => pid ?? process.pid),
    ];
    /** @type {BenchNode | null} */
    let failed = null;
    try {
      for (let trial = 0; trial < TRIALS_PER_CLUSTER && samples.length < trials; trial += 1) {
        const leader = await untilWhole(cluster.nodes);
        const others = cluster.nodes.filter(({ id }) => id !== leader.id);
        // Measured before it fails: what follows is too short for it, and may end a process whose
        // share would then be taken for that of others.
        const load = await otherLoad(pids, () => wait(SETTLE_MS));
        othersCoreSum += load.othersCores;
        failed = leader;
        const start = performance.now();
        await way.fail(leader, others);
        await nextWrite(others);
        samples.push(performance.now() - start);
        await way.mend(leader, { home: cluster.home, restarted });
        failed = null;
      }
    } finally {
      // A stopped process would not hear that it is to end.
      if (failed !== null) await way.mend(failed, { home: cluster.home, restarted });
      await Promise.all(restarted.map((child) => endedBy(child, 'SIGTERM')));
      await cluster.stop();
    }
  }
  return { samples, othersCores: othersCoreSum / samples.length };
}

/** @param {readonly BenchNode[]} nodes */
async function nextWrite(nodes) {
  const start = performance.now();
  while (performance.now() - start < WRITE_LIMIT_MS) {
    for (const { clientAddress } of nodes) {
      if ((await ask(clientAddress, 'SET failover 1')) === '+OK') return;
    }
    await wait(TRY_EVERY_MS);
  }
  throw new Error(`no write was taken within ${WRITE_LIMIT_MS} ms`);
}

/**
 * Loses every Raft message to and from a leader; the connections stay.
 *
 * @param {BenchNode} leader
 * @param {readonly BenchNode[]} others
 */
async function cutOff(leader, others) {
  const replies = await Promise.all(
    others.flatMap(({ id }) =>
      ['IN', 'OUT'].map((direction) =>
        ask(leader.clientAddress, `RAFT FAULT LINK ${id} ${direction} CUT LEASE ${LEASE_MS}`),
      ),
    ),
  );
  const refused = replies.find((reply) => reply === '' || reply.startsWith('-'));
  if (refused !== undefined) throw new Error(`RAFT FAULT LINK answered ${refused}`);
}
