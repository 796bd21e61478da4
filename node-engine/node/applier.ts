import { EntryContext } from '../machine/context.ts';
import { RUN_COMMANDS, RUN_KIND_MASK, RUN_RESTORE, RUN_TICK, lastIndexOf } from '../raft/types.ts';
import type { LogIndex, Run } from '../raft/types.ts';
import { CommandRunReader } from '../resp/command-run.ts';
import { OK, errorReply } from '../resp/value.ts';
import type { Reply } from '../resp/value.ts';
import type { DriverPorts } from './driver-ports.ts';
import type { LatencySamples } from './latency.ts';
import { answer } from './proposals.ts';
import type { PendingProposal, Proposals } from './proposals.ts';
import { SnapshotHeaderReader } from './snapshot-header.ts';
import { StagedRestore, type RestoreProgress } from './staged-restore.ts';

/** One slice of applying stops after this long, so that heartbeats and clients get their turn. */
const APPLY_SLICE_MS = 5;
const READ_BYTES_MAX = 4 * 1024 * 1024;

/** What the applier tells the driver. */
export interface ApplierEvents {
  /** More can be done, or something that was waited for has come: run a turn. */
  readonly wake: () => void;
  readonly failed: (error: Error) => void;
  /** An entry has replaced the machine's state by another one. */
  readonly replaced: (name: string, index: LogIndex) => void;
}

/**
 * Applies committed entries to the machine, each exactly once and in order, from the core's cache or
 * else from the log store; and replaces the machine's state by a snapshot.
 */
export class Applier {
  readonly #ports: DriverPorts;
  readonly #proposals: Proposals;
  readonly #commitLatency: LatencySamples;
  readonly #events: ApplierEvents;
  readonly #context = new EntryContext();
  readonly #reader = new CommandRunReader();
  readonly #staged: StagedRestore;
  #appliedIndex: LogIndex = 0;
  #targetIndex: LogIndex = 0;
  #lastTimeNs = 0n;
  #startNs = 0n;
  /** A read of the log store is under way. */
  #reading = false;
  /** A snapshot is about to replace the state, or is doing so; nothing is applied meanwhile. */
  #restoring = false;

  constructor(
    ports: DriverPorts,
    proposals: Proposals,
    commitLatency: LatencySamples,
    events: ApplierEvents,
  ) {
    this.#ports = ports;
    this.#proposals = proposals;
    this.#commitLatency = commitLatency;
    this.#events = events;
    this.#staged = new StagedRestore(ports.machine);
  }

  get appliedIndex(): LogIndex {
    return this.#appliedIndex;
  }

  /** Time of the newest applied entry, nanoseconds; no later entry may have an earlier one. */
  get lastTimeNs(): bigint {
    return this.#lastTimeNs;
  }

  /** Time of the cluster's first entry, nanoseconds; 0 before it is applied. */
  get startNs(): bigint {
    return this.#startNs;
  }

  /** True while the machine's state is being replaced by a snapshot. */
  get restoring(): boolean {
    return this.#restoring;
  }

  /** The state that is coming through the log to replace the machine's, or null. */
  get staged(): RestoreProgress | null {
    return this.#staged.progress;
  }

