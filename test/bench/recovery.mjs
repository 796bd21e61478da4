import { performance } from 'node:perf_hooks';
import { commandOf, connectTo, countKept, fill } from './client.mjs';
import { endedBy, restartNode, startCluster } from './programs.mjs';
import { atMost } from './verdict.mjs';

const ENTRIES = 1_000_000;
const TRY_EVERY_MS = 5;
const LIMIT_MS = 60_000;
const BACKENDS = ['leveldb', 'fastlog'];

/**
 * A node that was killed with a million entries in its log: from its start to the first answer that a
 * default read gives, which is when all of them have been applied. Then every key is read.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measure({ rounds, otherLoad }) {
  const rows = [];
  for (const backend of BACKENDS) {
    const samples = [];
    let othersCores = 0;
    const flags = ['--backend', backend, '--snapshot-entries', '0'];
    const cluster = await startCluster(1, flags);
    const [node] = cluster.nodes;
    if (node === undefined) throw new Error('no node was started');
    /** @type {import('node:child_process').ChildProcess | null} */
    let child = null;
    try {
      await fill(cluster.leaderPort, ENTRIES);
      for (let round = 0; round < rounds; round += 1) {
        if (child === null) process.kill(node.pid, 'SIGKILL');
        else await endedBy(child, 'SIGKILL');
        const load = await otherLoad(
          () => [node.pid],
          async () => {
            const start = performance.now();
            child = restartNode(node, cluster.home, flags);
            await firstAnswer(cluster.leaderPort);
            return performance.now() - start;
          },
        );
        samples.push(load.value / 1000);
        othersCores = Math.max(othersCores, load.othersCores);
      }
      const kept = await countKept(cluster.leaderPort, ENTRIES);
      if (kept !== ENTRIES) throw new Error(`${backend}: ${ENTRIES - kept} written keys are gone`);
    } finally {
      if (child !== null) await endedBy(child, 'SIGTERM');
      await cluster.stop();
    }
    const name = `${backend}: kill -9, log of 1 M entries`;
    rows.push({ name, unit: 's', samples, goal: atMost(1, 0.5), othersCores });
  }
  return rows;
}

/** @param {number} port */
async function firstAnswer(port) {
  const start = performance.now();
  while (performance.now() - start < LIMIT_MS) {
    try {
      const connection = await connectTo(port);
      const [reply = '-'] = await connection.send(commandOf('GET', 'key:000000000000'), 1);
      connection.close();
      if (!reply.startsWith('-')) return;
    } catch {
      // It does not listen yet.
    }
    await new Promise((resolve) => setTimeout(resolve, TRY_EVERY_MS));
  }
  throw new Error(`no answer within ${LIMIT_MS} ms`);
}
