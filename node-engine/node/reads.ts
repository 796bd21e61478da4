import type { RaftCore } from '../raft/core.ts';
import type { Ready } from '../raft/ready.ts';
import type { LogIndex } from '../raft/types.ts';
import type { Consistency, ReadWaiter, Session, WriteFailure } from './driver-ports.ts';

interface WaitingRead {
  readonly waiter: ReadWaiter;
  readonly consistency: Consistency;
  readonly session: Session;
  readonly arrivedAtMs: number;
}

/** Reads that were confirmed together by one round of heartbeats. */
interface ReadBatch {
  readonly readId: number;
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
 * Each also waits for its own connection's writes.
 */
export class Reads {
  readonly #core: RaftCore;
  #arrived: WaitingRead[] = [];
  #batches: ReadBatch[] = [];
  #afterApply: { readonly index: LogIndex; readonly read: WaitingRead }[] = [];

  constructor(core: RaftCore) {
    this.#core = core;
  }

  /** True while any read waits. */
  get waiting(): boolean {
    return this.#arrived.length + this.#batches.length + this.#afterApply.length > 0;
  }

  /** Takes a read in; it is looked at in `register`, after the turn's writes were proposed. */
  add(waiter: ReadWaiter, consistency: Consistency, session: Session, nowMs: number): void {
    this.#arrived.push({ waiter, consistency, session, arrivedAtMs: nowMs });
  }

  /**
   * Registers what arrived: one read index for all of the turn. Reads that the core cannot take yet
   * (a new leader has nothing committed of its term) stay until `deadlineMs` after their arrival.
   */
  register(nowMs: number, deadlineMs: number): void {
    if (this.#arrived.length === 0) return;
    const linearizable: WaitingRead[] = [];
    const leads = this.#core.role() === 'leader';
    const arrived = this.#arrived;
    this.#arrived = [];
    for (const read of arrived) {
      if (read.consistency === 'low') {
        this.#afterApply.push({ index: leads ? this.#ownWrite(read) : 0, read });
      } else if (!leads) {
        read.waiter.failed(this.#notLeader());
      } else if (read.consistency === 'medium' && this.#core.leadsWithCommit()) {
        const index = Math.max(this.#core.commitIndex(), this.#ownWrite(read));
        this.#afterApply.push({ index, read });
      } else {
        linearizable.push(read);
      }
    }
    if (linearizable.length > 0) this.#registerLinearizable(linearizable, nowMs, deadlineMs);
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
      for (const read of batch.reads) read.waiter.failed(this.#notLeader());
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
      if (read.consistency === 'low') this.#afterApply.push({ index: 0, read });
      else read.waiter.failed(this.#notLeader());
    }
    const batches = this.#batches;
    this.#batches = [];
    for (const read of batches.flatMap((batch) => batch.reads)) {
      read.waiter.failed(this.#notLeader());
    }
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

  #registerLinearizable(reads: WaitingRead[], nowMs: number, deadlineMs: number): void {
    const registered = this.#core.readIndex();
    if (registered.ok) {
      const afterIndices = reads.map((read) => this.#ownWrite(read));
      this.#batches.push({ readId: registered.readId, readIndex: null, reads, afterIndices });
      return;
    }
    for (const read of reads) {
      const inTime = nowMs - read.arrivedAtMs < deadlineMs;
      if (registered.reason === 'term-not-committed' && inTime) this.#arrived.push(read);
      else {
        const { reason, leaderId } = registered;
        read.waiter.failed({ kind: 'refused', reason, leaderId });
      }
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

  #notLeader(): WriteFailure {
    const leaderId = this.#core.leaderId();
    return { kind: 'refused', reason: 'not-leader', leaderId };
  }
}
