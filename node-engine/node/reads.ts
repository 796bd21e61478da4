import type { RaftCore } from '../raft/core.ts';
import type { RefusalReason } from '../raft/errors.ts';
import type { Ready } from '../raft/ready.ts';
import type { LogIndex, NodeId } from '../raft/types.ts';
import type {
  DriverClock,
  MaxAge,
  ReadFailure,
  ReadLevel,
  ReadWaiter,
  Session,
  WriteFailure,
} from './driver-ports.ts';
import { StateAge } from './state-age.ts';
import type { Moment } from './state-age.ts';

interface WaitingRead {
  readonly waiter: ReadWaiter;
  readonly level: ReadLevel;
  readonly session: Session;
  readonly arrivedAtMs: number;
}

/** Reads that were confirmed together by one round of heartbeats. */
interface ReadBatch {
  readonly readId: number;
  readonly askedAt: Moment;
  /** Null until a quorum has confirmed leadership (dissertation §6.4). */
  readIndex: LogIndex | null;
  readonly reads: readonly WaitingRead[];
  /** The newest write of each read's connection: the read must see it. */
  readonly afterIndices: readonly LogIndex[];
}

/**
 * Reads between their arrival and the moment when the machine may be asked.
 *
 * `high` waits for a read index: linearizable. `medium` needs this node to lead and its machine to
 * hold what was committed at arrival: stale only around a change of leader. `low` runs anywhere.
 * `follower` is `high` on any node: the core asks the leader. A read with a greatest age runs at once
 * where the state is young enough, and else is one of those. Each also waits for its own
 * connection's writes.
 *
 * What is asked for is lost with the leader that was asked: nothing of it is carried over to the
 * next one, or to the next life of this node.
 */
export class Reads {
  readonly #core: RaftCore;
  readonly #age: StateAge;
  readonly #wake: () => void;
  #arrived: WaitingRead[] = [];
  #batches: ReadBatch[] = [];
  #afterApply: { readonly index: LogIndex; readonly read: WaitingRead }[] = [];
  /** The state is to be proved current although no read waits for it. */
  #refreshDue = false;
  /** Who led when this turn's reads were registered, as far as this node knew. */
  #leaderId: NodeId | null = null;

  /** @param wake asks for a turn */
  constructor(core: RaftCore, clock: DriverClock, wake: () => void) {
    this.#core = core;
    this.#age = new StateAge(clock);
    this.#wake = wake;
  }

  /** Milliseconds since the state here was last known to be current; null when that is not known. */
  ageMs(): number | null {
    return this.#age.ageMs();
  }

  /** True while any read waits. */
  get waiting(): boolean {
    return this.#arrived.length + this.#batches.length + this.#afterApply.length > 0;
  }

  /** Takes a read in; it is looked at in `register`, after the turn's writes were proposed. */
  add(waiter: ReadWaiter, level: ReadLevel, session: Session, nowMs: number): void {
    this.#arrived.push({ waiter, level, session, arrivedAtMs: nowMs });
  }

  /**
   * Whether the state here is young enough for a read. From half the greatest age on it is proved
   * anew meanwhile, so that reads that follow each other never have to wait for that.
   */
  isYoungEnough({ maxAgeMs }: MaxAge): boolean {
    const ageMs = this.#age.ageMs();
    const isYoung = ageMs !== null && ageMs < maxAgeMs;
    const isAsking = this.#refreshDue || this.#batches.length > 0;
    if (isYoung && ageMs > maxAgeMs / 2 && !isAsking) {
      this.#refreshDue = true;
      this.#wake();
    }
    return isYoung;
  }

