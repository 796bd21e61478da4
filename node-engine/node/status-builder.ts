import { cpuUsage, memoryUsage, pid } from 'node:process';
import { performance } from 'node:perf_hooks';
import type { RaftStatus } from '../raft/core.ts';
import type { NodeContext } from './node-context.ts';
import type {
  ClockStatus,
  FollowerProgress,
  LinkState,
  NodeCounters,
  NodeFigures,
  NodeStatus,
} from './status.ts';

/** Counters that the connections and commands keep. */
export interface ServerCounters {
  commands: number;
  errors: number;
}

const RATE_WINDOW_MS = 900;

/** Makes `NodeStatus` documents; rates and latencies are over about the last second. */
export class StatusBuilder {
  readonly #node: NodeContext;
  readonly #counters: ServerCounters;
  #sequence = 0;
  #figures: NodeFigures;
  #figuresAtMs = performance.now();
  #lastWrites = 0;
  #lastReads = 0;
  #lastCpuMicros = 0;

  constructor(node: NodeContext, counters: ServerCounters) {
    this.#node = node;
    this.#counters = counters;
    this.#figures = this.#measure(0);
  }

  /** The whole status as of now. */
  build(): NodeStatus {
    const { settings, core, driver, machine, store, snapshots, faults } = this.#node;
    const raft = core.status();
    const self = raft.membership.members.find((member) => member.id === settings.id);
    const leader = this.#node.leader();
    const { health, reason } = this.#node.health();
    this.#sequence += 1;
    return {
      version: 1,
      timeMs: Date.now(),
      sequence: this.#sequence,
      id: settings.id,
      clusterId: this.#node.clusterId(),
      pid,
      startedAtMs: settings.startedAtMs,
      softwareVersion: settings.softwareVersion,
      machine: machine.name,
      backend: store.backend,
      durability: settings.durability,
      consistency: settings.consistency,
      redirect: settings.redirect,
      dialect: settings.dialect,
      clientAddress: settings.clientAddress,
      peerAddress: settings.peerAddress,
      directory: settings.directory,
      health,
      healthReason: reason,
      role: this.#node.role(),
      voter: self?.voter ?? false,
      term: raft.term,
      votedFor: raft.votedFor,
      leaderId: this.#leadsNoMore() ? null : raft.leaderId,
      leaderClientAddress: leader?.clientAddress ?? null,
      leaderContactMs: ageOf(raft.leaderContactMs),
      stateAgeMs: roundUp(driver.stateAgeMs()),
      transferTarget: raft.transferTarget,
      members: raft.membership.members,
      membershipIndex: raft.membershipIndex,
      membershipCommitted: raft.membershipCommitted,
      firstIndex: raft.firstIndex,
      lastIndex: raft.lastIndex,
      lastTerm: raft.lastTerm,
      stableIndex: raft.stableIndex,
      commitIndex: raft.commitIndex,
      appliedIndex: driver.appliedIndex,
      snapshotIndex: raft.snapshotIndex,
      snapshotTerm: raft.snapshotTerm,
      snapshots: snapshots.list().map((snapshot) => ({
        id: snapshot.id,
        index: snapshot.lastIncludedIndex,
        term: snapshot.lastIncludedTerm,
        sizeBytes: snapshot.sizeBytes,
        madeAtMs: snapshot.madeAtMs,
      })),
      snapshotInProgress: driver.snapshotter.inProgress,
      restore: this.#node.restorer.status,
      logBytes: store.sizeBytes(),
      keys: machine.size(),
      followers: this.#leadsNoMore() ? [] : this.#followers(raft),
      links: this.#links(),
      clocks: this.#clocks(),
      electionTimeoutMinMs: settings.electionTimeoutMinMs,
      electionTimeoutMaxMs: settings.electionTimeoutMaxMs,
      heartbeatIntervalMs: settings.heartbeatIntervalMs,
      faultsAllowed: settings.faultsAllowed,
      faults: faults?.list() ?? [],
      counters: this.#counterStatus(),
      figures: this.#currentFigures(),
    };
  }

