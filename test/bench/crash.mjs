import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { commandOf, connectTo } from './client.mjs';
import { untilWhole } from './node-status.mjs';
import { endedBy, restartNode, startCluster } from './programs.mjs';
import { atMost } from './verdict.mjs';

/** @typedef {import('./types.d.ts').Measurement} Measurement */

const BACKENDS = ['leveldb', 'fastlog', 'lmdb'];
const WRITERS = 16;
const UNANSWERED_MAX = 64;
const WRITING_MS = 3_000;
const READ_AT_ONCE = 5_000;

/**
 * What all those rates are worth: while many write, all nodes are killed at one moment; then every
 * key that was acknowledged is read.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<Measurement[]>}
 */
export async function measure({ rounds, scale }) {
  const rows = [];
  for (const backend of BACKENDS) {
    const acknowledged = [];
    const lost = [];
    for (let round = 0; round < rounds; round += 1) {
      const { keys, missing } = await killAll(backend, WRITING_MS * scale);
      acknowledged.push(keys);
      lost.push(missing);
    }
    // A count is none the worse for what else the machine does.
    const counted = { othersCores: 0, isSpreadInherent: true };
    const written = `${backend}: acknowledged before kill -9 of all`;
    rows.push({ ...counted, name: written, unit: 'keys', samples: acknowledged });
    const name = `${backend}: of them lost, in all rounds`;
    const sum = lost.reduce((total, one) => total + one, 0);
    rows.push({ ...counted, name, unit: 'keys', samples: [sum], goal: atMost(0) });
  }
  return rows;
}

/**
 * @param {string} backend
 * @param {number} writingMs
 */
async function killAll(backend, writingMs) {
  const flags = ['--backend', backend];
  const cluster = await startCluster(3, flags);
  /** @type {import('node:child_process').ChildProcess[]} */
  const restarted = [];
  try {
    const writers = Array.from({ length: WRITERS }, (_, at) => writer(cluster.leaderPort, at));
    await wait(writingMs);
    for (const { pid } of cluster.nodes) process.kill(pid, 'SIGKILL');
    const counts = await Promise.all(writers);
    for (const node of cluster.nodes) restarted.push(restartNode(node, cluster.home, flags));
    const leader = await untilWhole(cluster.nodes);
    const port = Number(leader.clientAddress.split(':').at(-1));
    let missing = 0;
    for (const [at, count] of counts.entries()) missing += await countMissing(port, at, count);
    const keys = counts.reduce((total, count) => total + count, 0);
    if (keys === 0) throw new Error(`${backend}: nothing was acknowledged before the kill`);
    return { keys, missing };
  } finally {
    await Promise.all(restarted.map((child) => endedBy(child, 'SIGTERM')));
    await cluster.stop();
  }
}

/** @param {number} writer @param {number} number @returns {readonly [string, string]} */
function pairOf(writer, number) {
  return [
    `key:${String(writer)}:${String(number)}`,
    `value of ${String(writer)}:${String(number)}`,
  ];
}

/**
 * Writes one new key after the other until the connection is lost.
 *
 * @param {number} port
 * @param {number} at which writer
 * @returns {Promise<number>} how many of them, counted from the first, were acknowledged
 */
function writer(port, at) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    let sent = 0;
    let acknowledged = 0;
    let rest = '';
    const sendMore = () => {
      let bytes = '';
      for (; sent - acknowledged < UNANSWERED_MAX; sent += 1) {
        bytes += commandOf('SET', ...pairOf(at, sent));
      }
      socket.write(bytes);
    };
    socket.setEncoding('latin1');
    socket.once('connect', sendMore);
    socket.on('data', (chunk) => {
      const lines = (rest + String(chunk)).split('\r\n');
      rest = lines.pop() ?? '';
      const refused = lines.find((line) => line !== '+OK');
      if (refused !== undefined) {
        socket.destroy();
        reject(new Error(`a write was answered ${refused}`));
        return;
      }
      acknowledged += lines.length;
      sendMore();
    });
    // It is lost when its node is killed: that is how it ends.
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(acknowledged));
  });
}

/**
 * @param {number} port
 * @param {number} at which writer
 * @param {number} count of its keys
 */
async function countMissing(port, at, count) {
  const connection = await connectTo(port);
  let missing = 0;
  for (let from = 0; from < count; from += READ_AT_ONCE) {
    const numbers = Math.min(READ_AT_ONCE, count - from);
    let bytes = '';
    for (let number = from; number < from + numbers; number += 1) {
      bytes += commandOf('GET', pairOf(at, number)[0]);
    }
    const replies = await connection.send(bytes, numbers);
    missing += replies.filter((reply, index) => reply !== pairOf(at, from + index)[1]).length;
  }
  connection.close();
  return missing;
}
