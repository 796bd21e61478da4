import type { SnapshotRead, SnapshotWrite } from '../raft/ready.ts';
import type { LogIndex, NodeId, SnapshotMeta } from '../raft/types.ts';
import type { MachineSnapshot } from '../machine/machine.ts';
import type { SnapshotReceiver, SnapshotSink } from '../snapshot/snapshot-store.ts';
import type { Applier } from './applier.ts';
import type { RestoreProgress } from './staged-restore.ts';
import type { DriverPorts, StopFailure } from './driver-ports.ts';
import { encodeSnapshotHeader } from './snapshot-header.ts';

/** The id of a snapshot that was only promised; no store has one of this name. */
const PROMISED_ID = 'promised';
/** A follower that was read for within this time is still being sent a snapshot. */
const READING_MS = 2_000;
/** So long nothing is made in place of what cannot be read, after it was tried once. */
const REPLACE_PAUSE_MS = 10_000;

/** How a request for a snapshot ended. */
export type SnapshotOutcome =
  | { readonly ok: true; readonly snapshot: SnapshotMeta }
  | { readonly ok: false; readonly reason: 'in-progress' | 'nothing-new' | 'disabled' | 'closed' }
  | { readonly ok: false; readonly reason: 'failed'; readonly error: Error };

/** How a request ends that comes to a driver that has stopped. */
export function notTaken({ kind, message }: StopFailure): SnapshotOutcome {
  if (kind === 'unavailable') return { ok: false, reason: 'closed' };
  return { ok: false, reason: 'failed', error: new Error(message) };
}

/** Called once with how it ended. */
export type SnapshotDone = (outcome: SnapshotOutcome) => void;

/**
 * Makes snapshots, reads them for followers and stores those the leader sends. Nothing in it touches
 * the log: the core trims only after `snapshotTaken`, which comes after the file is durable.
 */
export class Snapshotter {
  readonly #ports: DriverPorts;
  readonly #applier: Applier;
  /** Runs a task as an input of the driver: inside a turn, with the core ready for it. */
  readonly #input: (task: () => void) => void;
  #making = false;
  #lastIndex: LogIndex;
  #receiver: SnapshotReceiver | null = null;
  #taken = 0;
  /** When bytes were last read for a follower. */
  #readMs = -Infinity;
  /** The snapshot that a follower was not given, as far as it was told. */
  #unreadableId: string | null = null;
  /** When one was last made in place of what cannot be read. */
  #replacedMs = -Infinity;
  /** Whether the machine makes snapshots at all; null when it was not asked yet. */
  #isAble: boolean | null = null;
  #closed = false;

  constructor(ports: DriverPorts, applier: Applier, input: (task: () => void) => void) {
    this.#ports = ports;
    this.#applier = applier;
    this.#input = input;
    this.#lastIndex = ports.core.status().snapshotIndex;
  }

  get inProgress(): boolean {
    return this.#making;
  }

  /**
   * True while one is being made or put in force, or another state is coming through the log: a
   * snapshot would not hold what has come of it, and its rest would find no beginning.
   */
  get busy(): boolean {
    return this.#making || this.#applier.restoring || this.#applier.staged !== null;
  }

  /** The state that is coming through the log to replace the machine's, or null. */
  get staged(): RestoreProgress | null {
    return this.#applier.staged;
  }

  /** Snapshots made by this process. */
  get takenCount(): number {
    return this.#taken;
  }

  /** Index of the newest snapshot here, made or received. */
  get lastIndex(): LogIndex {
    return this.#lastIndex;
  }

  /** A snapshot from the leader is in force. */
  installed(index: LogIndex): void {
    this.#lastIndex = Math.max(this.#lastIndex, index);
  }

