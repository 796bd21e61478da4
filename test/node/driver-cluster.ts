import type { Machine, MachineDefinition } from '../../node-engine/machine/machine.ts';
import { openMemoryLog } from '../../node-engine/log/memory/memory-log.ts';
import { kv } from '../../node-engine/machines/kv/kv.ts';
import { Driver } from '../../node-engine/node/driver.ts';
import { waiterOf } from '../../node-engine/node/waiter-of.ts';
import type {
  DriverClock,
  ReadLevel,
  Session,
  SnapshotPolicy,
} from '../../node-engine/node/driver-ports.ts';
import { DEFAULT_RAFT_CONFIG } from '../../node-engine/raft/config.ts';
import type { Message } from '../../node-engine/raft/message.ts';
import { Raft } from '../../node-engine/raft/raft.ts';
import type { Member } from '../../node-engine/raft/types.ts';
import { commandOffset } from '../../node-engine/resp/command-run.ts';
import { encodeCommand } from '../../node-engine/resp/command-writer.ts';
import type { Reply } from '../../node-engine/resp/value.ts';
import type { SnapshotStore } from '../../node-engine/snapshot/snapshot-store.ts';

const NO_SNAPSHOTS: SnapshotStore = {
  list: () => [],
  create: () => {
    throw new Error('no snapshots here');
  },
  receive: () => {
    throw new Error('no snapshots here');
  },
  readFile: () => {
    throw new Error('no snapshots here');
  },
  readMachine: () => {
    throw new Error('no snapshots here');
  },
  verify: () => {
    throw new Error('no snapshots here');
  },
  path: () => null,
};

/** Time that stands still until it is moved; deferred tasks run in order when asked. */
class ManualClock implements DriverClock {
  nowMs = 0;
  wallOffsetMs = 0;
  readonly tasks: (() => void)[] = [];
  timerAtMs = Infinity;
  timer: (() => void) | null = null;

  monotonicMs(): number {
    return this.nowMs;
  }

  wallNs(): bigint {
    const sinceMs = this.nowMs + this.wallOffsetMs;
    return 1_700_000_000_000_000_000n + BigInt(Math.round(sinceMs * 1e6));
  }

  defer(task: () => void): void {
    this.tasks.push(task);
  }

  setTimer(atMs: number, task: () => void): void {
    this.timerAtMs = atMs;
    this.timer = task;
  }

  clearTimer(): void {
    this.timerAtMs = Infinity;
  }
}

/** One driver over the memory store, its messages going to the cluster's queue. */
export interface TestNode {
  readonly id: string;
  readonly core: Raft;
  readonly driver: Driver;
  readonly machine: Machine;
  readonly clock: ManualClock;
}

/** A few drivers in one process with a lossless network and time that the test moves. */
export class DriverCluster {
  readonly nodes: TestNode[] = [];
  readonly cut = new Set<string>();
  #inTransit: Message[] = [];
  #nowMs = 0;

  async add(
    id: string,
    machine: MachineDefinition = kv,
    snapshots: SnapshotStore = NO_SNAPSHOTS,
    policy: SnapshotPolicy = { snapshotEntries: 0, snapshotLogBytes: 0, trailingEntries: 0 },
  ): Promise<TestNode> {
    const identity = { clusterId: 'c'.repeat(32), nodeId: id };
    const log = await openMemoryLog({ identity, offsetOfCommand: commandOffset });
    const clock = new ManualClock();
    clock.nowMs = this.#nowMs;
    let draws = this.nodes.length;
    const core = new Raft({
      id,
      config: DEFAULT_RAFT_CONFIG,
      recovered: log.recovered,
      nowMs: clock.nowMs,
      random: () => ((draws += 1) * 0.37) % 1,
      offsetOfCommand: commandOffset,
      trace: null,
    });
    const instance = machine.create({ hashSeed: 1n });
    const driver = new Driver(
      {
        core,
        store: log.store,
        snapshots,
        transport: {
          send: (message) => {
            this.#inTransit.push(message);
          },
          flush: () => undefined,
          setPeers: () => undefined,
        },
        machine: instance,
        clock,
        seed: () => 42n,
        policy,
        observer: {
          storageFailed: (error) => {
            throw error;
          },
          turnEnded: () => undefined,
          trace: () => undefined,
        },
      },
      DEFAULT_RAFT_CONFIG,
      log.recovered,
    );
    const node = { id, core, driver, machine: instance, clock };
    this.nodes.push(node);
    return node;
  }

