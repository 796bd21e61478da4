import { setTimeout as wait } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { startCluster } from './programs.mjs';
import { percentileOf } from './statistics.mjs';

const TRIES_PER_ROUND = 5;
const TRY_EVERY_MS = 5;

/**
 * From `kill -9` of the leader to the next acknowledged write on another node. Every try is a cluster
 * of its own, so that one does not depend on how the last one ended.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measure({ rounds, otherLoad }) {
  const samples = [];
  let othersCores = 0;
  for (let attempt = 0; attempt < rounds * TRIES_PER_ROUND; attempt += 1) {
    const cluster = await startCluster(3);
    try {
      await wait(500);
      const load = await otherLoad(
        () => cluster.pids,
        () => killAndWrite(cluster),
      );
      samples.push(load.value);
      othersCores = Math.max(othersCores, load.othersCores);
    } finally {
      await cluster.stop();
    }
  }
  const p99 = percentileOf(samples, 0.99);
  return [
    {
      name: 'kill -9 of the leader to next write',
      unit: 'ms',
      samples,
      goal: '600 ms',
      othersCores,
    },
    { name: 'the same, p99', unit: 'ms', samples: [p99], goal: '2000 ms', othersCores },
  ];
}

/** @param {Awaited<ReturnType<typeof startCluster>>} cluster */
async function killAndWrite(cluster) {
  const leader = cluster.nodes.find(({ id }) => id === cluster.leaderId);
  const others = cluster.nodes.filter(({ id }) => id !== cluster.leaderId);
  if (leader === undefined) throw new Error('no leader');
  process.kill(leader.pid, 'SIGKILL');
  const start = performance.now();
  for (;;) {
    for (const { clientAddress } of others) {
      if (await setOnce(clientAddress)) return performance.now() - start;
    }
    await wait(TRY_EVERY_MS);
  }
}

/**
 * @param {string} address
 * @returns {Promise<boolean>} whether the write was acknowledged by this node
 */
function setOnce(address) {
  const port = address.split(':').at(-1) ?? '';
  const child = spawn('redis-cli', ['-p', port, 'set', 'failover', '1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  return new Promise((resolve) => child.once('exit', () => resolve(output.trim() === 'OK')));
}
