import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';

import { endedBy, restartNode, startCluster } from './programs.mjs';
import { percentileOf } from './statistics.mjs';

const TRIES_PER_ROUND = 5;
/** Kills in one cluster; then a new one, so that no figure hangs on one cluster's luck. */
const TRIES_PER_CLUSTER = 20;
const TRY_EVERY_MS = 2;
const SETTLE_MS = 300;
const REPLY_LIMIT_MS = 3_000;
const WHOLE_LIMIT_MS = 30_000;

/**
 * @typedef {import('./types.d.ts').BenchNode} BenchNode
 * @typedef {{ role: string, health: string, leaderId: string | null, appliedIndex: number,
 *   commitIndex: number }} Status what is read of RAFT STATUS
 */

/**
 * From `kill -9` of the leader to the next acknowledged write on another node. The killed node is
 * started again, and the next kill waits until all three take part.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measure({ rounds, trials, otherLoad }) {
  const samples = [];
  let othersCoreSum = 0;
  let left = trials ?? rounds * TRIES_PER_ROUND;
  while (left > 0) {
    const cluster = await startCluster(3);
    /** @type {import('node:child_process').ChildProcess[]} */
    const restarted = [];
    const pids = () => [...cluster.pids, ...restarted.map(({ pid }) => pid ?? 0)];
    try {
      for (let kill = 0; kill < TRIES_PER_CLUSTER && left > 0; kill += 1) {
        const leader = await untilWhole(cluster.nodes);
        // Measured before the kill: what follows is too short for it, and ends a process whose share
        // would then be taken for that of others.
        const load = await otherLoad(pids, () => wait(SETTLE_MS));
        othersCoreSum += load.othersCores;
        samples.push(await killAndWrite(cluster.nodes, leader));
        left -= 1;
        restarted.push(restartNode(leader, cluster.home));
      }
    } finally {
      await Promise.all(restarted.map((child) => endedBy(child, 'SIGTERM')));
      await cluster.stop();
    }
  }
  const othersCores = othersCoreSum / samples.length;
  return [
    {
      name: `kill -9 of the leader to next write, ${samples.length} times`,
      unit: 'ms',
      samples,
      goal: '600 ms',
      othersCores,
    },
    {
      name: 'the same, p99',
      unit: 'ms',
      samples: [percentileOf(samples, 0.99)],
      goal: '2000 ms',
      othersCores,
    },
  ];
}

/**
 * @param {readonly BenchNode[]} nodes
 * @param {BenchNode} leader
 */
async function killAndWrite(nodes, leader) {
  const others = nodes.filter(({ id }) => id !== leader.id);
  process.kill(leader.pid, 'SIGKILL');
  const start = performance.now();
  for (;;) {
    for (const { clientAddress } of others) {
      if ((await ask(clientAddress, 'SET failover 1')) === '+OK') return performance.now() - start;
    }
    await wait(TRY_EVERY_MS);
  }
}

/**
 * Waits until all nodes follow one leader and have applied what it committed.
 *
 * @param {readonly BenchNode[]} nodes
 * @returns {Promise<BenchNode>} the leader
 */
async function untilWhole(nodes) {
  const start = performance.now();
  while (performance.now() - start < WHOLE_LIMIT_MS) {
    const statuses = await Promise.all(nodes.map(({ clientAddress }) => statusOf(clientAddress)));
    const at = statuses.findIndex((status) => status?.role === 'leader');
    const leader = nodes[at];
    const commitIndex = statuses[at]?.commitIndex ?? 0;
    const isWhole = statuses.every(
      (status) =>
        status?.health === 'ok' &&
        status.leaderId === leader?.id &&
        status.appliedIndex === commitIndex,
    );
    if (leader !== undefined && isWhole) return leader;
    await wait(20);
  }
  throw new Error(`the cluster was not whole within ${WHOLE_LIMIT_MS} ms`);
}

/**
 * @param {string} address
 * @returns {Promise<Status | null>}
 */
async function statusOf(address) {
  const text = await ask(address, 'RAFT STATUS');
  const json = /^\$\d+\r\n(\{.*\})$/su.exec(text)?.[1];
  return json === undefined ? null : JSON.parse(json);
}

/**
 * One inline command over a connection of its own.
 *
 * @param {string} address
 * @param {string} command
 * @returns {Promise<string>} the reply without its last line end; empty when there is none
 */
function ask(address, command) {
  const [host, port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host: host ?? '', port: Number(port), noDelay: true });
    let reply = '';
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reply.endsWith('\r\n') ? reply.slice(0, -2) : '');
    };
    const timer = setTimeout(done, REPLY_LIMIT_MS);
    socket.on('connect', () => socket.write(`${command}\r\n`));
    socket.on('data', (chunk) => {
      reply += chunk.toString();
      const bulk = /^\$(\d+)\r\n/u.exec(reply);
      const length = bulk === null ? 0 : bulk[0].length + Number(bulk[1]) + 2;
      if (reply.endsWith('\r\n') && Buffer.byteLength(reply) >= length) done();
    });
    socket.on('error', done);
    socket.on('close', done);
  });
}