  /** Whether its storage failed while it led: Raft itself was stopped there and has not heard of it. */
  #leadsNoMore(): boolean {
    return this.#node.core.role() === 'leader' && this.#node.role() !== 'leader';
  }

  #followers(raft: RaftStatus): readonly FollowerProgress[] {
    const links = new Map(this.#node.transport.links().map((link) => [link.id, link]));
    return raft.followers.map((follower) => ({
      id: follower.id,
      state: follower.state,
      matchIndex: follower.matchIndex,
      nextIndex: follower.nextIndex,
      appendsInFlight: follower.appendsInFlight,
      lastContactMs: ageOf(follower.lastContactMs),
      roundTripMs: follower.roundTripMs,
      snapshotSentBytes: follower.snapshotOffset,
      snapshotSizeBytes: follower.snapshotSizeBytes,
      connected: links.get(follower.id)?.connected ?? false,
    }));
  }

  #links(): readonly LinkState[] {
    const links = this.#node.transport.links();
    return links.map(({ id, connected, lastError }) => ({ id, connected, lastError }));
  }

  #clocks(): readonly ClockStatus[] {
    return this.#node.transport.links().flatMap(({ id, clock }) => {
      if (clock === null) return [];
      const { offsetMs, errorMs, measuredMs } = clock;
      const ageMs = ageOf(measuredMs) ?? 0;
      return [{ id, offsetMs: round(offsetMs), errorMs: Math.ceil(errorMs * 10) / 10, ageMs }];
    });
  }

  #counterStatus(): NodeCounters {
    const { counters, snapshotter } = this.#node.driver;
    return {
      commands: this.#counters.commands,
      writes: counters.writes,
      reads: counters.reads,
      errors: this.#counters.errors,
      elections: counters.elections,
      logWrites: counters.logWrites,
      logWriteBytes: counters.logWriteBytes,
      snapshotsTaken: snapshotter.takenCount,
      snapshotsInstalled: counters.snapshotsInstalled,
      messagesSent: counters.messagesSent,
      messagesReceived: counters.messagesReceived,
      connections: this.#node.clients().length,
    };
  }

  #currentFigures(): NodeFigures {
    const elapsedMs = performance.now() - this.#figuresAtMs;
    if (elapsedMs >= RATE_WINDOW_MS) this.#figures = this.#measure(elapsedMs);
    return this.#figures;
  }

  #measure(elapsedMs: number): NodeFigures {
    const { driver } = this.#node;
    const { writes, reads } = driver.counters;
    const cpu = cpuUsage();
    const cpuMicros = cpu.user + cpu.system;
    const seconds = elapsedMs / 1000;
    const rate = (count: number): number => (seconds > 0 ? round(count / seconds) : 0);
    const commit = driver.commitLatency.take();
    const fsync = driver.writeLatency.take();
    const memory = memoryUsage();
    const figures = {
      writesPerSecond: rate(writes - this.#lastWrites),
      readsPerSecond: rate(reads - this.#lastReads),
      commitP50Ms: roundMs(commit.p50Ms),
      commitP99Ms: roundMs(commit.p99Ms),
      fsyncP50Ms: roundMs(fsync.p50Ms),
      fsyncP99Ms: roundMs(fsync.p99Ms),
      residentBytes: memory.rss,
      heapBytes: memory.heapUsed,
      cpuPercent: seconds > 0 ? round((cpuMicros - this.#lastCpuMicros) / 10_000 / seconds) : 0,
    };
    this.#figuresAtMs = performance.now();
    this.#lastWrites = writes;
    this.#lastReads = reads;
    this.#lastCpuMicros = cpuMicros;
    return figures;
  }
}

function ageOf(atMs: number | null): number | null {
  return atMs === null ? null : Math.max(0, Math.round(performance.now() - atMs));
}

/** An age is never said to be less than it may be. */
function roundUp(value: number | null): number | null {
  return value === null ? null : Math.ceil(value);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function roundMs(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1000) / 1000;
}
