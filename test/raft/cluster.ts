import { DEFAULT_RAFT_CONFIG } from '../../node-engine/raft/config.ts';
import type { RaftConfig } from '../../node-engine/raft/config.ts';
import type { Message } from '../../node-engine/raft/message.ts';
import { Raft } from '../../node-engine/raft/raft.ts';
import type { Ready } from '../../node-engine/raft/ready.ts';
import type { TraceEvent } from '../../node-engine/raft/trace.ts';
import { RUN_COMMANDS } from '../../node-engine/raft/types.ts';
import type { Member, Run } from '../../node-engine/raft/types.ts';
import { Disk } from './disk.ts';

/** One command is one byte here, so offsets are counts. */
export const offsetOfCommand = (_bytes: Uint8Array, count: number): number => count;

/** A member whose addresses follow from its id. */
export function member(id: string, rights: 'voter' | 'non-voter' | 'joining' = 'voter'): Member {
  return {
    id,
    peerAddress: `n${id}:1`,
    clientAddress: `n${id}:2`,
    voter: rights === 'voter',
    promote: rights === 'joining',
  };
}

/** Commands of one byte each. */
export function commands(text: string): {
  count: number;
  timeNs: bigint;
  seed: bigint;
  flags: number;
  bytes: Uint8Array;
} {
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return { count: bytes.length, timeNs: 0n, seed: 0n, flags: RUN_COMMANDS, bytes };
}

/** One server with its disk; the test decides when writes become durable. */
export class Server {
  readonly id: string;
  readonly disk: Disk;
  readonly trace: TraceEvent[] = [];
  readonly config: RaftConfig;
  raft: Raft;
  /** Readys whose write is not durable yet. */
  writing: Ready[] = [];
  readonly reads: { readId: number; readIndex: number }[] = [];
  readonly failedReads: number[] = [];
  commitIndex = 0;
  #random: () => number;

  constructor(id: string, disk: Disk, options: { config: RaftConfig; random: () => number }) {
    this.id = id;
    this.disk = disk;
    this.config = options.config;
    this.#random = options.random;
    this.raft = this.#start(0);
  }

  #start(nowMs: number): Raft {
    return new Raft({
      id: this.id,
      config: this.config,
      recovered: this.disk.recover(),
      nowMs,
      random: this.#random,
      offsetOfCommand,
      trace: (event) => this.trace.push(event),
    });
  }

  /** Forgets everything that is not on disk. */
  restart(nowMs: number): void {
    this.writing = [];
    this.raft = this.#start(nowMs);
    this.commitIndex = 0;
  }

  /** Takes all Readys; their writes wait. Returns the messages that leave at once. */
  takeReadys(): Message[] {
    const messages: Message[] = [];
    while (this.raft.hasReady()) {
      const ready = this.raft.ready();
      messages.push(...ready.messages);
      this.reads.push(...ready.reads);
      this.failedReads.push(...ready.failedReads);
      this.commitIndex = ready.commitIndex;
      for (const fetch of ready.fetches) {
        this.raft.fetched(fetch.to, fetch.fromIndex, this.disk.read(fetch));
      }
      for (const read of ready.snapshotReads) {
        const bytes = this.disk.readSnapshot(read.snapshot.id, read.offset, read.bytesMax);
        this.raft.snapshotBytesRead(read.to, read.snapshot.lastIncludedIndex, read.offset, bytes);
      }
      for (const write of ready.snapshotWrites) {
        this.raft.snapshotChunkStored(this.disk.writeSnapshot(write));
      }
      if (ready.mustPersist) this.writing.push(ready);
    }
    return messages;
  }

  /** Makes the oldest write durable. Returns the messages that waited for it. */
  persistOne(): readonly Message[] {
    const ready = this.writing.shift();
    if (ready === undefined) return [];
    this.disk.write(ready);
    this.raft.persisted(ready.sequence);
    return ready.messagesAfterAppend;
  }
}

/** A few servers and the messages between them. */
export class Cluster {
  readonly config: RaftConfig;
  readonly servers = new Map<string, Server>();
  readonly network: Message[] = [];
  nowMs = 0;

  constructor(ids: readonly string[], config: Partial<RaftConfig> = {}) {
    this.config = { ...DEFAULT_RAFT_CONFIG, ...config };
    const membership = { members: ids.map((id) => member(id)) };
    for (const id of ids) {
      const disk = new Disk();
      disk.bootstrap(membership);
      this.start(id, disk);
    }
  }

  /** Starts a server; without a disk, one that belongs to no cluster yet. */
  start(id: string, disk = new Disk()): Server {
    const random = lcg(this.servers.size + 1);
    const server = new Server(id, disk, { config: this.config, random });
    server.raft.tick(this.nowMs);
    this.servers.set(id, server);
    return server;
  }

  at(id: string): Server {
    const server = this.servers.get(id);
    if (server === undefined) throw new Error(`no server ${id}`);
    return server;
  }

  /** Lets everything happen at once until nothing is left to do; `drop` loses messages. */
  settle(drop: (message: Message) => boolean = () => false): void {
    for (let step = 0; step < 10_000; step += 1) {
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
        if (!drop(message)) this.servers.get(message.to)?.raft.step(message);
      }
      const idle = [...this.servers.values()].every((server) => !server.raft.hasReady());
      if (!worked && idle) return;
    }
    throw new Error('the cluster does not come to rest');
  }

  /** Moves all clocks. */
  advance(ms: number, drop?: (message: Message) => boolean): void {
    this.nowMs += ms;
    for (const server of this.servers.values()) server.raft.tick(this.nowMs);
    this.settle(drop);
  }

  elect(id: string): void {
    this.at(id).raft.campaign();
    this.settle();
  }
}

/** The bytes of all entries of a list of runs, as text. */
export function textOf(runs: readonly Run[]): string {
  return runs.map((run) => String.fromCharCode(...run.bytes)).join('');
}

function lcg(seed: number): () => number {
  let value = seed * 7919;
  return () => {
    value = (value * 1103515245 + 12345) % 2147483648;
    return value / 2147483648;
  };
}
