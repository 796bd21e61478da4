import { DEFAULT_RAFT_CONFIG } from '../../node-engine/raft/config.ts';
import type { RaftConfig } from '../../node-engine/raft/config.ts';
import type { Message } from '../../node-engine/raft/message.ts';
import type { Run } from '../../node-engine/raft/types.ts';
import { Disk } from './disk.ts';
import type { WrittenLog } from './disk.ts';
import { member, Server } from './server.ts';

/** Steps after which a cluster that still works is taken to work for ever. */
const STEPS_MAX = 10_000;

/** Says which messages are lost. */
export type Loss = (message: Message) => boolean;

const NO_LOSS: Loss = () => false;

/** A few servers and the messages between them; the test moves both. */
export class Cluster {
  readonly config: RaftConfig;
  readonly servers = new Map<string, Server>();
  readonly network: Message[] = [];
  nowMs = 0;

  /** The servers of one cluster; `logs` says what a server has written after the membership. */
  constructor(
    ids: readonly string[],
    config: Partial<RaftConfig> = {},
    logs: Readonly<Record<string, WrittenLog>> = {},
  ) {
    // Told at once, what one step leads to is seen without a clock.
    this.config = { ...DEFAULT_RAFT_CONFIG, commitNoticeDelayMs: 0, ...config };
    const membership = { members: ids.map((id) => member(id)) };
    for (const id of ids) {
      const disk = new Disk();
      disk.bootstrap(membership, logs[id]);
      this.start(id, disk);
    }
  }

  /** Starts a server; without a disk, one that belongs to no cluster yet. */
  start(id: string, disk = new Disk()): Server {
    // Server 1 has the shortest election timeout, 400 ms, 2 has 440 ms, and so on.
    const draw = (this.servers.size % 10) / 10;
    const random = (): number => draw;
    const server = new Server(id, disk, { config: this.config, random, nowMs: this.nowMs });
    this.servers.set(id, server);
    return server;
  }

  at(id: string): Server {
    const server = this.servers.get(id);
    if (server === undefined) throw new Error(`no server ${id}`);
    return server;
  }

  get leaders(): readonly string[] {
    return [...this.servers.values()]
      .filter((server) => server.raft.role() === 'leader')
      .map((server) => server.id);
  }

  /** Lets everything happen, but for lost messages, until nothing is left to do. */
  settle(loss: Loss = NO_LOSS): void {
    for (let step = 0; step < STEPS_MAX; step += 1) {
      let worked = false;
      for (const server of this.servers.values()) {
        this.network.push(...server.takeReadys());
        while (server.writing.length > 0) {
          worked = true;
          this.network.push(...server.persistOne());
        }
      }
      for (const message of this.network.splice(0)) {
        worked = true;
        if (!loss(message)) this.servers.get(message.to)?.raft.step(message);
      }
      const idle = [...this.servers.values()].every((server) => !server.raft.hasReady());
      if (!worked && idle) return;
    }
    throw new Error('the cluster does not come to rest');
  }

  /** Moves all clocks and settles. */
  advance(ms: number, loss?: Loss): void {
    this.nowMs += ms;
    for (const server of this.servers.values()) server.raft.tick(this.nowMs);
    this.settle(loss);
  }

  /** Lets a server campaign, and everything that follows from it. */
  elect(id: string, loss?: Loss): void {
    this.at(id).raft.campaign();
    this.settle(loss);
  }
}

/** Loses everything from and to these servers. */
export function cutOff(...ids: readonly string[]): Loss {
  return (message) => ids.includes(message.from) || ids.includes(message.to);
}

/** The bytes of all entries of a list of runs, as text. */
export function textOf(runs: readonly Run[]): string {
  return runs.map((run) => String.fromCharCode(...run.bytes)).join('');
}