  /** Lets everything happen that can happen without time passing. */
  async settle(): Promise<void> {
    let idle = 0;
    while (idle < 3) {
      const worked = this.#deliver() || this.#runTasks();
      idle = worked ? 0 : idle + 1;
      // The memory store completes its writes in tasks of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Moves time on in small steps. */
  async pass(ms: number): Promise<void> {
    for (const end = this.#nowMs + ms; this.#nowMs < end;) {
      this.#nowMs += 10;
      for (const { clock } of this.nodes) {
        clock.nowMs = this.#nowMs;
        if (clock.timerAtMs > this.#nowMs) continue;
        clock.timerAtMs = Infinity;
        clock.timer?.();
      }
      await this.settle();
    }
  }

  leader(): TestNode {
    const leaders = this.nodes.filter(
      ({ id, core }) => !this.cut.has(id) && core.role() === 'leader',
    );
    const newest = leaders.sort((one, other) => other.core.term() - one.core.term())[0];
    if (newest === undefined) throw new Error('nobody leads');
    return newest;
  }

  #deliver(): boolean {
    const messages = this.#inTransit;
    this.#inTransit = [];
    for (const message of messages) {
      if (this.cut.has(message.from) || this.cut.has(message.to)) continue;
      this.nodes.find(({ id }) => id === message.to)?.driver.receive(message);
    }
    return messages.length > 0;
  }

  #runTasks(): boolean {
    let worked = false;
    for (const { clock } of this.nodes) {
      for (const task of clock.tasks.splice(0)) {
        task();
        worked = true;
      }
    }
    return worked;
  }
}

/** A fresh connection's notes. */
export function newSession(): Session {
  return { unproposed: 0, lastWriteIndex: 0, lastWriteTerm: 0 };
}

/** Writes, and keeps what is heard of it: a reply, or the failure. */
export function write(node: TestNode, session: Session, args: readonly string[]): unknown[] {
  const heard: unknown[] = [];
  const waiter = waiterOf(
    (reply) => heard.push(plain(reply)),
    (failure) => heard.push(failure),
  );
  node.driver.write(encodeCommand(args), waiter, session);
  return heard;
}

/** Marks when a read may run, or why not. */
export function read(node: TestNode, session: Session, level: ReadLevel): unknown[] {
  const heard: unknown[] = [];
  node.driver.read(
    level,
    {
      ready: () => heard.push(node.driver.appliedIndex),
      failed: (failure) => heard.push(failure),
    },
    session,
  );
  return heard;
}

/** A cluster of three voters, of which the first leads. */
export async function clusterOfThree(): Promise<DriverCluster> {
  const cluster = new DriverCluster();
  const first = await cluster.add('1');
  const ignored = waiterOf(
    () => undefined,
    () => undefined,
  );
  first.driver.bootstrap(memberOf('1', true), ignored);
  await cluster.pass(1000);
  for (const id of ['2', '3']) {
    await cluster.add(id);
    first.driver.changeMembership({ type: 'add', member: memberOf(id, false) }, ignored);
    await cluster.pass(300);
  }
  await cluster.pass(500);
  return cluster;
}

/** A member with made-up addresses. */
export function memberOf(id: string, voter: boolean): Member {
  const address = `127.0.0.1:${String(7480 + Number(id))}`;
  return { id, peerAddress: address, clientAddress: address, voter, promote: !voter };
}

function plain(reply: Reply): unknown {
  return typeof reply === 'object' && reply !== null && 'text' in reply ? reply.text : reply;
}
