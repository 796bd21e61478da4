import { join } from 'node:path';

import { TestFolder } from '../cluster/local-cluster.ts';
import { until, type RaftdeckProcess } from '../cluster/raftdeck-process.ts';
import { ask } from './wire-client.ts';

/** Nodes started one by one from the command line, as a user of Finn or Uhaha starts them. */
export class NodeGroup {
  readonly base: number;
  readonly folder = new TestFolder();
  readonly processes = new Map<number, RaftdeckProcess>();
  readonly #flags: readonly string[];

  /** @param flags of every node */
  constructor(base: number, ...flags: readonly string[]) {
    this.base = base;
    this.#flags = flags;
  }

  port(number: number): number {
    return this.base + number;
  }

  address(number: number): string {
    return `127.0.0.1:${this.port(number)}`;
  }

  directory(number: number): string {
    return join(this.folder.path, `node-${number}`);
  }

  /** Starts node `number` with id `number`; resolves at once. */
  start(number: number, ...more: readonly string[]): RaftdeckProcess {
    const own = ['-n', String(number), '-a', this.address(number), '-d', this.directory(number)];
    const started = this.folder.start(['node', ...own, ...this.#flags, ...more]);
    this.processes.set(number, started);
    return started;
  }

  /** The first node, and further ones that join it; resolves when each of them knows the leader. */
  async form(count: number, first = 0): Promise<void> {
    for (let number = first; number < first + count; number += 1) {
      this.start(number, ...(number === first ? [] : ['-j', this.address(first)]));
      await this.untilLed(number);
    }
    await this.untilVoters(first, count);
  }

  /** Resolves when a node says who leads. */
  async untilLed(number: number, limitMs = 10_000): Promise<string> {
    return until(
      `node ${number} knows a leader`,
      limitMs,
      async () => {
        const reply = await this.tryAsk(number, 'raftleader');
        return reply !== null && /^\$.*:/.test(reply) ? reply : null;
      },
      () => this.processes.get(number)?.stderr ?? '',
    );
  }

  /** Resolves when that many voters are there, as a node sees it. */
  async untilVoters(number: number, count: number): Promise<void> {
    await until(`${count} voters`, 20_000, async () => {
      const list = await this.tryAsk(number, 'RAFT', 'SERVER', 'LIST');
      if ((list?.match(/\$voter \$true/g) ?? []).length !== count) return false;
      // In force is not yet committed, and a change is refused before.
      const status = await this.tryAsk(number, 'RAFT', 'STATUS');
      return status?.includes('"membershipCommitted":true') ?? false;
    });
  }

  /** The number of the node that leads, as the others say too. */
  async leader(numbers: readonly number[], limitMs = 10_000): Promise<number> {
    return until('one leader', limitMs, async () => {
      const states = await Promise.all(numbers.map((n) => this.tryAsk(n, 'raftstate')));
      const leaders = numbers.filter((_, at) => states[at] === '$Leader');
      return leaders.length === 1 ? (leaders[0] ?? null) : null;
    });
  }

  ask(number: number, ...args: readonly string[]): Promise<string> {
    return ask(this.port(number), ...args);
  }

  /** The same, and null when nobody answers. */
  async tryAsk(number: number, ...args: readonly string[]): Promise<string | null> {
    try {
      return await this.ask(number, ...args);
    } catch {
      return null;
    }
  }

  /** Ends a node's process as `kill -9` does. */
  async kill(number: number): Promise<void> {
    const running = this.processes.get(number);
    running?.signal('SIGKILL');
    await running?.ended;
  }

  dispose(): Promise<void> {
    return this.folder.dispose();
  }
}
