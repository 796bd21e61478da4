import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const BIN = join(ROOT, 'out', 'node', 'raftdeck.js');

/** @type {Set<string>} */
const folders = new Set();

/** A folder for one measurement, and how to be rid of it. */
export function scratchFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'raftdeck-bench-'));
  folders.add(folder);
  return {
    folder,
    remove: () => {
      folders.delete(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const PORTS = 800;
let firstPort = 27_100;

/**
 * Where `freePorts` begins to look.
 *
 * @param {number} port
 */
export function usePortsFrom(port) {
  firstPort = port;
}

/**
 * A run of free ports.
 *
 * @param {number} count
 * @returns {Promise<number>} the first
 */
export async function freePorts(count) {
  for (let base = firstPort; base + count <= firstPort + PORTS; base += count) {
    const ports = Array.from({ length: count }, (_, at) => base + at);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return base;
  }
  throw new Error(`no free ports from ${firstPort} to ${firstPort + PORTS - 1}`);
}

/** @type {Set<string>} */
const commands = new Set();

/** The commands that nodes were started with since it was last asked, ports and folders left out. */
export function startedCommands() {
  const started = [...commands];
  commands.clear();
  return started;
}

/** What a program gets of the environment: nothing that would set a node up, or Node itself. */
function plainEnvironment() {
  const set = /^(?:RAFTDECK_|NODE_)/u;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !set.test(name)));
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

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

let isEnding = false;

/** Ends what was started and still runs, and is rid of its folders. Nothing is started any more. */
export async function endPrograms() {
  isEnding = true;
  await Promise.all([...running].map((child) => endedBy(child, 'SIGTERM')));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

/** @param {import('node:child_process').ChildProcess} child */
function watched(child) {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/**
 * Starts a program and waits for a line of its output.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RegExp} ready
 */
export async function startProgram(command, args, ready) {
  if (isEnding) throw new Error('the run was ended');
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: ROOT,
    env: plainEnvironment(),
  });
  watched(child);
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
  commands.add(['raftdeck up --nodes', nodes, ...options].join(' '));
  const program = await startProgram(process.execPath, args, /^\{"ready":true.*\}$/mu);
  /** @type {{ leader: string, nodes: import('./types.d.ts').BenchNode[] }} */
  const ready = JSON.parse(program.match[0]);
  const leader = ready.nodes.find(({ id }) => id === ready.leader);
  return {
    pids: ready.nodes.map(({ pid }) => pid),
    /** `raftdeck up` itself, which watches over them. */
    hostPid: program.pid,
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
  if (isEnding) throw new Error('the run was ended');
  commands.add(['raftdeck node', ...options].join(' '));
  const own = ['-n', node.id, '-a', node.clientAddress, '-d', node.directory, '--home', home];
  const child = spawn(process.execPath, [BIN, 'node', ...own, ...options], {
    stdio: 'ignore',
    env: plainEnvironment(),
  });
  node.pid = child.pid ?? 0;
  return watched(child);
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
