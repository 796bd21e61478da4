import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { RespClient } from '../../node-engine/client/resp-client.ts';
import type { NodeStatus } from '../../node-engine/node/status.ts';
import type { Reply } from '../../node-engine/resp/value.ts';
import { RaftdeckProcess, until, type ProcessOptions } from './raftdeck-process.ts';

/** A node as `raftdeck up --json` says. */
export interface ReadyNode {
  readonly id: string;
  readonly pid: number | null;
  readonly clientAddress: string;
  readonly peerAddress: string;
  readonly directory: string;
}

interface ReadyLine {
  readonly ready: true;
  readonly clusterId: string;
  readonly leader: string;
  readonly authority: string | null;
  readonly nodes: readonly ReadyNode[];
}

const READY_LIMIT_MS = 30_000;

/** A folder for one test, with a home and a cluster's directory in it. */
export class TestFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'raftdeck-cluster-'));
  readonly home = join(this.path, 'home');
  readonly #processes: RaftdeckProcess[] = [];

  /** Starts `raftdeck` with the folder's home; ended by `dispose` at the latest. */
  start(args: readonly string[], options: ProcessOptions = {}): RaftdeckProcess {
    const started = new RaftdeckProcess(args, { env: { RAFTDECK_HOME: this.home }, ...options });
    this.#processes.push(started);
    return started;
  }

  /** Starts one node on a port, in a folder of its own. */
  startNode(id: string, port: number, ...more: readonly string[]): RaftdeckProcess {
    const own = ['-n', id, '-a', `127.0.0.1:${port}`, '-d', join(this.path, `node-${id}`)];
    return this.start(['node', ...own, ...more]);
  }

  /** What everything that was started has logged. */
  logs(): string {
    return this.#processes.map(({ stderr }) => stderr).join('');
  }

  /** Ends everything that was started, as SIGTERM does. */
  async stopAll(): Promise<void> {
    await Promise.all(this.#processes.map((running) => running.stop()));
  }

  /** Ends everything that was started and removes the folder. */
  async dispose(): Promise<void> {
    await this.stopAll();
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A cluster run by `raftdeck up`. */
export class LocalCluster {
  readonly folder: TestFolder;
  readonly up: RaftdeckProcess;
  readonly clusterId: string;
  readonly leader: string;
  /** The certificate by which clients know the nodes; null without TLS. */
  readonly authority: string | null;
  readonly nodes: readonly ReadyNode[];
  readonly #pids = new Map<string, number>();

  private constructor(folder: TestFolder, up: RaftdeckProcess, ready: ReadyLine) {
    this.folder = folder;
    this.up = up;
    this.clusterId = ready.clusterId;
    this.leader = ready.leader;
    this.authority = ready.authority;
    this.nodes = ready.nodes;
    for (const { id, pid } of ready.nodes) if (pid !== null) this.#pids.set(id, pid);
  }

  /** `raftdeck up --json` in the folder; resolves when it says that it is ready. */
  static async start(folder: TestFolder, args: readonly string[]): Promise<LocalCluster> {
    const up = folder.start(['up', '--json', '--dir', join(folder.path, 'cluster'), ...args]);
    const [line] = await up.printed(/^\{.*\}$/m, READY_LIMIT_MS);
    return new LocalCluster(folder, up, JSON.parse(line) as ReadyLine);
  }

  node(id: string): ReadyNode {
    const found = this.nodes.find((node) => node.id === id);
    if (found === undefined) throw new Error(`there is no node ${id}`);
    return found;
  }

  /** Sends a signal to one node's process alone. */
  signal(id: string, signal: NodeJS.Signals): void {
    const pid = this.#pids.get(id);
    if (pid === undefined) throw new Error(`node ${id} has no process`);
    process.kill(pid, signal);
  }

  /**
   * Ends one node's process as `kill -9` does. Resolves when it is gone: on a busy machine that can
   * take longer than another one needs to start, which would then find the port still taken.
   */
  async kill(id: string): Promise<void> {
    const pid = this.#pids.get(id);
    this.signal(id, 'SIGKILL');
    this.#pids.delete(id);
    if (pid === undefined) return;
    await until(`node ${id} is gone`, 10_000, () => !isRunning(pid));
  }

  /** Starts a node of the cluster again, beside `up`, which leaves the dead alone. */
  restart(id: string, ...more: readonly string[]): RaftdeckProcess {
    const { clientAddress, directory } = this.node(id);
    const own = ['-n', id, '-a', clientAddress, '-d', directory];
    const restarted = this.folder.start(['node', ...own, ...more]);
    this.#pids.set(id, restarted.pid);
    return restarted;
  }

  /** What a node wrote to its log. */
  logOf(id: string): string {
    return readFileSync(join(this.node(id).directory, 'stderr.log'), 'utf8');
  }
}

/** Sends one command over a connection of its own. */
export async function ask(address: string, ...args: readonly string[]): Promise<Reply> {
  const client = await RespClient.connect({ address, connectTimeoutMs: 2_000 });
  try {
    return await client.call(args, { timeoutMs: 10_000 });
  } finally {
    client.close();
  }
}

/** A reply as text; errors begin with a minus sign. */
export function textOf(reply: Reply): string {
  if (reply instanceof Uint8Array) return Buffer.from(reply).toString('utf8');
  if (typeof reply === 'object' && reply !== null && 'type' in reply) {
    if (reply.type === 'error') return `-${reply.text}`;
    if (reply.type === 'simple') return reply.text;
  }
  return typeof reply === 'string' ? reply : JSON.stringify(reply);
}

/** What a node says of itself; null when it does not answer. */
export async function statusOf(address: string): Promise<NodeStatus | null> {
  try {
    const text = textOf(await ask(address, 'RAFT', 'STATUS'));
    return text.startsWith('-') ? null : (JSON.parse(text) as NodeStatus);
  } catch {
    // Not there, or going away: both are what null says.
    return null;
  }
}

/** Waits until one of the nodes leads, with its data read, and the others that answer follow it. */
export async function leaderOf(addresses: readonly string[], limitMs: number): Promise<NodeStatus> {
  return until(`a leader among ${addresses.join(' ')}`, limitMs, async () => {
    const statuses = await Promise.all(addresses.map(statusOf));
    const leader = statuses.find((status) => status?.role === 'leader');
    const isAgreed = statuses.every(
      (status) =>
        status === null || (status.leaderId === leader?.id && status.term === leader.term),
    );
    // A node may be elected, by itself above all, before it has read the snapshot that it starts from.
    if (leader === undefined || leader === null || leader.health === 'loading') return null;
    return isAgreed ? leader : null;
  });
}

/** Whether a process still holds its files and ports; one that only waits to be reaped does not. */
function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !['Z', 'X'].includes(stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3));
  } catch {
    return false;
  }
}
