import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Done, LogStore, OpenedLog, StorageError } from '../log/log-store.ts';
import type { CommandSpec, Machine } from '../machine/machine.ts';
import type { RaftConfig } from '../raft/config.ts';
import { DEFAULT_RAFT_CONFIG } from '../raft/config.ts';
import type { RaftCore } from '../raft/core.ts';
import { Raft } from '../raft/raft.ts';
import type { Role } from '../raft/ready.ts';
import type { TraceEvent } from '../raft/trace.ts';
import type { Member } from '../raft/types.ts';
import { commandOffset } from '../resp/command-run.ts';
import type { Reply } from '../resp/value.ts';
import { ImportFolder } from '../snapshot/import-folder.ts';
import type { SnapshotStore } from '../snapshot/snapshot-store.ts';
import type { PeerHello, Transport } from '../transport/transport.ts';
import { FailedLogins } from './auth/failed-logins.ts';
import { nodeUser, Users } from './auth/users.ts';
import type { Client } from './client.ts';
import { nodeCommandsFor } from './commands/node-commands.ts';
import type { NodeCommand } from './commands/command.ts';
import { dialectOf, type Dialect } from './dialect/dialect.ts';
import { Driver } from './driver.ts';
import type { ReadFailure } from './driver-ports.ts';
import { EventClock } from './event-clock.ts';
import type { FaultEnd, FaultSwitchboard } from './faults/fault-switchboard.ts';
import { healthOf } from './node-health.ts';
import type { Health } from './node-health.ts';
import { Monitors } from './monitors.ts';
import type { NodeClock } from './node-clock.ts';
import type { NodeContext, NodeSettings } from './node-context.ts';
import { snapshotPolicyOf, type NodeOptions } from './node-options.ts';
import { Restorer } from './restorer.ts';
import type { FaultStatus, NodeStatus, NodeTraceEvent } from './status.ts';
import { StatusBuilder } from './status-builder.ts';
import type { ServerCounters } from './status-builder.ts';
import { troubleOf } from './trouble.ts';
import { WatchHub } from './watch.ts';
import { waiterOf } from './waiter-of.ts';

const MEMORY_CACHE_BYTES_MAX = 4 * 1024 * 1024;

/** What a node is assembled from, once everything is open. */
export interface NodeParts {
  readonly options: NodeOptions;
  readonly settings: NodeSettings;
  readonly log: OpenedLog;
  readonly snapshots: SnapshotStore;
  readonly machine: Machine;
  /** An empty machine of the same kind. */
  readonly createMachine: () => Machine;
  readonly transport: Transport;
  readonly clock: NodeClock;
  /** Null unless the node was started with `--faults`. */
  readonly faults: FaultSwitchboard | null;
  readonly probe: (address: string) => Promise<PeerHello>;
  readonly ask: (address: string, args: readonly string[]) => Promise<Reply>;
  readonly adoptCluster: (clusterId: string, done: Done) => void;
  /** SHUTDOWN was sent. */
  readonly onEnded: () => void;
}

/** One node: the core, its driver, and everything its commands need. `startNode` makes one. */
export class Node implements NodeContext {
  readonly settings: NodeSettings;
  readonly core: RaftCore;
  readonly driver: Driver;
  readonly machine: Machine;
  readonly store: LogStore;
  readonly snapshots: SnapshotStore;
  readonly imports: ImportFolder;
  readonly restorer: Restorer;
  readonly transport: Transport;
  readonly watch: WatchHub;
  readonly faults: FaultSwitchboard | null;
  readonly users: Users | null;
  readonly failedLogins = new FailedLogins();
  readonly dialect: Dialect;
  readonly monitors = new Monitors();
  /** The node's own commands, as its dialect has them. */
  readonly commands: readonly NodeCommand[];
  readonly specs: ReadonlyMap<string, CommandSpec>;
  readonly counters: ServerCounters = { commands: 0, errors: 0 };
  readonly connected = new Set<Client>();
  readonly #parts: NodeParts;
  readonly #statusBuilder: StatusBuilder;
  #clusterId: string;
  #storageFailure: string | null = null;
  #loggedRole = '';
  #loggedReady = false;
  #health: Health = { health: 'loading', reason: null };
  /** Grows with every change of the membership, of what is committed of it, and of snapshots. */
  #edges = 0;
  #membershipCommitted = true;
  #waiting: { readonly condition: () => boolean; readonly done: () => void }[] = [];