  /**
   * Registers what arrived: one read index for all of the turn. Reads that the core cannot take yet
   * (a new leader has nothing committed of its term) stay until `deadlineMs` after their arrival.
   */
  register(nowMs: number, deadlineMs: number): void {
    if (this.#arrived.length === 0 && !this.#refreshDue) return;
    const linearizable: WaitingRead[] = [];
    const leads = this.#core.role() === 'leader';
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const read of arrived) {
      const { level } = read;
      if (level === 'low' || (typeof level === 'object' && this.isYoungEnough(level))) {
        this.#afterApply.push({ index: leads ? this.#ownWrite(read) : 0, read });
      } else if (typeof level === 'object' || level === 'follower') {
        linearizable.push(read);
      } else if (!leads) {
        read.waiter.failed(this.#notLeader());
      } else if (level === 'medium' && this.#core.leadsWithCommit()) {
        const index = Math.max(this.#core.commitIndex(), this.#ownWrite(read));
        this.#afterApply.push({ index, read });
      } else {
        linearizable.push(read);
      }
    }
    const isDue = linearizable.length > 0 || this.#refreshDue;
    this.#refreshDue = false;
    if (isDue) this.#registerLinearizable(linearizable, nowMs, deadlineMs);
  }

  /** Takes in what a Ready says about reads. */
  released(ready: Ready): void {
    for (const released of ready.reads) {
      const batch = this.#batches.find((one) => one.readId === released.readId);
      if (batch !== undefined) batch.readIndex = released.readIndex;
    }
    for (const readId of ready.failedReads) {
      const at = this.#batches.findIndex((one) => one.readId === readId);
      const batch = this.#batches[at];
      if (batch === undefined) continue;
      this.#batches.splice(at, 1);
      for (const read of batch.reads) this.#lost(read);
    }
  }

  /** Runs every read whose moment has come. */
  run(appliedIndex: LogIndex): void {
    if (this.#afterApply.length > 0) this.#runLocal(appliedIndex);
    while (this.#batches.length > 0) {
      const batch = this.#batches[0];
      if (batch === undefined || batch.readIndex === null) return;
      if (batch.readIndex > appliedIndex) return;
      this.#batches.shift();
      this.#age.proved(batch.askedAt);
      batch.reads.forEach((read, at) => {
        const index = batch.afterIndices[at] ?? 0;
        if (index <= appliedIndex) read.waiter.ready();
        else this.#afterApply.push({ index, read });
      });
    }
  }

  /** This node no longer leads: what needs a leader fails, the rest runs on what is applied. */
  leadershipLost(): void {
    const local = this.#afterApply;
    this.#afterApply = [];
    for (const { read } of local) {
      const { level } = read;
      const isLocal = level === 'low' || typeof level === 'object';
      if (isLocal) this.#afterApply.push({ index: 0, read });
      else this.#lost(read);
    }
    this.#loseBatches();
  }

  /**
   * To be told who leads, before reads are registered with that one. Read indices that a former leader
   * has given are as good as before, but it brings no entries up to them: who waited for that might
   * wait for ever.
   */
  follow(leaderId: NodeId | null): void {
    const isLost = this.#leaderId !== null && this.#leaderId !== leaderId;
    this.#leaderId = leaderId;
    if (isLost) this.#loseBatches();
  }

  /** Fails everything, for a node that stops. */
  failAll(failure: WriteFailure): void {
    const all = [
      ...this.#arrived,
      ...this.#batches.flatMap((batch) => batch.reads),
      ...this.#afterApply.map((entry) => entry.read),
    ];
    this.#arrived = [];
    this.#batches = [];
    this.#afterApply = [];
    for (const read of all) read.waiter.failed(failure);
  }

  #loseBatches(): void {
    const batches = this.#batches;
    this.#batches = [];
    for (const read of batches.flatMap((batch) => batch.reads)) this.#lost(read);
  }

  #registerLinearizable(reads: WaitingRead[], nowMs: number, deadlineMs: number): void {
    const askedAt = this.#age.asking();
    const registered = this.#core.readIndex();
    if (registered.ok) {
      const afterIndices = reads.map((read) => this.#ownWrite(read));
      const { readId } = registered;
      this.#batches.push({ readId, askedAt, readIndex: null, reads, afterIndices });
      return;
    }
    for (const read of reads) {
      const inTime = nowMs - read.arrivedAtMs < deadlineMs;
      if (registered.reason === 'term-not-committed' && inTime) this.#arrived.push(read);
      else read.waiter.failed(this.#refused(read, registered.reason));
    }
  }

  #runLocal(appliedIndex: LogIndex): void {
    const waiting = this.#afterApply;
    this.#afterApply = [];
    for (const entry of waiting) {
      if (entry.index <= appliedIndex) entry.read.waiter.ready();
      else this.#afterApply.push(entry);
    }
  }

  /** Index of the newest write of the read's connection that this leader proposed. */
  #ownWrite(read: WaitingRead): LogIndex {
    return read.session.lastWriteTerm === this.#core.term() ? read.session.lastWriteIndex : 0;
  }

  /** Whoever could have confirmed this read is gone. */
  #lost(read: WaitingRead): void {
    const { level, waiter } = read;
    if (typeof level === 'object') waiter.failed(this.#tooOld(level));
    else waiter.failed(level === 'follower' ? { kind: 'not-confirmed' } : this.#notLeader());
  }

  #refused({ level }: WaitingRead, reason: RefusalReason): ReadFailure {
    if (typeof level === 'object' && reason === 'not-leader') return this.#tooOld(level);
    return { kind: 'refused', reason, leaderId: this.#core.leaderId() };
  }

  #tooOld({ maxAgeMs }: MaxAge): ReadFailure {
    return { kind: 'too-old', ageMs: this.#age.ageMs(), maxAgeMs };
  }

  #notLeader(): WriteFailure {
    return { kind: 'refused', reason: 'not-leader', leaderId: this.#core.leaderId() };
  }
}
