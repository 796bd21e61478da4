import { join } from 'node:path';

import type { NodeStatus } from '../../node-engine/node/status.ts';
import type { Reply } from '../../node-engine/resp/value.ts';
import { ask, statusOf, textOf } from '../cluster/local-cluster.ts';
import { RaftdeckProcess, runRaftdeck, until } from '../cluster/raftdeck-process.ts';
import { freePortBlock } from './free-port-block.ts';
import { LinkProxies } from './link-proxies.ts';

/** What is around a node's process: where it writes, and what is loaded into it. */
export interface Surroundings {
  readonly directory: string;
  readonly preload: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How a cluster is made. */
export interface ClusterOptions {
  readonly folder: string;
  /** `kv`, or the path of a module. */
  readonly machine: string;
  readonly nodes: number;
  readonly seed: number;
  readonly flags: readonly string[];
  readonly surroundings: (id: string, directory: string) => Promise<Surroundings>;
}

/** What all nodes have in common. */
export interface CommonState {
  /** Index of the last entry that was applied. */
  readonly index: number;
  readonly hash: string;
}

/** A node with the process it has now, if any. */
interface Member {
  readonly id: string;
  readonly port: number;
  readonly address: string;
  readonly surroundings: Surroundings;
  process: RaftdeckProcess | null;
  paused: boolean;
}

const PORTS = 40;
/** A bound on hanging: clients and faults leave a busy machine little time for an election. */
const START_LIMIT_MS = 60_000;
/** Exit code of a node that found one of its invariants broken. */
const EXIT_BROKEN = 70;

/** A cluster of real processes whose network goes through proxies. */
export class NemesisCluster {
  readonly links = new LinkProxies();
  /** Endings nobody asked for. */
  readonly surprises: string[] = [];
  readonly #options: ClusterOptions;
  readonly #members = new Map<string, Member>();
  readonly #started: RaftdeckProcess[] = [];
  #basePort = 0;
  #nextId = 1;

  private constructor(options: ClusterOptions) {
    this.#options = options;
  }

