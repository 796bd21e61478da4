import { join } from 'node:path';

import type { NodeStatus } from '../../node-engine/node/status.ts';
import { STEADY, TestFolder } from '../cluster/local-cluster.ts';
import { until, type RaftdeckProcess } from '../cluster/raftdeck-process.ts';
import { ask } from './wire-client.ts';

/** No condition is waited for longer: a bound on hanging, not on speed. */
const PATIENCE_MS = 30_000;

/**
 * Nodes started one by one from the command line, as a user of Finn or Uhaha starts them. The leader
 * stays the leader on a machine that stalls, unless the flags say an election timeout of their own.
 */
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
    const flags = [...this.#flags, ...more];
    const timing = flags.includes('--election-timeout') ? [] : STEADY;
    const started = this.folder.start(['node', ...own, ...timing, ...flags]);
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

  /** Resolves when a node says who leads, and has read its data. */
  async untilLed(number: number): Promise<string> {
    return until(
      `node ${number} knows a leader`,
      PATIENCE_MS,
      async () => {
        const reply = await this.tryAsk(number, 'raftleader');
        if (reply === null || !/^\$.*:/.test(reply)) return null;
        const status = await this.tryAsk(number, 'RAFT', 'STATUS');
        return status?.includes('"health":"ok"') === true ? reply : null;
      },
      () => this.processes.get(number)?.stderr ?? '',
    );
  }

  /** Resolves when that many voters are there, as a node sees it. */
  async untilVoters(number: number, count: number): Promise<void> {
    await until(`${count} voters`, PATIENCE_MS, async () => {
      const list = await this.tryAsk(number, 'RAFT', 'SERVER', 'LIST');
      if ((list?.match(/\$voter \$true/g) ?? []).length !== count) return false;
      // In force is not yet committed, and a change is refused before.
      const status = await this.tryAsk(number, 'RAFT', 'STATUS');
      return status?.includes('"membershipCommitted":true') ?? false;
    });
  }

  /** Resolves when a node answers that is in no cluster. */
  async untilWaiting(number: number): Promise<void> {
    await until(`node ${number} waits`, PATIENCE_MS, async () => {
      const status = await this.tryAsk(number, 'RAFT', 'STATUS');
      return status?.includes('"health":"waiting"') ?? false;
    });
  }

  /** Resolves when the leader knows that a member has all that it has, and nothing is under way. */
  async untilCaughtUp(leader: number, id: string): Promise<void> {
    await until(`node ${id} has caught up`, PATIENCE_MS, async () => {
      const text = await this.tryAsk(leader, 'RAFT', 'STATUS');
      if (text?.startsWith('${') !== true) return false;
      const status = JSON.parse(text.slice(1)) as NodeStatus;
      const follower = status.followers.find((one) => one.id === id);
      const hasAll = follower?.connected === true && follower.matchIndex === status.lastIndex;
      return hasAll && status.membershipCommitted;
    });
  }

  /** The number of the node that leads, as the others say too. */
  async leader(numbers: readonly number[]): Promise<number> {
    return until('one leader', PATIENCE_MS, async () => {
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
