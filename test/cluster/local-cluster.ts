import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { followRedirect } from '../../node-engine/client/follow-redirect.ts';
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

/** `up` gives up after a minute by itself, and then says what was missing. */
const READY_LIMIT_MS = 70_000;
/** No test waits longer for a condition: a bound on hanging, not on speed. */
const PATIENCE_MS = 30_000;
/** Of one attempt to set a key, where the node that was asked may have been stopped. */
const ATTEMPT_MS = 5_000;

/**
 * Flags of a cluster whose leader stays, where a test asks one node for many things: a machine that
 * stalls for less than this makes nobody stand for election.
 */
export const STEADY = ['--election-timeout', '2000', '--heartbeat', '80'] as const;

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
    const [line] = await up.printed(/^\{.*\}\n/m, READY_LIMIT_MS);
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
    await until(`node ${id} is gone`, PATIENCE_MS, () => !isRunning(pid));
  }

  /** Stops one node's process where it is, as SIGSTOP does. Resolves when it does nothing any more. */
  async freeze(id: string): Promise<void> {
    const pid = this.#pids.get(id);
    this.signal(id, 'SIGSTOP');
    if (pid === undefined) return;
    await until(`node ${id} stands still`, PATIENCE_MS, () =>
      threadStates(pid).every((state) => state === 'T'),
    );
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
  const client = await RespClient.connect({ address });
  try {
    return await client.call(args, { timeoutMs: PATIENCE_MS });
  } finally {
    client.close();
  }
}

/**
 * Sends one command to whichever node leads, beginning with the first address; waits while nobody
 * does. The reply as text.
 *
 * @throws when nobody answered, and when it is not known whether it was done
 */
export async function askLeader(
  addresses: readonly string[],
  ...args: readonly string[]
): Promise<string> {
  const result = await followRedirect({ addresses, args, deadlineMs: PATIENCE_MS });
  if (result.outcome === 'answered') return textOf(result.reply);
  throw new Error(`${args.join(' ')}: ${result.outcome}: ${result.detail}`);
}

/**
 * Sets a key until that is acknowledged. A set whose outcome is not known, because the leader changed
 * meanwhile, is sent again: the same twice is the same.
 */
export async function setKey(
  addresses: readonly string[],
  key: string,
  value: string,
): Promise<void> {
  let last = '';
  await until(
    `${key} is set`,
    PATIENCE_MS,
    async () => {
      const args = ['SET', key, value];
      const result = await followRedirect({ addresses, args, deadlineMs: ATTEMPT_MS });
      last = result.outcome === 'answered' ? textOf(result.reply) : result.detail;
      return last === 'OK';
    },
    () => last,
  );
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
    const client = await RespClient.connect({ address, connectTimeoutMs: 2_000 });
    try {
      const text = textOf(await client.call(['RAFT', 'STATUS'], { timeoutMs: ATTEMPT_MS }));
      return text.startsWith('-') ? null : (JSON.parse(text) as NodeStatus);
    } finally {
      client.close();
    }
  } catch {
    // Not there, or going away: both are what null says.
    return null;
  }
}

/**
 * Waits until one of the nodes leads and the others that answer follow it: its data is read, an entry
 * of its term is committed and no membership change is under way, so that it takes any command.
 */
export async function leaderOf(
  addresses: readonly string[],
  limitMs = PATIENCE_MS,
): Promise<NodeStatus> {
  /** Per leader and term: the end of its log when it was first seen, behind the term's first entry. */
  const ends = new Map<string, number>();
  return until(`a leader among ${addresses.join(' ')}`, limitMs, async () => {
    const statuses = await Promise.all(addresses.map(statusOf));
    const [leader] = statuses
      .filter((status) => status?.role === 'leader')
      .sort((one, other) => (other?.term ?? 0) - (one?.term ?? 0));
    if (leader === undefined || leader === null) return null;
    const isAgreed = statuses.every(
      (status) => status === null || (status.leaderId === leader.id && status.term === leader.term),
    );
    const reign = `${leader.id} ${leader.term}`;
    const end = ends.get(reign) ?? leader.lastIndex;
    ends.set(reign, end);
    // A node may be elected, by itself above all, before it has read the snapshot that it starts from.
    const isReady =
      leader.health === 'ok' && leader.membershipCommitted && leader.commitIndex >= end;
    return isAgreed && isReady ? leader : null;
  });
}

/**
 * The hash of the state, once all nodes have applied the same entries and have the same one. Nodes
 * that differ stay different while nothing is written.
 */
export async function agreedHash(addresses: readonly string[]): Promise<string> {
  let last: readonly string[] = [];
  return until(
    'all nodes have one state',
    PATIENCE_MS,
    async () => {
      const replies = await Promise.all(
        addresses.map((address) => ask(address, 'RAFT', 'STATUS', 'HASH').catch(String)),
      );
      last = replies.map((reply) => (Array.isArray(reply) ? JSON.stringify(reply) : textOf(reply)));
      const [first] = replies;
      if (!Array.isArray(first) || new Set(last).size > 1) return null;
      return textOf((first as readonly Reply[])[1] ?? null);
    },
    () => last.join('\n'),
  );
}

/** The state of each thread of a process that is still there, as Linux has it; none when it is gone. */
function threadStates(pid: number): readonly string[] {
  const tasks = `/proc/${pid}/task`;
  try {
    return readdirSync(tasks).flatMap((thread) => stateOf(join(tasks, thread, 'stat')) ?? []);
  } catch {
    return [];
  }
}

/** The letter behind the name, which may itself hold spaces and brackets; null when it is gone. */
function stateOf(path: string): string | null {
  try {
    const stat = readFileSync(path, 'utf8');
    return stat.charAt(stat.lastIndexOf(')') + 2);
  } catch {
    return null;
  }
}

/**
 * Whether a process still holds its files and ports; one that only waits to be reaped does not. The
 * first thread ends before the others do, and it is the last that lets go.
 */
function isRunning(pid: number): boolean {
  return threadStates(pid).some((state) => !['Z', 'X'].includes(state));
}
