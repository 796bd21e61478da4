import { connect } from 'node:net';
import { compare } from '../compare.mjs';
import { residentMb } from '../load.mjs';
import { startCluster, startRedis } from '../programs.mjs';

const CONNECTIONS = [50, 500, 5_000];
const REQUESTS = 60_000;

/**
 * What another connection costs: memory while it says nothing, and what so many that all ask do to
 * rate and wait.
 *
 * @param {import('../types.d.ts').PartOptions} options
 * @returns {Promise<import('../types.d.ts').Measurement[]>}
 */
export async function measure(options) {
  const rows = [];
  for (const size of CONNECTIONS) {
    const clients = Math.ceil(size * options.scale);
    const ours = await startCluster(1, ['--backend', 'memory']);
    const redis = await startRedis('none');
    try {
      const requests = Math.max(clients, Math.ceil(REQUESTS * options.scale));
      const load = { test: /** @type {const} */ ('set'), pipeline: 1, clients, requests };
      const label = `connections ${String(clients)}`;
      const own = await kilobytesEach(ours.leaderPort, ours.pids, clients);
      const theirs = await kilobytesEach(redis.port, [redis.pid], clients);
      const name = `${label}: memory of an idle one`;
      rows.push({ name, unit: 'KB', samples: [own], ratios: [own / theirs], othersCores: 0 });
      const rate = [{ ...load, name: `${label}: SET` }];
      rows.push(...(await compare(options, { ours, redis, cases: rate })));
      const wait = [{ ...load, name: `${label}: SET, p99` }];
      const figure = { unit: 'ms', of: (/** @type {{ p99Ms: number }} */ { p99Ms }) => p99Ms };
      rows.push(...(await compare(options, { ours, redis, cases: wait, figure })));
    } finally {
      await redis.stop();
      await ours.stop();
    }
  }
  return rows;
}

/**
 * @param {number} port
 * @param {readonly number[]} pids
 * @param {number} count
 */
async function kilobytesEach(port, pids, count) {
  const before = residentMb(pids);
  const sockets = [];
  for (let at = 0; at < count; at += 1) sockets.push(await connectedSocket(port));
  const after = residentMb(pids);
  for (const socket of sockets) socket.destroy();
  return ((after - before) * 1024) / count;
}

/**
 * A connection that has been answered once, so that what it needs is there.
 *
 * @param {number} port
 * @returns {Promise<import('node:net').Socket>}
 */
function connectedSocket(port) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('error', reject);
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', () => resolve(socket));
  });
}
