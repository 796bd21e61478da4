import { StorageError } from '../log/log-store.ts';
import type { MembershipChange, Proposed } from '../raft/core.ts';
import type { RaftConfig } from '../raft/config.ts';
import type { Refusal } from '../raft/errors.ts';
import type { Message } from '../raft/message.ts';
import type { LogIndex, Member, RecoveredState, Term, NodeId } from '../raft/types.ts';
import { Applier } from './applier.ts';
import type {
  DriverPorts,
  ReadLevel,
  ReadWaiter,
  Session,
  StopFailure,
  WriteFailure,
  WriteWaiter,
} from './driver-ports.ts';
import { AutomaticSnapshots } from './automatic-snapshots.ts';
import { zeroCounters, type DriverCounters } from './driver-counters.ts';
import { Inputs, type Refused } from './inputs.ts';
import { LatencySamples } from './latency.ts';
import { LogWriter } from './log-writer.ts';
import { MemberLinks } from './member-links.ts';
import { Proposals } from './proposals.ts';
import { Proposer } from './proposer.ts';
import { Reads } from './reads.ts';
import { notTaken, Snapshotter, type SnapshotDone } from './snapshotter.ts';
import { Ticker } from './ticker.ts';

/**
 * The loop around the core: everything that arrives is gathered, a turn takes it all in at once,
 * and what the core then wants is done in the order that `Ready` prescribes. It is the only place
 * where reading the core's state and changing it are separated by waiting (for the disk).
 *
 * The simulator runs this very class with its own clock, disk and network.
 */
export class Driver {
  readonly counters: DriverCounters = zeroCounters();
  /** Proposal to applied, and log write to durable. */
  readonly commitLatency = new LatencySamples();
  readonly writeLatency = new LatencySamples();
  readonly snapshotter: Snapshotter;

  readonly #ports: DriverPorts;
  readonly #config: RaftConfig;
  readonly #applier: Applier;
  readonly #proposals = new Proposals();
  readonly #reads: Reads;
  readonly #logWriter: LogWriter;
  readonly #proposer: Proposer;
  readonly #ticker: Ticker;
  #messages: Message[] = [];
  readonly #inputs: Inputs;
  #turnPending = false;
  #isInTurn = false;
  #stopped: StopFailure | null = null;
  #wasLeader = false;
  #ledTerm: Term = 0;
  readonly #links: MemberLinks;
  /** Entries known to be committed at the start; until they are applied the node is loading. */
  readonly #loadedIndex: LogIndex;
  #loaded = false;
  readonly #automaticSnapshots: AutomaticSnapshots;

