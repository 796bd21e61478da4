import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const BIN = join(ROOT, 'out', 'node', 'raftdeck.js');

/** A folder for one measurement, and how to be rid of it. */
export function scratchFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'raftdeck-bench-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * A run of free ports.
 *
 * @param {number} count
 * @returns {Promise<number>} the first
 */
export async function freePorts(count) {
  for (let base = 27_100; base < 27_900; base += count) {
    const ports = Array.from({ length: count }, (_, at) => base + at);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return base;
  }
  throw new Error('no free ports from 27100 to 27900');
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * Starts a program and waits for a line of its output.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RegExp} ready
 */
export async function startProgram(command, args, ready) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: ROOT });
  let output = '';
  /** @type {RegExpExecArray} */
  const match = await new Promise((resolve, reject) => {
    /** @param {Buffer} chunk */
    const onData = (chunk) => {
      output = (output + chunk.toString()).slice(-65_536);
      const found = ready.exec(output);
      if (found !== null) resolve(found);
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new Error(`${command} ended with ${String(code)} before it was ready:\n${output}`));
    });
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    pid: child.pid ?? 0,
    match,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/**
 * A cluster by the documented command.
 *
 * @param {number} nodes
 * @param {readonly string[]} [options] further flags
 */
export async function startCluster(nodes, options = []) {
  if (!existsSync(BIN)) throw new Error('not built: npm run build');
  const { folder, remove } = scratchFolder();
  const base = await freePorts(nodes);
  const flags = ['--nodes', String(nodes), '--base-port', String(base), '--dir', folder, '--json'];
  const home = ['--home', folder];
  const args = [BIN, 'up', ...flags, ...home, ...options];
  const program = await startProgram(process.execPath, args, /^\{"ready":true.*\}$/mu);
  /** @type {{ leader: string, nodes: import('./types.d.ts').BenchNode[] }} */
  const ready = JSON.parse(program.match[0]);
  const leader = ready.nodes.find(({ id }) => id === ready.leader);
  return {
    pids: ready.nodes.map(({ pid }) => pid),
    nodes: ready.nodes,
    home: folder,
    leaderId: ready.leader,
    leaderPort: Number(leader?.clientAddress.split(':').at(-1)),
    stop: async () => {
      await program.stop();
      remove();
    },
  };
}

/**
 * Starts a node of a cluster again, with the pid of its new process.
 *
 * @param {import('./types.d.ts').BenchNode} node
 * @param {string} home
 * @param {readonly string[]} [options] further flags
 */
export function restartNode(node, home, options = []) {
  const own = ['-n', node.id, '-a', node.clientAddress, '-d', node.directory, '--home', home];
  const child = spawn(process.execPath, [BIN, 'node', ...own, ...options], { stdio: 'ignore' });
  node.pid = child.pid ?? 0;
  return child;
}

/**
 * Ends a process, if it has not ended.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
export async function endedBy(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

/**
 * redis-server without persistence, or with an fsync per write.
 *
 * @param {'none' | 'always'} persistence
 */
export async function startRedis(persistence) {
  const { folder, remove } = scratchFolder();
  const port = await freePorts(1);
  const file = persistence === 'none' ? ['--appendonly', 'no'] : ['--appendonly', 'yes'];
  const fsync = persistence === 'none' ? [] : ['--appendfsync', 'always'];
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  const program = await startProgram(
    'redis-server',
    [...args, ...file, ...fsync],
    /Ready to accept/u,
  );
  return {
    port,
    pid: program.pid,
    stop: async () => {
      await program.stop();
      remove();
    },
  };
}

/**
 * redis-benchmark's rate and p50 for one command.
 *
 * @param {{ port: number, test: 'ping' | 'set' | 'get', pipeline: number, clients: number,
 *   requests: number, valueBytes?: number }} load
 */
export async function runBenchmark(load) {
  const { port, test, pipeline, clients, requests, valueBytes = 16 } = load;
  const args = ['-p', port, '-t', test, '-P', pipeline, '-c', clients, '-n', requests];
  const more = ['-d', valueBytes, '-r', 100_000, '--csv'];
  const child = spawn('redis-benchmark', [...args, ...more].map(String), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  const lines = output.trim().split('\n');
  const fields = (lines.at(-1) ?? '').split(',').map((field) => field.replaceAll('"', ''));
  const [, rate, , , p50] = fields;
  if (!(Number(rate) > 0)) throw new Error(`redis-benchmark said: ${output}`);
  return { pid: child.pid ?? 0, perSecond: Number(rate), p50Ms: Number(p50) };
}