  constructor(parts: NodeParts) {
    const { options, settings, log, snapshots, machine, transport } = parts;
    this.#parts = parts;
    this.settings = settings;
    this.store = log.store;
    this.snapshots = snapshots;
    this.machine = machine;
    this.transport = transport;
    this.faults = parts.faults;
    this.#clusterId = log.identity.clusterId;
    const eventClock = new EventClock();
    this.watch = new WatchHub(
      () => this.status(),
      () => eventClock.nowMs(),
    );
    const { secret, users } = options;
    this.users = users === null ? null : new Users([...users, nodeUser(secret)]);
    this.dialect = dialectOf(settings.dialect);
    this.commands = nodeCommandsFor(settings);
    this.specs = new Map([
      ...machine.commands,
      ...this.commands.map((command) => [command.name, command.spec] as const),
    ]);
    const config = configOf(options);
    this.core = new Raft({
      id: options.id,
      config,
      recovered: log.recovered,
      nowMs: performance.now(),
      random: Math.random,
      offsetOfCommand: commandOffset,
      trace: (event) => {
        this.#traced(event);
      },
      mayVote: () => !this.store.isRepairing(),
    });
    this.#membershipCommitted = this.core.status().membershipCommitted;
    this.driver = new Driver(
      {
        core: this.core,
        store: this.store,
        snapshots,
        transport,
        machine,
        clock: this.faults?.clock ?? parts.clock,
        seed: () => randomBytes(8).readBigUInt64LE(),
        policy: snapshotPolicyOf(options),
        observer: {
          storageFailed: (error) => {
            this.#storageFailed(error);
          },
          turnEnded: () => {
            this.#turnEnded();
          },
          trace: (event) => {
            this.#trace(event);
          },
        },
      },
      config,
      log.recovered,
    );
    this.imports = new ImportFolder(join(settings.directory, 'import'));
    this.restorer = this.#makeRestorer();
    this.#statusBuilder = new StatusBuilder(this, this.counters);
  }

