import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { commandOf, connectTo, pairOf } from './client.mjs';
import { startCluster } from './programs.mjs';
import { medianOf, percentileOf } from './statistics.mjs';
import { atMost } from './verdict.mjs';

const WATCHED_MS = 3_000;
const PIPELINED = 100_000;
const LARGE_BYTES = 1024 * 1024;
/** Replies of a megabyte each that nobody reads. */
const UNREAD = 400;

/**
 * How long the others wait while one client is greedy: p99 of a client that writes one command at a
 * time to the leader of three, beside what it is when nobody else is there; and how many of the greedy
 * one's commands are answered while one of the other waits, which no noise of the machine changes.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<import('./types.d.ts').Measurement[]>}
 */
export async function measure({ rounds, otherLoad }) {
  const cluster = await startCluster(3);
  /** @type {import('./types.d.ts').Measurement[]} */
  const rows = [];
  try {
    const termBefore = await termOf(cluster.leaderPort);
    for (const { name, start } of GREEDY) {
      const samples = [];
      const overtaken = [];
      let othersCores = 0;
      for (let round = 0; round < rounds; round += 1) {
        const load = await otherLoad(
          () => cluster.pids,
          async () => {
            const alone = await waits(cluster.leaderPort, () => 0);
            const greedy = await start(cluster.leaderPort);
            const beside = await waits(cluster.leaderPort, greedy.answered);
            await greedy.stop();
            return { ratio: beside.p99Ms / alone.p99Ms, overtaken: beside.overtaken };
          },
        );
        samples.push(load.value.ratio);
        overtaken.push(load.value.overtaken);
        othersCores = Math.max(othersCores, load.othersCores);
      }
      rows.push({
        name: `p99 beside ${name}`,
        unit: 'times',
        samples,
        goal: atMost(3),
        othersCores,
      });
      if (overtaken.every((count) => count === 0)) continue;
      const label = `answered to ${name} meanwhile`;
      rows.push({ name: label, unit: 'commands', samples: overtaken, othersCores });
    }
    const elections = (await termOf(cluster.leaderPort)) - termBefore;
    rows.push({
      name: 'elections meanwhile',
      unit: '',
      samples: [elections],
      goal: atMost(0),
      othersCores: 0,
    });
  } finally {
    await cluster.stop();
  }
  return rows;
}

/** @typedef {{ answered: () => number, stop: () => Promise<void> }} Greedy */

/** @type {readonly { name: string, start: (port: number) => Promise<Greedy> }[]} */
const GREEDY = [
  { name: 'one that never pauses', start: (port) => pipelines(port, 1_000) },
  { name: 'pipelines of 100,000', start: (port) => pipelines(port, PIPELINED) },
  { name: 'one that does not read', start: deaf },
];

/**
 * Sends pipelines of `count` writes, one when the last is answered.
 *
 * @param {number} port
 * @param {number} count
 * @returns {Promise<Greedy>}
 */
async function pipelines(port, count) {
  const answered = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(new URL('./greedy.mjs', import.meta.url), {
    workerData: { port, count, answered },
  });
  const ended = new Promise((resolve, reject) => {
    worker.once('exit', resolve);
    worker.once('error', reject);
  });
  const isUnderWay = async () => {
    while (Atomics.load(answered, 0) === 0) await wait(10);
  };
  await Promise.race([isUnderWay(), ended]);
  return {
    answered: () => Atomics.load(answered, 0),
    stop: async () => {
      worker.postMessage('stop');
      await ended;
    },
  };
}

/**
 * Asks for a large value again and again and reads no answer.
 *
 * @param {number} port
 * @returns {Promise<Greedy>}
 */
async function deaf(port) {
  const connection = await connectTo(port);
  await connection.send(commandOf('SET', 'large', 'x'.repeat(LARGE_BYTES)), 1);
  connection.close();
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', () => resolve(undefined)));
  socket.pause();
  socket.write(commandOf('GET', 'large').repeat(UNREAD));
  return {
    answered: () => 0,
    stop: () => {
      socket.destroy();
      return Promise.resolve();
    },
  };
}

/**
 * Writes one command at a time: how long that takes, and how often another is answered meanwhile.
 *
 * @param {number} port
 * @param {() => number} answered to the other so far
 */
async function waits(port, answered) {
  const connection = await connectTo(port);
  const took = [];
  const overtaken = [];
  const end = performance.now() + WATCHED_MS;
  for (let at = 0; performance.now() < end; at += 1) {
    const before = answered();
    const start = performance.now();
    await connection.send(commandOf('SET', ...pairOf(at % 1_000)), 1);
    took.push(performance.now() - start);
    overtaken.push(answered() - before);
  }
  connection.close();
  return { p99Ms: percentileOf(took, 0.99), overtaken: medianOf(overtaken) };
}

/** @param {number} port */
async function termOf(port) {
  const connection = await connectTo(port);
  const [status = '{}'] = await connection.send(commandOf('RAFT', 'STATUS'), 1);
  connection.close();
  /** @type {{ term: number }} */
  const { term } = JSON.parse(status);
  return term;
}