  /** Entries up to `index` are committed and durable here. */
  commit(index: LogIndex): void {
    if (index > this.#targetIndex) this.#targetIndex = index;
  }

  /** A received snapshot is being put in force: what lies below it can no longer be read. */
  holdForRestore(): void {
    this.#restoring = true;
  }

  /** Applies what it can in one slice. */
  run(): void {
    if (this.#restoring || this.#reading) return;
    const startMs = this.#ports.clock.monotonicMs();
    while (this.#appliedIndex < this.#targetIndex) {
      const from = this.#appliedIndex + 1;
      const runs = this.#ports.core.cachedRuns(from, this.#targetIndex);
      if (runs === null) {
        this.#readFromStore(from);
        return;
      }
      for (const run of runs) {
        this.#applyRun(run, startMs);
        if (this.#ports.clock.monotonicMs() - startMs > APPLY_SLICE_MS) {
          this.#events.wake();
          return;
        }
      }
    }
  }

  /** Replaces the machine's state by snapshot `id`, which holds everything up to `index`. */
  restore(id: string, index: LogIndex): void {
    this.#restoring = true;
    this.#staged.drop();
    this.#proposals.snapshotInstalled(index);
    const restore = this.#ports.machine.restore();
    const header = new SnapshotHeaderReader(this.#ports.machine.name, (bytes) => {
      restore.write(bytes);
    });
    let broken: Error | null = null;
    const guard = (step: () => void): void => {
      if (broken !== null) return;
      try {
        step();
      } catch (error) {
        broken = error instanceof Error ? error : new Error(String(error));
      }
    };
    this.#ports.snapshots.readMachine(
      id,
      (bytes) => {
        guard(() => {
          header.write(bytes);
        });
      },
      (error) => {
        guard(() => {
          if (error !== null) throw error;
          header.finish();
          restore.finish();
        });
        if (broken !== null) {
          this.#events.failed(broken);
          return;
        }
        this.#restoring = false;
        this.#appliedIndex = index;
        this.commit(index);
        const { startNs, timeNs } = header.times;
        this.#startNs = startNs;
        if (timeNs > this.#lastTimeNs) this.#lastTimeNs = timeNs;
        this.#ports.core.applied(index);
        this.#events.wake();
      },
    );
  }

  #readFromStore(fromIndex: LogIndex): void {
    this.#reading = true;
    const range = { fromIndex, toIndex: this.#targetIndex, bytesMax: READ_BYTES_MAX };
    this.#ports.store.read(range, (error, runs) => {
      this.#reading = false;
      // A snapshot has overtaken this read: what it found, or did not find, means nothing.
      if (this.#restoring || this.#appliedIndex + 1 !== fromIndex) {
        this.#events.wake();
        return;
      }
      if (error !== null) {
        this.#events.failed(error);
        return;
      }
      const nowMs = this.#ports.clock.monotonicMs();
      for (const run of runs) this.#applyRun(run, nowMs);
      this.#events.wake();
    });
  }

  #applyRun(run: Run, nowMs: number): void {
    const last = lastIndexOf(run);
    const proposal = this.#proposals.match(
      { firstIndex: run.firstIndex, lastIndex: last, term: run.term },
      this.#ports.core.leaderId(),
    );
    if (proposal !== null) this.#commitLatency.add(nowMs - proposal.proposedAtMs);
    const kind = run.flags & RUN_KIND_MASK;
    this.#staged.enterTerm(run.term);
    if (kind === RUN_COMMANDS) {
      this.#applyCommands(run, proposal);
    } else if (kind === RUN_RESTORE) {
      this.#applyRestore(run, proposal);
    } else {
      if (kind === RUN_TICK) this.#applyTick(run);
      answer(proposal, last, OK);
    }
    this.#appliedIndex = last;
    const timeNs = run.timeNs + BigInt(last - run.originalFirstIndex);
    if (timeNs > this.#lastTimeNs) this.#lastTimeNs = timeNs;
    if (this.#startNs === 0n) this.#startNs = run.timeNs;
    this.#ports.core.applied(last);
  }

  #applyTick(run: Run): void {
    this.#context.beginRun(run.timeNs, run.seed);
    try {
      this.#ports.machine.tick?.(this.#context);
    } catch (error) {
      // It failed on every node alike, and nobody waits for an answer.
      const message = error instanceof Error ? error.message : String(error);
      this.#ports.observer.trace({ type: 'tick-failed', index: run.firstIndex, message });
    }
  }

  #applyRestore(run: Run, proposal: PendingProposal | null): void {
    const { reply, replacedBy } = this.#staged.apply(run);
    answer(proposal, run.firstIndex, reply);
    if (replacedBy !== null) this.#events.replaced(replacedBy, run.firstIndex);
  }

  #applyCommands(run: Run, proposal: PendingProposal | null): void {
    const machine = this.#ports.machine;
    const context = this.#context;
    const offset = run.firstIndex - run.originalFirstIndex;
    const batch = this.#reader.read(run.bytes);
    if (batch.count !== run.count) {
      throw new Error(`a run of ${String(run.count)} commands holds ${String(batch.count)}`);
    }
    context.beginRun(run.timeNs, run.seed);
    for (let i = 0; i < batch.count; i += 1) {
      context.moveTo(offset + i);
      let reply: Reply;
      try {
        reply =
          machine.applyAt === undefined
            ? machine.apply(batch.args(i), context)
            : machine.applyAt(batch, i, context);
      } catch (error) {
        reply = machineError(error);
      }
      answer(proposal, run.firstIndex + i, reply);
    }
  }
}

/** What a client is told when the machine threw; the same on every node. */
export function machineError(error: unknown): Reply {
  const text = error instanceof Error ? error.message : String(error);
  return errorReply(`ERR machine error: ${text.split('\n')[0] ?? ''}`);
}