  /** Makes one of the state as it is now, while writes go on. */
  take(done: SnapshotDone): void {
    const index = this.#applier.appliedIndex;
    if (this.#closed) return done({ ok: false, reason: 'closed' });
    if (this.busy) return done({ ok: false, reason: 'in-progress' });
    if (index === 0 || index <= this.#lastIndex) return done({ ok: false, reason: 'nothing-new' });
    const term = this.#ports.core.termAt(index);
    const machine = attempt(() => this.#ports.machine.snapshot());
    if (machine instanceof Error) return this.#ended(machine, null, done);
    if (machine === null || term === null) return done({ ok: false, reason: 'disabled' });
    const membership = this.#ports.core.membershipAt(index);
    this.#making = true;
    this.#ports.observer.trace({ type: 'snapshot-started', index, term });
    const sink = this.#ports.snapshots.create({
      lastIncludedIndex: index,
      lastIncludedTerm: term,
      membership: membership.membership,
      membershipIndex: membership.index,
    });
    const ended = (error: Error | null, snapshot: SnapshotMeta | null): void => {
      machine.release();
      // A driver that has stopped runs no inputs any more, but whoever asked is told.
      if (this.#closed) done({ ok: false, reason: 'closed' });
      else this.#input(() => this.#ended(error, snapshot, done));
    };
    const header = encodeSnapshotHeader(this.#ports.machine.name, {
      startNs: this.#applier.startNs,
      timeNs: this.#applier.lastTimeNs,
    });
    sink.write(header, (error) => {
      if (error === null) this.#pump(machine, sink, ended);
      else ended(error, null);
    });
  }

  /**
   * Lets the log go as if there were a snapshot: one is made as soon as a follower asks for it. Only
   * where the state lasts as long as the log would have. The promise ends below the newest entry, so
   * that the snapshot in its place is always a newer one.
   *
   * @param isPatient keep the log while a follower is being sent a snapshot: it needs what comes behind
   * @returns false when the log stays as it is
   */
  promise(isPatient: boolean): boolean {
    const { core, clock, policy } = this.#ports;
    const index = this.#applier.appliedIndex - Math.max(1, policy.trailingEntries);
    const term = index > this.#lastIndex ? core.termAt(index) : null;
    if (this.#closed || this.busy || term === null) return false;
    if (isPatient && clock.monotonicMs() - this.#readMs < READING_MS) return false;
    this.#isAble ??= this.#ask();
    if (!this.#isAble) return false;
    const membership = core.membershipAt(index);
    core.snapshotTaken({
      id: PROMISED_ID,
      lastIncludedIndex: index,
      lastIncludedTerm: term,
      membership: membership.membership,
      membershipIndex: membership.index,
      sizeBytes: 0,
    });
    this.#lastIndex = index;
    core.compact(index);
    return true;
  }

  /** Reads what a follower needs next, and gives it to the core. */
  read(request: SnapshotRead): void {
    const { to, snapshot, offset, bytesMax } = request;
    this.#readMs = this.#ports.clock.monotonicMs();
    // The core asks again, and by then there is a newer one with bytes.
    if (snapshot.id === PROMISED_ID) this.take(() => undefined);
    this.#ports.snapshots.readFile({ id: snapshot.id, offset, bytesMax }, (error, bytes) => {
      this.#input(() => {
        const found = error === null ? bytes : null;
        if (error !== null) this.#readFailed(to, snapshot, error);
        this.#ports.core.snapshotBytesRead(to, snapshot.lastIncludedIndex, offset, found);
      });
    });
  }