  constructor(ports: DriverPorts, config: RaftConfig, recovered: RecoveredState) {
    this.#ports = ports;
    this.#config = config;
    this.#links = new MemberLinks(ports.core, ports.transport);
    const wake = (): void => {
      this.#wake();
    };
    this.#inputs = new Inputs(wake);
    const input = (task: () => void): void => {
      this.#inputs.add(task);
    };
    const failed = (error: Error | StorageError): void => {
      this.#fail(error);
    };
    this.#applier = new Applier(ports, this.#proposals, this.commitLatency, {
      wake,
      failed,
      replaced: (name, index) => {
        this.#automaticSnapshots.stateReplaced();
        ports.observer.trace({ type: 'restored', name, index, keys: ports.machine.size() });
      },
    });
    this.#proposer = new Proposer(ports, this.#proposals, () => this.#applier.lastTimeNs);
    this.#ticker = new Ticker(ports.machine.tickIntervalMs);
    this.#reads = new Reads(ports.core, ports.clock, wake);
    this.snapshotter = new Snapshotter(ports, this.#applier, input);
    this.#automaticSnapshots = new AutomaticSnapshots(ports.policy, this.snapshotter);
    this.#logWriter = new LogWriter(ports, this.counters, this.writeLatency, {
      input,
      send: (messages) => {
        this.#send(messages);
      },
      installed: (snapshot) => {
        this.snapshotter.installed(snapshot.lastIncludedIndex);
        this.#applier.restore(snapshot.id, snapshot.lastIncludedIndex);
      },
      damaged: () => {
        this.snapshotter.logDamaged();
      },
      failed,
    });
    this.#loadedIndex = recovered.hardState.commitIndex;
    this.#proposer.seeTimes(recovered.tail);
    if (recovered.snapshot !== null) {
      this.#applier.restore(recovered.snapshot.id, recovered.snapshot.lastIncludedIndex);
    }
    this.#applier.commit(recovered.hardState.commitIndex);
    this.#links.open();
    this.#wake();
  }

  get appliedIndex(): LogIndex {
    return this.#applier.appliedIndex;
  }

  /** Time of the cluster's first entry, nanoseconds since 1970; 0 when none is applied yet. */
  get startNs(): bigint {
    return this.#applier.startNs;
  }

  /** Milliseconds since the state here was last known to be current; null when that is not known. */
  stateAgeMs(): number | null {
    return this.#reads.ageMs();
  }

  /** True until the machine holds everything that was known to be committed at the start. */
  get loading(): boolean {
    return !this.#loaded;
  }

  /** Wall clock for reads, never before the newest applied entry. Nanoseconds since 1970. */
  nowNs(): bigint {
    const wall = this.#ports.clock.wallNs();
    return wall > this.#applier.lastTimeNs ? wall : this.#applier.lastTimeNs;
  }

  /** A Raft message from an authenticated peer. */
  receive(message: Message): void {
    if (this.#stopped !== null) return;
    this.counters.messagesReceived += 1;
    this.#messages.push(message);
    this.#wake();
  }

  /** The connection to a peer broke. */
  linkClosed(peer: NodeId): void {
    this.#inputs.add(() => {
      this.#ports.core.linkClosed(peer);
    });
  }

  /**
   * Proposes `count` machine commands of one client, back to back in `raw`, which is copied: its RESP
   * is what every node will apply.
   */
  write(raw: Uint8Array, waiter: WriteWaiter, session: Session | null, count = 1): void {
    this.counters.writes += count;
    const refusal = this.#refusal();
    if (refusal !== null) {
      for (let i = 0; i < count; i += 1) waiter.failed(refusal);
      return;
    }
    const copy = this.#proposer.add(raw, count, waiter, session);
    waiter.taken?.(copy);
    this.#wake();
    if (this.#proposer.hasSlice && !this.#isInTurn) this.#proposeSlice();
  }

  /** Tells `waiter` when `count` reads at this level may run; at once where possible. */
  read(level: ReadLevel, waiter: ReadWaiter, session: Session, count = 1): void {
    this.counters.reads += count;
    if (this.#stopped !== null) {
      waiter.failed(this.#stopped);
      return;
    }
    if (level !== 'high' && !this.loading && this.#mayReadNow(level, session)) {
      waiter.ready();
      return;
    }
    if (level === 'medium' || level === 'high') {
      const refusal = this.#refusal();
      if (refusal !== null) {
        waiter.failed(refusal);
        return;
      }
    }
    this.#reads.add(waiter, level, session, this.#ports.clock.monotonicMs());
    this.#wake();
  }

  /** True when nothing that this connection has written is still on its way. */
  hasSeen(session: Session): boolean {
    const { core } = this.#ports;
    const own = session.lastWriteTerm === core.term() ? session.lastWriteIndex : 0;
    return session.unproposed === 0 && (core.role() !== 'leader' || own <= this.appliedIndex);
  }

  /** Starts a fresh cluster of this server alone. */
  bootstrap(member: Member, waiter: WriteWaiter): void {
    this.#propose(waiter, () => this.#ports.core.bootstrap(member));
  }

  /** Changes the membership by one server; answered when the change is committed and applied. */
  changeMembership(change: MembershipChange, waiter: WriteWaiter): void {
    this.#propose(waiter, () => this.#ports.core.proposeMembership(change));
  }

  /** Proposes an entry of a restore; see `Proposer.proposeRestore`. */
  proposeRestore(bytes: Uint8Array, afterNs: bigint, waiter: WriteWaiter): void {
    this.#propose(waiter, () => this.#proposer.proposeRestore(bytes, afterNs));
  }

  /** Asks the core for something that needs no waiting: a transfer, an election, a compaction. */
  ask(task: () => void, refused: Refused): void {
    this.#inputs.add(task, refused);
  }

  /** Makes a snapshot now. */
  takeSnapshot(done: SnapshotDone): void {
    const take = (): void => {
      this.snapshotter.take(done);
    };
    this.#inputs.add(take, (failure) => {
      done(notTaken(failure));
    });
  }

  /** Drops the log up to `index`, as far as the newest snapshot covers it, and gives the space back. */
  shrinkLog(index: LogIndex, done: (error: StorageError | null) => void): void {
    const shrink = (): void => {
      this.#ports.core.compact(index);
      this.#logWriter.reclaim(done);
    };
    this.#inputs.add(shrink, ({ message }) => {
      done(new StorageError('IO', message));
    });
  }

  /** Stops for good; whoever waits for a proposed write is told that its outcome is unknown. */
  stop(message: string): void {
    this.#stop({ kind: 'unavailable', message });
  }

  #mayReadNow(level: ReadLevel, session: Session): boolean {
    const core = this.#ports.core;
    if (level === 'follower' || !this.hasSeen(session)) return false;
    if (level === 'low') return true;
    if (typeof level === 'object') return this.#reads.isYoungEnough(level);
    const leads = core.role() === 'leader';
    return leads && core.leadsWithCommit() && core.commitIndex() <= this.#applier.appliedIndex;
  }

  /** Why nothing can be proposed here now, or null. */
  #refusal(): WriteFailure | null {
    if (this.#stopped !== null) return this.#stopped;
    if (this.#ports.core.role() === 'leader') return null;
    const leaderId = this.#ports.core.leaderId();
    return { kind: 'refused', reason: 'not-leader', leaderId };
  }

  /** Proposes one entry of its own kind in the next turn. */
  #propose(waiter: WriteWaiter, propose: () => Proposed | Refusal): void {
    const task = (): void => {
      const proposed = propose();
      if (!proposed.ok) {
        const { reason, leaderId } = proposed;
        waiter.failed({ kind: 'refused', reason, leaderId });
        return;
      }
      const { firstIndex, term } = proposed;
      const proposedAtMs = this.#ports.clock.monotonicMs();
      this.#proposals.add({ firstIndex, term, proposedAtMs, waiters: [waiter] });
    };
    this.#inputs.add(task, (failure) => {
      waiter.failed(failure);
    });
  }

  #wake(): void {
    if (this.#turnPending || this.#stopped !== null) return;
    this.#turnPending = true;
    this.#ports.clock.defer(() => {
      this.#turnPending = false;
      if (this.#stopped === null) this.#turn();
    });
  }

  /**
   * Proposes what was gathered so far while more is being read: peers and disks work on it meanwhile,
   * instead of each waiting for the other. What follows from it is left to the turn.
   */
  #proposeSlice(): void {
    this.#proposer.propose(this.#ports.clock.monotonicMs());
    this.#drain();
    this.#ports.transport.flush();
  }

  /** One turn: everything that arrived, then everything that follows from it. */
  #turn(): void {
    this.#isInTurn = true;
    const core = this.#ports.core;
    const nowMs = this.#ports.clock.monotonicMs();
    core.tick(nowMs);
    const messages = this.#messages;
    this.#messages = [];
    for (const message of messages) core.step(message);
    this.#inputs.run();
    this.#proposer.propose(nowMs);
    this.#proposeTick(nowMs);
    this.#reads.follow(core.leaderId());
    this.#reads.register(nowMs, this.#config.electionTimeoutMaxMs);
    this.#drain();
    // What the peers wait for does not wait until this node has applied what is committed.
    this.#ports.transport.flush();
    this.#applier.run();
    this.#drain();
    this.#roleChanges(nowMs);
    this.#reads.run(this.#applier.appliedIndex);
    this.#proposals.expire(nowMs);
    this.#automaticSnapshots.run(nowMs, this.appliedIndex, this.counters.logWriteBytes);
    this.#logWriter.turnEnded();
    this.#armTimer();
    this.#ports.observer.turnEnded();
    this.#isInTurn = false;
  }

  #proposeTick(nowMs: number): void {
    const leads = this.#ports.core.role() === 'leader';
    if (!this.#ticker.isDue(nowMs, { leads, appliedIndex: this.appliedIndex })) return;
    const index = this.#proposer.proposeTick();
    if (index !== null) this.#ticker.proposed(index);
  }

  #drain(): void {
    const core = this.#ports.core;
    while (core.hasReady()) {
      const ready = core.ready();
      this.#send(ready.messages);
      this.#proposer.seeTimes(ready.append);
      if (ready.install !== null) this.#applier.holdForRestore();
      this.#applier.commit(ready.commitIndex);
      this.#reads.released(ready);
      for (const fetch of ready.fetches) this.#logWriter.fetch(fetch);
      for (const read of ready.snapshotReads) this.snapshotter.read(read);
      for (const chunk of ready.snapshotWrites) this.snapshotter.write(chunk);
      this.#logWriter.take(ready);
    }
  }

  #send(messages: readonly Message[]): void {
    this.counters.messagesSent += messages.length;
    for (const message of messages) this.#ports.transport.send(message);
  }

  #roleChanges(nowMs: number): void {
    const core = this.#ports.core;
    const leads = core.role() === 'leader';
    if (this.#wasLeader && !leads) {
      this.#proposals.leadershipLost(this.#ledTerm, nowMs + this.#config.electionTimeoutMaxMs);
      this.#reads.leadershipLost();
    }
    if (leads && !this.#wasLeader) this.counters.elections += 1;
    this.#wasLeader = leads;
    if (leads) this.#ledTerm = core.term();
    this.#links.follow();
    if (!this.#loaded && !this.#applier.restoring) {
      this.#loaded = this.#applier.appliedIndex >= this.#loadedIndex;
    }
  }

  #armTimer(): void {
    const deadlines = [this.#ports.core.nextDeadlineMs()];
    if (this.#proposals.deadlineMs !== null) deadlines.push(this.#proposals.deadlineMs);
    if (this.#ticker.deadlineMs !== null) deadlines.push(this.#ticker.deadlineMs);
    this.#ports.clock.setTimer(Math.min(...deadlines), () => {
      this.#wake();
    });
  }

  #fail(error: Error | StorageError): void {
    if (this.#stopped !== null) return;
    this.#stop({ kind: 'storage-failed', message: error.message });
    this.#ports.observer.storageFailed(error as StorageError);
  }

  #stop(failure: StopFailure): void {
    if (this.#stopped !== null) return;
    this.#stopped = failure;
    this.#ports.clock.clearTimer();
    this.#logWriter.stop();
    this.snapshotter.close();
    this.#inputs.stop(failure);
    this.#proposer.failAll(failure);
    this.#proposals.abandon(failure.kind);
    this.#reads.failAll(failure);
  }
}
