import { spawnSync } from 'node:child_process';
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { commandOf, connectTo, pairOf } from './client.mjs';
import { freePorts, scratchFolder, startCluster, startProgram } from './programs.mjs';
import { percentileOf } from './statistics.mjs';

/**
 * @typedef {import('./types.d.ts').Measurement} Measurement
 * @typedef {{ waits: readonly number[], perSecond: number }} Load
 */

const CLIENTS = [1, 50];
const WATCHED_MS = 2_000;
const WRITABLE_WITHIN_MS = 30_000;

/**
 * Where etcd is installed: three members of it beside three nodes, both with their defaults, which
 * sync every write. It is written to through its JSON gateway, which is slower than its gRPC; so
 * these are no goals, and compare what a client without a library of etcd's gets.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<Measurement[]>}
 */
export async function measure({ rounds, note, otherLoad, scale }) {
  const version = spawnSync('etcd', ['--version'], { encoding: 'utf8' });
  if (version.error !== undefined) {
    note('left out: etcd is not installed');
    return [];
  }
  note(version.stdout.split('\n')[0] ?? 'etcd');
  const etcd = await startEtcd();
  const ours = await startCluster(3);
  /** @type {Measurement[]} */
  const rows = [];
  try {
    for (const clients of CLIENTS) {
      /** @type {{ own: Load, theirs: Load }[]} */
      const loads = [];
      let othersCores = 0;
      for (let round = 0; round < rounds; round += 1) {
        const load = await otherLoad(
          () => [...ours.pids, ours.hostPid, ...etcd.pids],
          async () => ({
            theirs: await loadOf(clients, scale, () => httpWriter(etcd.leaderPort)),
            own: await loadOf(clients, scale, () => respWriter(ours.leaderPort)),
          }),
        );
        loads.push(load.value);
        othersCores = Math.max(othersCores, load.othersCores);
      }
      const who = clients === 1 ? '1 client' : `${String(clients)} clients`;
      for (const [whose, name] of /** @type {const} */ ([
        ['theirs', 'etcd'],
        ['own', 'raftdeck'],
      ])) {
        const rates = loads.map((load) => load[whose].perSecond);
        const p50s = loads.map((load) => percentileOf(load[whose].waits, 0.5));
        rows.push({ name: `${name}, ${who}: writes`, unit: '/s', samples: rates, othersCores });
        rows.push({ name: `${name}, ${who}: p50`, unit: 'ms', samples: p50s, othersCores });
      }
      const times = loads.map(({ own, theirs }) => own.perSecond / theirs.perSecond);
      const name = `${who}: raftdeck's rate to etcd's`;
      rows.push({ name, unit: 'times', samples: times, othersCores });
    }
  } finally {
    await ours.stop();
    await etcd.stop();
  }
  return rows;
}

/** Three members, each in a folder of its own. */
async function startEtcd() {
  const { folder, remove } = scratchFolder();
  const base = await freePorts(6);
  const members = [0, 1, 2].map((at) => ({
    name: `m${String(at)}`,
    client: `http://127.0.0.1:${String(base + at)}`,
    peer: `http://127.0.0.1:${String(base + 3 + at)}`,
  }));
  const cluster = members.map(({ name, peer }) => `${name}=${peer}`).join(',');
  const programs = await Promise.all(
    members.map(({ name, client, peer }) =>
      startProgram(
        'etcd',
        [
          ['--name', name, '--data-dir', join(folder, name)],
          ['--listen-client-urls', client, '--advertise-client-urls', client],
          ['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
          ['--initial-cluster', cluster],
        ].flat(),
        /ready to serve client requests/u,
      ),
    ),
  );
  const pids = programs.map(({ pid }) => pid);
  return {
    pids,
    leaderPort: await etcdLeader(base),
    stop: async () => {
      await Promise.all(programs.map(({ stop }) => stop()));
      remove();
    },
  };
}

/**
 * @param {number} base
 * @returns {Promise<number>} the port on which the leader takes clients
 */
async function etcdLeader(base) {
  const start = performance.now();
  while (performance.now() - start < WRITABLE_WITHIN_MS) {
    for (const port of [base, base + 1, base + 2]) {
      const agent = new Agent();
      const { leader, header } = await post(agent, port, '/v3/maintenance/status', {});
      if (leader !== undefined && leader === header?.['member_id']) return port;
    }
    await wait(20);
  }
  throw new Error('etcd has no leader');
}

/**
 * Writes by so many clients, each one key after the other.
 *
 * @param {number} clients
 * @param {number} scale
 * @param {() => Promise<{ write: (key: string, value: string) => Promise<void>,
 *   close: () => void }>} connectWriter
 * @returns {Promise<Load>}
 */
async function loadOf(clients, scale, connectWriter) {
  const writers = await Promise.all(Array.from({ length: clients }, connectWriter));
  /** @type {number[]} */
  const waits = [];
  const start = performance.now();
  await Promise.all(
    writers.map(async ({ write }, at) => {
      for (let number = at; performance.now() - start < WATCHED_MS * scale; number += clients) {
        const asked = performance.now();
        await write(...pairOf(number % 100_000));
        waits.push(performance.now() - asked);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  for (const { close } of writers) close();
  return { waits, perSecond: waits.length / seconds };
}

/** @param {number} port */
async function respWriter(port) {
  const { send, close } = await connectTo(port);
  return {
    /** @param {string} key @param {string} value */
    write: async (key, value) => {
      const [reply] = await send(commandOf('SET', key, value), 1);
      if (reply !== '+OK') throw new Error(`a write was answered ${String(reply)}`);
    },
    close,
  };
}

/** @param {number} port */
async function httpWriter(port) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    /** @param {string} key @param {string} value */
    write: async (key, value) => {
      const body = { key: base64(key), value: base64(value) };
      const { header } = await post(agent, port, '/v3/kv/put', body);
      if (header === undefined) throw new Error('etcd did not take a write');
    },
    close: () => agent.destroy(),
  };
}

/** @param {string} text */
function base64(text) {
  return Buffer.from(text).toString('base64');
}

/**
 * @param {Agent} agent
 * @param {number} port
 * @param {string} path
 * @param {object} body
 * @returns {Promise<{ leader?: string, header?: Record<string, string> }>}
 */
function post(agent, port, path, body) {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method: 'POST', agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (text += String(chunk)));
      response.once('end', () => {
        try {
          resolve(JSON.parse(text));
        } catch (error) {
          reject(error);
        }
      });
    });
    asked.once('error', reject);
    asked.end(JSON.stringify(body));
  });
}