  /** Stores a chunk from the leader; the last one makes the snapshot whole and durable. */
  write(chunk: SnapshotWrite): void {
    const index = chunk.snapshot.lastIncludedIndex;
    if (chunk.offset === 0) {
      this.#receiver?.abort();
      this.#receiver = this.#ports.snapshots.receive(chunk.snapshot);
    }
    const receiver = this.#receiver;
    const report = (nextOffset: number, ok: boolean, snapshot: SnapshotMeta | null): void => {
      this.#input(() => {
        const done = snapshot !== null;
        const lastIncludedIndex = index;
        this.#ports.core.snapshotChunkStored({ lastIncludedIndex, nextOffset, done, ok, snapshot });
      });
    };
    if (receiver?.lastIncludedIndex !== index) {
      report(0, false, null);
      return;
    }
    const fail = (error: Error): void => {
      this.#ports.observer.trace({ type: 'snapshot-failed', index, reason: error.message });
      if (this.#receiver === receiver) this.#receiver = null;
      receiver.abort();
      report(0, false, null);
    };
    receiver.write(chunk.offset, chunk.data, (error) => {
      if (error !== null) return fail(error);
      const nextOffset = chunk.offset + chunk.data.length;
      if (!chunk.done) return report(nextOffset, true, null);
      receiver.commit((commitError, snapshot) => {
        if (commitError !== null) return fail(commitError);
        if (this.#receiver === receiver) this.#receiver = null;
        report(nextOffset, true, snapshot);
      });
    });
  }

  close(): void {
    this.#closed = true;
    this.#receiver?.abort();
    this.#receiver = null;
  }

  /**
   * What was damaged or taken away since it was made helps no follower, and the core would ask for it for
   * ever. The state is whole here: a newer snapshot takes its place.
   */
  #readFailed(to: NodeId, snapshot: SnapshotMeta, error: Error): void {
    const { id, lastIncludedIndex: index } = snapshot;
    // One that is not the newest any more was removed: the core goes on to the newer one by itself.
    if (this.#closed || this.busy || id === PROMISED_ID || index !== this.#lastIndex) return;
    const { clock, observer } = this.#ports;
    if (id !== this.#unreadableId) {
      observer.trace({ type: 'snapshot-read-failed', to, index, reason: error.message });
    }
    this.#unreadableId = id;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#replacedMs < REPLACE_PAUSE_MS) return;
    this.take(() => undefined);
    if (this.#making) this.#replacedMs = nowMs;
  }

  /**
   * The log is damaged where a follower needs it. The state is whole here: a snapshot of it takes the
   * place of all that is applied, the damage with it, and the follower gets that. Called inside a turn.
   */
  logDamaged(): void {
    const nowMs = this.#ports.clock.monotonicMs();
    if (this.#closed || this.busy || nowMs - this.#replacedMs < REPLACE_PAUSE_MS) return;
    this.#replacedMs = nowMs;
    this.take((outcome) => {
      if (outcome.ok || outcome.reason === 'nothing-new') this.#ports.core.compact(this.#lastIndex);
    });
  }

  #ask(): boolean {
    const machine = attempt(() => this.#ports.machine.snapshot());
    if (machine instanceof Error) {
      this.#ports.observer.trace({ type: 'snapshot-failed', reason: machine.message });
      return false;
    }
    machine?.release();
    return machine !== null;
  }

  /** Moves one slice of the machine into the file, and goes on when it is written. */
  #pump(
    machine: MachineSnapshot,
    sink: SnapshotSink,
    ended: (error: Error | null, snapshot: SnapshotMeta | null) => void,
  ): void {
    if (this.#closed) {
      sink.abort();
      ended(null, null);
      return;
    }
    const slice = attempt(() => machine.next());
    if (slice instanceof Error) {
      sink.abort();
      ended(slice, null);
      return;
    }
    if (slice === null) {
      sink.commit(ended);
      return;
    }
    sink.write(slice, (error) => {
      if (error !== null) {
        sink.abort();
        ended(error, null);
        return;
      }
      this.#ports.clock.defer(() => {
        this.#pump(machine, sink, ended);
      });
    });
  }

  #ended(error: Error | null, snapshot: SnapshotMeta | null, done: SnapshotDone): void {
    this.#making = false;
    if (error !== null || snapshot === null) {
      const reason = error?.message ?? 'aborted';
      this.#ports.observer.trace({ type: 'snapshot-failed', reason });
      if (error !== null) done({ ok: false, reason: 'failed', error });
      else done({ ok: false, reason: 'closed' });
      return;
    }
    this.#taken += 1;
    const index = snapshot.lastIncludedIndex;
    // The leader's snapshot may have overtaken this one while it was being written.
    if (index > this.#lastIndex) {
      this.#lastIndex = index;
      this.#ports.core.snapshotTaken(snapshot);
      const through = index - this.#ports.policy.trailingEntries;
      if (through > 0) this.#ports.core.compact(through);
    }
    this.#ports.observer.trace({ type: 'snapshot-taken', index, sizeBytes: snapshot.sizeBytes });
    done({ ok: true, snapshot });
  }
}

/** A machine of somebody's own may fail to write its state: that costs the snapshot, not the node. */
function attempt<Result>(make: () => Result): Result | Error {
  try {
    return make();
  } catch (error) {
    return new Error(`the machine failed: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
