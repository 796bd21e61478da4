import { spawn, spawnSync } from 'node:child_process';
import { constants, readFileSync } from 'node:fs';
import { commandOf, connectTo, pairOf } from './client.mjs';
import { startCluster } from './programs.mjs';
import { runBenchmark } from './redis-benchmark.mjs';
import { atLeast } from './verdict.mjs';

/** @typedef {import('./types.d.ts').Measurement} Measurement */

const BACKENDS = ['leveldb', 'fastlog', 'lmdb'];
/** A write counts where its file was opened so that every write is a sync. */
const SYNC_CALLS = 'fsync,fdatasync,write,writev,pwrite64,pwritev,pwritev2';
const WRITES = 300;
const PIPELINED_WRITES = 50_000;

/**
 * A side run: how often the nodes really sync, counted by strace from outside. One client that
 * writes one key after the other makes a majority sync for each of them; many clients share a sync.
 *
 * @param {import('./types.d.ts').PartOptions} options
 * @returns {Promise<Measurement[]>}
 */
export async function measure({ note, scale }) {
  if (spawnSync('strace', ['-V']).error !== undefined) {
    note('no syncs were counted: strace is not installed');
    return [];
  }
  const writes = Math.ceil(WRITES * scale);
  const requests = Math.ceil(PIPELINED_WRITES * scale);
  const batch = { test: /** @type {const} */ ('set'), pipeline: 16, clients: 50, requests };
  /** @type {Measurement[]} */
  const rows = [];
  // A count is none the worse for what else the machine does.
  const counted = { othersCores: 0, isSpreadInherent: true };
  for (const backend of BACKENDS) {
    const cluster = await startCluster(3, ['--backend', backend]);
    const port = cluster.leaderPort;
    try {
      const alone = await syncsDuring(cluster.pids, () => writeOneByOne(port, writes));
      const unit = 'syncs';
      const name = `${backend}: a SET of 1 client, 2nd of 3 nodes`;
      rows.push({ ...counted, name, unit, samples: [alone / writes], goal: atLeast(1) });
      const many = await syncsDuring(cluster.pids, () => runBenchmark({ ...batch, port }));
      const each = [(many / requests) * 1000];
      const manyName = `${backend}: 1,000 SETs P16, 2nd of 3 nodes`;
      rows.push({ ...counted, name: manyName, unit, samples: each });
      const low = await syncsAtLow(backend, batch);
      const lowName = `${backend} low: 1,000 SETs P16, 2nd of 3 nodes`;
      rows.push({ ...counted, name: lowName, unit, samples: [(low / requests) * 1000] });
    } finally {
      await cluster.stop();
    }
  }
  return rows;
}

/**
 * The same writes where nobody asked for a sync.
 *
 * @param {string} backend
 * @param {Omit<import('./redis-benchmark.mjs').BenchmarkLoad, 'port'>} batch
 */
async function syncsAtLow(backend, batch) {
  const cluster = await startCluster(3, ['--backend', backend, '--durability', 'low']);
  try {
    return await syncsDuring(cluster.pids, () =>
      runBenchmark({ ...batch, port: cluster.leaderPort }),
    );
  } finally {
    await cluster.stop();
  }
}

/**
 * How often the second most diligent of three processes synced: at least so often has a majority.
 *
 * @param {readonly number[]} pids
 * @param {() => Promise<unknown>} work
 */
async function syncsDuring(pids, work) {
  const tracers = await Promise.all(pids.map(trace));
  await work();
  const syncs = await Promise.all(tracers.map((stop) => stop()));
  return syncs.sort((one, other) => other - one)[1] ?? Number.NaN;
}

/**
 * Counts the syncs of a process, of all its threads.
 *
 * @param {number} pid
 * @returns {Promise<() => Promise<number>>} ends the count
 */
async function trace(pid) {
  const args = ['-f', '-s', '0', '-e', `trace=${SYNC_CALLS}`, '-e', 'signal=none'];
  const child = spawn('strace', [...args, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  const ended = new Promise((resolve) => child.once('close', resolve));
  await new Promise((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      said += String(chunk);
      if (said.includes(' attached')) resolve(undefined);
    });
    child.once('close', () => reject(new Error(`strace ended: ${said.slice(-2_000)}`)));
  });
  return async () => {
    child.kill('SIGINT');
    await ended;
    return syncsOf(said, (descriptor) => isSyncedByWrite(pid, descriptor));
  };
}

/**
 * Whether a write to that descriptor returns only when it is on the disk (O_DSYNC).
 *
 * @param {number} pid
 * @param {number} descriptor
 */
function isSyncedByWrite(pid, descriptor) {
  try {
    const information = readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8');
    const flags = /^flags:\s+(?<octal>[0-7]+)$/mu.exec(information)?.groups?.['octal'];
    return (Number.parseInt(flags ?? '0', 8) & constants.O_DSYNC) !== 0;
  } catch {
    // Closed since: a file that is not written to any more.
    return false;
  }
}

/**
 * How many of the calls that strace saw put something on the disk.
 *
 * @param {string} said
 * @param {(descriptor: number) => boolean} isSyncedByWrite
 */
export function syncsOf(said, isSyncedByWrite) {
  /** @type {Map<number, boolean>} */
  const known = new Map();
  let syncs = 0;
  for (const { groups } of said.matchAll(/\b(?<call>[a-z]\w+)\((?<descriptor>\d+)\b/gu)) {
    const descriptor = Number(groups?.['descriptor']);
    if (!known.has(descriptor)) known.set(descriptor, isSyncedByWrite(descriptor));
    if (groups?.['call']?.endsWith('sync') || known.get(descriptor)) syncs += 1;
  }
  return syncs;
}

/**
 * @param {number} port
 * @param {number} count
 */
async function writeOneByOne(port, count) {
  const connection = await connectTo(port);
  for (let at = 0; at < count; at += 1) {
    const [reply] = await connection.send(commandOf('SET', ...pairOf(at)), 1);
    if (reply !== '+OK') throw new Error(`a write was answered ${String(reply)}`);
  }
  connection.close();
}