  /** Starts the nodes and waits until all of them vote. */
  static async start(options: ClusterOptions): Promise<NemesisCluster> {
    const cluster = new NemesisCluster(options);
    cluster.#basePort = await freePortBlock(PORTS, options.seed);
    const ids = Array.from({ length: options.nodes }, () => cluster.#newId());
    const ports = ids.map((id) => ({ id, port: cluster.#basePort + Number(id) - 1 }));
    await cluster.links.open(ports);
    const [first = '', ...rest] = ids;
    await cluster.#admit(first, []);
    const { address } = cluster.member(first);
    await until(
      'node 1 leads',
      START_LIMIT_MS,
      async () => {
        return (await statusOf(address))?.role === 'leader';
      },
      () => cluster.#lastWords(),
    );
    for (const id of rest) await cluster.#admit(id, ['-j', address]);
    await cluster.untilWhole(START_LIMIT_MS);
    return cluster;
  }

  /** Ids of the nodes that belong to the cluster, whether or not they run. */
  get ids(): readonly string[] {
    return [...this.#members.keys()];
  }

  /** Where clients may try. */
  get addresses(): readonly string[] {
    return [...this.#members.values()].map(({ address }) => address);
  }

  /** @throws when there is no such node */
  member(id: string): Member {
    const found = this.#members.get(id);
    if (found === undefined) throw new Error(`there is no node ${id}`);
    return found;
  }

  isRunning(id: string): boolean {
    const running = this.member(id).process;
    return running !== null && running.ending === null;
  }

  /** The process id of a running node. */
  pid(id: string): number {
    const running = this.member(id).process;
    if (running === null) throw new Error(`node ${id} does not run`);
    return running.pid;
  }

  /** Starts a node again on what it has on disk. Does not wait. */
  launch(
    id: string,
    more: readonly string[] = [],
    { mayEnd = false }: { readonly mayEnd?: boolean } = {},
  ): void {
    const member = this.member(id);
    if (this.isRunning(id)) return;
    const { directory, preload, env } = member.surroundings;
    const { folder, machine, flags } = this.#options;
    const own = ['-n', id, '-a', member.address, '-d', directory, '--machine', machine];
    const all = ['node', ...own, ...this.links.dialFlags(id), ...flags, ...more];
    const launched = new RaftdeckProcess(all, {
      env: {
        RAFTDECK_HOME: join(folder, 'home'),
        ...env,
        ...(preload.length === 0 ? {} : { LD_PRELOAD: preload.join(':') }),
      },
    });
    member.process = launched;
    member.paused = false;
    this.#started.push(launched);
    void launched.ended.then((ending) => {
      const isExpected = mayEnd || member.process !== launched;
      if (isExpected && ending.code !== EXIT_BROKEN) return;
      const end = ending.signal ?? `code ${ending.code ?? -1}`;
      this.surprises.push(`node ${id} ended by itself (${end}): ${lastLines(launched.stderr)}`);
    });
  }

  /** Ends a node as a power cut of its process would, and waits until it is gone. */
  async kill(id: string): Promise<void> {
    const member = this.member(id);
    const running = member.process;
    if (running === null) return;
    member.process = null;
    running.signal('SIGKILL');
    await running.ended;
  }

  /** What a node's process has logged since its last start. */
  logOf(id: string): string {
    return this.member(id).process?.stderr ?? '';
  }

  /** Asks a node to end and waits. */
  async stop(id: string): Promise<void> {
    const member = this.member(id);
    const running = member.process;
    if (running === null) return;
    member.process = null;
    if (member.paused) running.signal('SIGCONT');
    await running.stop();
  }

  pause(id: string): void {
    const member = this.member(id);
    member.paused = true;
    member.process?.signal('SIGSTOP');
  }

  resume(id: string): void {
    const member = this.member(id);
    member.paused = false;
    member.process?.signal('SIGCONT');
  }

  /** Adds a node that was never there before; resolves when it votes. */
  async join(): Promise<string> {
    const id = this.#newId();
    const leader = await this.leader(START_LIMIT_MS);
    await this.#admit(id, ['-j', leader.clientAddress]);
    const { address } = this.member(id);
    await until(
      `node ${id} votes`,
      START_LIMIT_MS,
      async () => {
        return (await statusOf(address))?.voter === true;
      },
      () => this.#lastWords(),
    );
    return id;
  }

  /** Takes a node out of the cluster for good and ends it. Its id is never used again. */
  async remove(id: string): Promise<void> {
    await until(`node ${id} is no member`, START_LIMIT_MS, async () => {
      const leader = await this.leader(START_LIMIT_MS);
      if (!leader.members.some((member) => member.id === id)) return true;
      await ask(leader.clientAddress, 'RAFT', 'SERVER', 'REMOVE', id).catch(() => null);
      return false;
    });
    await this.stop(id);
    this.#members.delete(id);
  }

  /** The one that leads with a majority behind it, as seen from all that answer. */
  async leader(limitMs: number): Promise<NodeStatus> {
    return until(
      'a leader',
      limitMs,
      async () => {
        const statuses = await this.statuses();
        const leaders = statuses.filter((status) => status.role === 'leader');
        const newest = leaders.sort((one, other) => other.term - one.term)[0];
        return newest ?? null;
      },
      () => this.#lastWords(),
    );
  }

  /** What the nodes that answer say of themselves. */
  async statuses(): Promise<readonly NodeStatus[]> {
    const running = [...this.#members.values()].filter(
      (one) => this.isRunning(one.id) && !one.paused,
    );
    const answers = await Promise.all(running.map(({ address }) => statusOf(address)));
    return answers.filter((status) => status !== null);
  }

  /** Starts whatever is down, lets whatever sleeps go on, and waits until all take part again. */
  async untilWhole(limitMs: number): Promise<void> {
    for (const id of this.ids) {
      if (this.member(id).paused) this.resume(id);
      this.launch(id);
    }
    await until(
      'all nodes take part',
      limitMs,
      async () => {
        const statuses = await this.statuses();
        const leader = statuses.find(({ role }) => role === 'leader');
        if (leader === undefined || statuses.length !== this.#members.size) return false;
        return statuses.every(
          ({ health, voter, leaderId, appliedIndex }) =>
            health === 'ok' &&
            voter &&
            leaderId === leader.id &&
            appliedIndex + 100 >= leader.commitIndex,
        );
      },
      () => this.#lastWords(),
    );
  }

  /** Waits until all nodes have applied the whole log; how long it is, and their common state. */
  async untilEqual(limitMs: number): Promise<CommonState> {
    let seen = '';
    return until(
      'all nodes have the same state',
      limitMs,
      async () => {
        const answers = await Promise.all(
          this.addresses.map(async (address) => {
            try {
              const reply = await ask(address, 'RAFT', 'STATUS', 'HASH');
              return Array.isArray(reply) ? reply.map(textOf).join(' ') : textOf(reply);
            } catch {
              return `no answer from ${address}`;
            }
          }),
        );
        seen = answers.join(' ');
        if (new Set(answers).size !== 1) return null;
        const [index, hash] = (answers[0] ?? '').split(' ');
        // After a restart all may stand where they last knew of a commit, and not yet at the end.
        const leader = (await this.statuses()).find(({ role }) => role === 'leader');
        if (leader?.lastIndex !== Number(index)) return null;
        return { index: Number(index), hash: hash ?? '' };
      },
      () => seen,
    );
  }

  /** The leader's log from an entry on, as text. */
  async logFrom(index: number): Promise<string> {
    const { clientAddress } = await this.leader(START_LIMIT_MS);
    const reply = await ask(clientAddress, 'RAFT', 'LOG', String(index), 'COUNT', '20');
    return JSON.stringify(plain(reply));
  }

  /** Reads what the stopped nodes have on disk; all that is wrong there, by node. */
  async verifyOffline(): Promise<readonly { readonly id: string; readonly problem: string }[]> {
    const members = [...this.#members.values()];
    const directories = members.map(({ surroundings }) => surroundings.directory);
    const { stdout, stderr } = await runRaftdeck(['verify', '--json', ...directories]);
    if (stdout === '') return [{ id: this.ids.join(' '), problem: stderr }];
    const verified = JSON.parse(stdout) as {
      readonly directories: readonly { readonly problems: readonly string[] }[];
    };
    return verified.directories.flatMap(({ problems }, at) =>
      problems.map((problem) => ({ id: members[at]?.id ?? '', problem })),
    );
  }

  /** Ends every process that was ever started here. */
  async dispose(): Promise<void> {
    for (const member of this.#members.values()) member.process = null;
    for (const running of this.#started) running.signal('SIGKILL');
    await Promise.all(this.#started.map(({ ended }) => ended));
    await this.links.close();
  }

  #newId(): string {
    const id = String(this.#nextId);
    this.#nextId += 1;
    return id;
  }

  async #admit(id: string, more: readonly string[]): Promise<void> {
    const port = this.#basePort + ((Number(id) - 1) % PORTS);
    const directory = join(this.#options.folder, `node-${id}`);
    const surroundings = await this.#options.surroundings(id, directory);
    const address = `127.0.0.1:${port}`;
    this.#members.set(id, { id, port, address, surroundings, process: null, paused: false });
    this.launch(id, more);
  }

  #lastWords(): string {
    const all = [...this.#members.values()];
    return all
      .map(({ id, process }) => `node ${id}: ${lastLines(process?.stderr ?? 'down')}`)
      .join('\n');
  }
}

function plain(reply: Reply): unknown {
  return Array.isArray(reply) ? (reply as readonly Reply[]).map(plain) : textOf(reply);
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-4).join(' | ');
}
