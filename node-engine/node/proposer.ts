import type { Proposed } from '../raft/core.ts';
import type { Refusal } from '../raft/errors.ts';
import { RUN_COMMANDS, RUN_RESTORE, RUN_TICK, lastIndexOf } from '../raft/types.ts';
import type { LogIndex, Run } from '../raft/types.ts';
import type { DriverPorts, Session, WriteFailure, WriteWaiter } from './driver-ports.ts';
import type { Proposals } from './proposals.ts';
import { WriteBatch } from './write-batch.ts';

/** A run larger than this is closed and the next one begun. */
const RUN_BYTES_MAX = 1024 * 1024;
/** So much is worth a run of its own while more is being read. */
const SLICE_COMMANDS = 256;
const SLICE_BYTES = 128 * 1024;
const NO_BYTES = new Uint8Array(0);

/**
 * Gathers the writes of a turn and proposes them as few runs, each with a time that is later than
 * every entry this log has seen.
 */
export class Proposer {
  readonly #ports: DriverPorts;
  readonly #proposals: Proposals;
  /** Time of the newest applied entry, nanoseconds. */
  readonly #appliedTimeNs: () => bigint;
  #batch = new WriteBatch();
  #sealed: WriteBatch[] = [];
  #lastTimeNs = 0n;

  constructor(ports: DriverPorts, proposals: Proposals, appliedTimeNs: () => bigint) {
    this.#ports = ports;
    this.#proposals = proposals;
    this.#appliedTimeNs = appliedTimeNs;
  }

  /** Whether enough was gathered to be proposed before everything that arrives has been read. */
  get hasSlice(): boolean {
    const { sliceCommands = SLICE_COMMANDS } = this.#ports;
    return this.#batch.count >= sliceCommands || this.#batch.sizeBytes >= SLICE_BYTES;
  }

  /** Copies `count` commands into the run that is being gathered; returns the copy. */
  add(raw: Uint8Array, count: number, waiter: WriteWaiter, session: Session | null): Uint8Array {
    if (this.#batch.count > 0 && this.#batch.sizeBytes + raw.length > RUN_BYTES_MAX) {
      this.#sealed.push(this.#batch);
      this.#batch = new WriteBatch();
    }
    if (session !== null) session.unproposed += count;
    return this.#batch.add(raw, count, waiter, session);
  }

  /** Entries that came from elsewhere: later proposals must be younger. */
  seeTimes(runs: readonly Run[]): void {
    for (const run of runs) {
      const timeNs = run.timeNs + BigInt(lastIndexOf(run) - run.originalFirstIndex);
      if (timeNs > this.#lastTimeNs) this.#lastTimeNs = timeNs;
    }
  }

  /** Proposes all that was gathered. */
  propose(nowMs: number): void {
    if (this.#batch.count > 0) this.#sealed.push(this.#batch);
    const batches = this.#sealed;
    if (batches.length === 0) return;
    this.#sealed = [];
    for (const batch of batches) this.#proposeBatch(batch, nowMs);
    // One slab serves many turns; after a burst the newest one is kept.
    this.#batch = batches.at(-1) ?? this.#batch;
  }

  /** Proposes a tick of the machine's clock; its index, or null when the core refuses it now. */
  proposeTick(): LogIndex | null {
    const timeNs = this.#nextTimeNs(1);
    const seed = this.#ports.seed();
    const tick = { count: 1, timeNs, seed, flags: RUN_TICK, bytes: NO_BYTES };
    const proposed = this.#ports.core.propose(tick);
    return proposed.ok ? proposed.firstIndex : null;
  }

  /**
   * Proposes an entry of a restore, whose `bytes` must not change any more. It and all that follow it
   * are younger than `afterNs`: no entry may be older than a state before it.
   */
  proposeRestore(bytes: Uint8Array, afterNs: bigint): Proposed | Refusal {
    if (afterNs > this.#lastTimeNs) this.#lastTimeNs = afterNs;
    const timeNs = this.#nextTimeNs(1);
    const seed = this.#ports.seed();
    return this.#ports.core.propose({ count: 1, timeNs, seed, flags: RUN_RESTORE, bytes });
  }

  /** Fails what was gathered and never proposed: nothing of it happened. */
  failAll(failure: WriteFailure): void {
    for (const batch of [...this.#sealed, this.#batch]) {
      for (const waiter of batch.seal().waiters) waiter?.failed(failure);
    }
    this.#sealed = [];
  }

  #proposeBatch(batch: WriteBatch, nowMs: number): void {
    const { bytes, count, waiters, sessions } = batch.seal();
    const timeNs = this.#nextTimeNs(count);
    const seed = this.#ports.seed();
    const proposed = this.#ports.core.propose({ count, timeNs, seed, flags: RUN_COMMANDS, bytes });
    for (const part of sessions) part.session.unproposed -= part.count;
    if (!proposed.ok) {
      const { reason, leaderId } = proposed;
      for (const waiter of waiters) waiter?.failed({ kind: 'refused', reason, leaderId });
      return;
    }
    const { firstIndex, term } = proposed;
    for (const { session, last } of sessions) {
      session.lastWriteIndex = firstIndex + last;
      session.lastWriteTerm = term;
    }
    this.#proposals.add({ firstIndex, term, proposedAtMs: nowMs, waiters });
  }

  /** The time of the next run's first entry. */
  #nextTimeNs(count: number): bigint {
    const wall = this.#ports.clock.wallNs();
    const applied = this.#appliedTimeNs();
    const seen = applied > this.#lastTimeNs ? applied : this.#lastTimeNs;
    const timeNs = wall > seen ? wall : seen + 1n;
    this.#lastTimeNs = timeNs + BigInt(count - 1);
    return timeNs;
  }
}
