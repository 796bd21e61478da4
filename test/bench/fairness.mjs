import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { commandOf, connectTo, pairOf } from './client.mjs';
import { startCluster } from './programs.mjs';
import { percentileOf } from './statistics.mjs';
import { atMost } from './verdict.mjs';

const WATCHED_MS = 3_000;
const PIPELINED = 100_000;
const LARGE_BYTES = 1024 * 1024;
/** Replies of a megabyte each that nobody reads. */
const UNREAD = 400;

/**
 * How long the others wait while one client is greedy: p99 of a client that writes one command at a
 * time to the leader of three, beside what it is when nobody else is there.
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
      let othersCores = 0;
      for (let round = 0; round < rounds; round += 1) {
        const load = await otherLoad(
          () => cluster.pids,
          async () => {
            const alone = await p99Ms(cluster.leaderPort);
            const stop = await start(cluster.leaderPort);
            const beside = await p99Ms(cluster.leaderPort);
            await stop();
            return beside / alone;
          },
        );
        samples.push(load.value);
        othersCores = Math.max(othersCores, load.othersCores);
      }
      rows.push({
        name: `p99 beside ${name}`,
        unit: 'times',
        samples,
        goal: atMost(3),
        othersCores,
      });
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

/** @type {readonly { name: string, start: (port: number) => Promise<() => Promise<void>> }[]} */
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
 */
async function pipelines(port, count) {
  const connection = await connectTo(port);
  let bytes = '';
  for (let at = 0; at < count; at += 1) bytes += commandOf('SET', ...pairOf(at));
  let isOver = false;
  const ended = (async () => {
    while (!isOver) await connection.send(bytes, count);
  })();
  return async () => {
    isOver = true;
    await ended;
    connection.close();
  };
}

/**
 * Asks for a large value again and again and reads no answer.
 *
 * @param {number} port
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
  return () => {
    socket.destroy();
    return Promise.resolve();
  };
}

/** @param {number} port */
async function p99Ms(port) {
  const connection = await connectTo(port);
  const waits = [];
  const end = performance.now() + WATCHED_MS;
  for (let at = 0; performance.now() < end; at += 1) {
    const start = performance.now();
    await connection.send(commandOf('SET', ...pairOf(at % 1_000)), 1);
    waits.push(performance.now() - start);
  }
  connection.close();
  return percentileOf(waits, 0.99);
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