  #makeRestorer(): Restorer {
    const { driver, core, snapshots, imports, machine } = this;
    return new Restorer({
      ...{ driver, core, snapshots, imports, machine },
      createMachine: this.#parts.createMachine,
      trace: (event) => {
        this.#trace(event);
      },
      waitUntil: (condition, timeoutMs) => this.waitUntil(condition, timeoutMs),
    });
  }

  clusterId(): string {
    return this.#clusterId;
  }

  clients(): readonly Client[] {
    return [...this.connected];
  }

  health(): Health {
    return this.#health;
  }

  status(): NodeStatus {
    return this.#statusBuilder.build();
  }

  probe(address: string): Promise<PeerHello> {
    return this.#parts.probe(address);
  }

  ask(address: string, args: readonly string[]): Promise<Reply> {
    return this.#parts.ask(address, args);
  }

  role(): Role {
    return this.#storageFailure === null ? this.core.role() : 'follower';
  }

  leader(): Member | null {
    const leaderId = this.core.leaderId();
    if (leaderId === null) return null;
    if (leaderId === this.settings.id && this.role() !== 'leader') return null;
    return this.core.membership().members.find((member) => member.id === leaderId) ?? null;
  }

  failure(failure: ReadFailure, slot: number): Reply {
    const { redirect } = this.settings;
    const leader = this.leader();
    // A deposed leader may still be named for a moment; sending a client back here would loop.
    const elsewhere = leader === null || leader.id === this.settings.id ? null : leader;
    return this.dialect.failure(failure, {
      redirect,
      leaderAddress: elsewhere?.clientAddress ?? null,
      slot,
    });
  }

  waitUntil(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiter = {
        condition,
        done: () => {
          clearTimeout(timer);
          resolve(true);
        },
      };
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((one) => one !== waiter);
        resolve(condition());
      }, timeoutMs);
      this.#waiting.push(waiter);
    });
  }

  timeSource(): string {
    return this.#parts.clock.source();
  }

  shutdown(): void {
    this.#parts.onEnded();
  }

  /** Starts a cluster of this node alone. Resolves when it leads and its first entry is durable. */
  async bootstrap(): Promise<void> {
    const member: Member = {
      id: this.settings.id,
      peerAddress: this.settings.peerAddress,
      clientAddress: this.settings.clientAddress,
      voter: true,
      promote: false,
    };
    await new Promise<void>((resolve, reject) => {
      const waiter = waiterOf(
        () => {
          resolve();
        },
        (failure) => {
          reject(new Error(`the cluster could not be started: ${failure.kind}`));
        },
      );
      this.driver.bootstrap(member, waiter);
    });
  }

  /** Records which cluster a waiting node has come into; durable when resolved. */
  adoptCluster(clusterId: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#parts.adoptCluster(clusterId, (error) => {
        if (error !== null) {
          reject(error);
          return;
        }
        this.#clusterId = clusterId;
        resolve();
      });
    });
  }

  /** A fault has begun or ended: it is told at once, whatever the node is doing. */
  faultChanged(fault: FaultStatus, end: FaultEnd | null): void {
    const { id, kind, description, measured, leaseMs } = fault;
    const text = end === null ? `in force for ${String(leaseMs)} ms` : `over (${end}): ${measured}`;
    this.#parts.options.log('notice', `fault ${id}, ${description}: ${text}`);
    this.note('fault', { id, kind, description, state: end ?? 'in force', measured });
    this.watch.turnEnded(this.#edge());
  }

  /** Puts an event into the node's trace. */
  note(type: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#trace({ type, ...fields });
  }

  #trace(event: NodeTraceEvent): void {
    const trouble = troubleOf(event);
    if (trouble !== null) this.#parts.options.log('warning', trouble);
    this.watch.trace(event);
  }

  #traced(event: TraceEvent): void {
    if (event.type === 'membership' || event.type === 'snapshot-installed') this.#edges += 1;
    if (event.type === 'membership') this.#membershipCommitted = event.committed;
    this.#logRole(event);
    this.watch.trace(event);
  }

  #logRole(event: TraceEvent): void {
    const { log, onRole } = this.#parts.options;
    if (event.type === 'role') {
      onRole?.(event.role);
      const role = `${event.role} in term ${String(event.term)}`;
      // A node that is cut off asks for an election twice a second: once is news.
      log(role === this.#loggedRole ? 'verbose' : 'notice', `${role}: ${event.reason}`);
      this.#loggedRole = role;
    } else if (event.type === 'membership' && event.committed) {
      const names = event.membership.members.map((one) => (one.voter ? one.id : `${one.id}?`));
      log('notice', `members are ${names.join(' ')} as of entry ${String(event.index)}`);
    } else if (event.type === 'snapshot-installed') {
      log('notice', `installed the leader's snapshot at entry ${String(event.index)}`);
    }
  }

  /** Once: this node has a leader and holds what was committed when it came. */
  #logReady(): void {
    const { core, driver } = this;
    const isLoaded = !driver.loading && driver.appliedIndex >= core.commitIndex();
    if (!isLoaded || core.leaderId() === null || driver.appliedIndex === 0) return;
    this.#loggedReady = true;
    this.#parts.options.log('notice', 'logs loaded: ready for commands');
  }

  #storageFailed(error: StorageError | Error): void {
    this.#storageFailure = error.message;
    this.#parts.options.log('warning', `storage failed, this node has stopped: ${error.message}`);
    this.#trace({ type: 'health', health: 'storage-failed', reason: error.message });
    // Raft is never told, so it says nothing itself; whoever does something as the leader has to stop.
    if (this.core.role() !== this.role()) this.#parts.options.onRole?.(this.role());
    this.#turnEnded();
  }

  #turnEnded(): void {
    this.#health = healthOf(this.core, this.driver, {
      id: this.settings.id,
      membershipCommitted: this.#membershipCommitted,
      storageFailure: this.#storageFailure,
      isRepairing: this.store.isRepairing(),
    });
    if (!this.#loggedReady) this.#logReady();
    this.watch.turnEnded(this.#edge());
    if (this.#waiting.length === 0) return;
    const due = this.#waiting.filter((waiter) => waiter.condition());
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter((waiter) => !due.includes(waiter));
    for (const waiter of due) waiter.done();
  }

  /** A text that differs whenever something changed that watchers must hear of at once. */
  #edge(): string {
    const { core, driver } = this;
    const { inProgress, lastIndex } = driver.snapshotter;
    return [
      this.#health.health,
      core.role(),
      core.term(),
      core.leaderId(),
      core.transferTarget(),
      this.#edges,
      inProgress,
      this.restorer.status?.step,
      lastIndex,
      this.faults?.revision ?? 0,
    ].join(' ');
  }
}

function configOf(options: NodeOptions): RaftConfig {
  return {
    ...DEFAULT_RAFT_CONFIG,
    electionTimeoutMinMs: options.electionTimeoutMinMs,
    electionTimeoutMaxMs: options.electionTimeoutMaxMs,
    heartbeatIntervalMs: options.heartbeatIntervalMs,
    // What is not in the cache is read from the log, which is in memory as well.
    ...(options.backend === 'memory' ? { cacheBytesMax: MEMORY_CACHE_BYTES_MAX } : {}),
  };
}
