import type { LogIndex, Run } from '../raft/types.ts';
import { cutRun, type OffsetOfCommand } from './cut-run.ts';
import type { LogMedium, StoredRecord } from './log-medium.ts';
import { StorageError } from './log-store.ts';
import type { Backend, Done, Durability, LogStore, LogWrite } from './log-store.ts';
import { areEqual, chainOf, decodeRecord } from './record.ts';
import type { Stage, StoreStep } from './store-step.ts';

/** At durability medium, what was reported is synced within this time. */
const SYNC_INTERVAL_MS = 1000;

/**
 * Runs `task` once after `ms`, with 0 as soon as the caller has returned; the returned function
 * cancels it.
 */
export type Schedule = (ms: number, task: () => void) => () => void;

/** Everything a step store is made of. */
export interface StepStoreOptions {
  readonly backend: Backend;
  readonly medium: LogMedium;
  readonly step: StoreStep;
  readonly durability: Durability;
  readonly offsetOfCommand: OffsetOfCommand;
  readonly schedule: Schedule;
}

interface Task {
  /** Called when it is this task's turn: what it does depends on the tasks before it. */
  readonly plan: () => readonly Stage[];
  readonly done: Done;
  /** It may still run when an earlier task has failed. */
  readonly isClose?: boolean;
}

/**
 * A log store: the store step over a medium. Tasks run one after another, a task's stages too; the
 * operations of one stage overlap. The first failure ends the store: what became of the failed write
 * is not known, and a later one could stand behind a hole.
 */
export class StepStore implements LogStore {
  readonly backend: Backend;
  readonly #medium: LogMedium;
  readonly #step: StoreStep;
  readonly #offsetOfCommand: OffsetOfCommand;
  readonly #durability: Durability;
  readonly #schedule: Schedule;
  readonly #tasks: Task[] = [];
  #isBusy = false;
  #isWriting = false;
  #isClosing = false;
  #failure: StorageError | null = null;
  #onFailure: ((error: StorageError) => void) | null = null;
  #cancelSync: (() => void) | null = null;

  constructor(options: StepStoreOptions) {
    this.backend = options.backend;
    this.#medium = options.medium;
    this.#step = options.step;
    this.#durability = options.durability;
    this.#offsetOfCommand = options.offsetOfCommand;
    this.#schedule = options.schedule;
  }

  write(write: LogWrite, done: Done): void {
    if (this.#isWriting) throw new Error('the log store takes one write at a time');
    this.#isWriting = true;
    const plan = (): readonly Stage[] => this.#step.planWrite(write);
    this.#enqueue(plan, (error) => {
      this.#isWriting = false;
      if (error === null) this.#scheduleSync();
      done(error);
    });
  }

  read(
    range: { readonly fromIndex: LogIndex; readonly toIndex: LogIndex; readonly bytesMax: number },
    done: (error: StorageError | null, runs: readonly Run[]) => void,
  ): void {
    const refusal = this.#refusal();
    const first = this.#step.records.find(range.fromIndex);
    if (refusal !== null || first === null || range.toIndex < range.fromIndex) {
      this.#schedule(0, () => done(refusal, []));
      return;
    }
    const { firstIndex } = first;
    const toIndex = this.#step.records.lastFirstWithin({ ...range, firstIndex });
    const records: StoredRecord[] = [];
    const { cutCount } = this.#step;
    this.#medium.scan(
      { fromIndex: firstIndex, toIndex },
      (record) => {
        records.push(record);
        return true;
      },
      (error) => {
        if (error !== null) done(error, []);
        else this.#handOut(range, { records, isCut: cutCount !== this.#step.cutCount }, done);
      },
    );
  }

  reclaim(done: Done): void {
    const plan = (): readonly Stage[] => this.#step.planCleanup();
    this.#enqueue(plan, (error) => {
      if (error !== null) done(error);
      else if (this.#step.hasStaleKeys) this.reclaim(done);
      else this.#medium.reclaim(this.#step.records.base.index, done);
    });
  }

  isRepairing(): boolean {
    return this.#step.meta.repairUntil !== null;
  }

  adoptCluster(clusterId: string, done: Done): void {
    const plan = (): readonly Stage[] => this.#step.planAdopt(clusterId);
    this.#enqueue(plan, (error) => {
      if (error !== null) done(error);
      else this.#medium.writeIdentity({ clusterId, nodeId: this.#step.meta.nodeId }, done);
    });
  }

  sizeBytes(): number {
    return this.#medium.sizeBytes();
  }

  onFailure(listener: (error: StorageError) => void): void {
    this.#onFailure = listener;
  }

  close(done: Done): void {
    const refusal = this.#isClosing ? closed() : null;
    this.#isClosing = true;
    this.#cancelSync?.();
    if (refusal !== null) {
      this.#schedule(0, () => done(refusal));
      return;
    }
    const task: Task = {
      isClose: true,
      plan: () => (this.#failure === null ? this.#step.planClose() : []),
      done: (failure) => this.#medium.close((error) => done(failure ?? error)),
    };
    this.#tasks.push(task);
    this.#next();
  }

  #handOut(
    range: { readonly fromIndex: LogIndex; readonly toIndex: LogIndex },
    found: { readonly records: readonly StoredRecord[]; readonly isCut: boolean },
    done: (error: StorageError | null, runs: readonly Run[]) => void,
  ): void {
    const runs: Run[] = [];
    let nextIndex = range.fromIndex;
    for (const { firstIndex, value } of found.records) {
      const chain = this.#step.records.chainAt(firstIndex);
      // The log moved on while it was read: what was read no longer belongs together.
      if (chain === null) break;
      const decoded = decodeRecord(value, firstIndex);
      if (!decoded.ok || !areEqual(chainOf(value), chain)) {
        // It was replaced while it was read, which is no damage.
        if (found.isCut) break;
        const fault = decoded.ok ? 'not the record that was written' : decoded.fault;
        done(new StorageError('DAMAGED', `the log is damaged: entry ${firstIndex}: ${fault}`), []);
        return;
      }
      const run = cutRun(decoded.run, range, this.#offsetOfCommand);
      if (run.firstIndex !== nextIndex) break;
      runs.push(run);
      nextIndex = run.firstIndex + run.count;
    }
    done(null, runs);
  }

  #enqueue(plan: () => readonly Stage[], done: Done): void {
    const refusal = this.#refusal();
    if (refusal !== null) {
      this.#schedule(0, () => done(refusal));
      return;
    }
    this.#tasks.push({ plan, done });
    this.#next();
  }

  #next(): void {
    if (this.#isBusy) return;
    const task = this.#tasks.shift();
    if (task === undefined) {
      if (this.#step.hasStaleKeys && this.#refusal() === null) this.#cleanUp();
      return;
    }
    this.#isBusy = true;
    const finish: Done = (error) => {
      this.#isBusy = false;
      task.done(error);
      this.#next();
    };
    const failure = task.isClose === true ? null : this.#failed();
    if (failure !== null) {
      // It was waiting when a write failed, and could stand behind a hole.
      this.#schedule(0, () => finish(failure));
      return;
    }
    const stages = this.#planOf(task);
    if (stages.length === 0) this.#schedule(0, () => finish(null));
    else this.#run(stages, 0, finish);
  }

  /** A write that breaks the log is a bug; what the step knows of itself is not to be trusted then. */
  #planOf(task: Task): readonly Stage[] {
    try {
      return task.plan();
    } catch (error) {
      this.#isBusy = false;
      this.#isWriting = false;
      this.#fail(new StorageError('CLOSED', 'a write was refused as a bug', { cause: error }));
      throw error;
    }
  }

  /** Nobody waits for it, and the next write goes first. */
  #cleanUp(): void {
    this.#enqueue(
      () => this.#step.planCleanup(),
      () => undefined,
    );
  }

  #run(stages: readonly Stage[], position: number, done: Done): void {
    const stage = stages[position];
    if (stage === undefined) {
      done(null);
      return;
    }
    let pending = (stage.batch === null ? 0 : 1) + (stage.meta === null ? 0 : 1);
    if (stage.isSync) pending += 1;
    const finished: Done = (error) => {
      if (error !== null) this.#writeFailed(error);
      pending -= 1;
      if (pending > 0) return;
      if (this.#failure === null) this.#run(stages, position + 1, done);
      else done(this.#failure);
    };
    if (stage.batch !== null) {
      this.#medium.writeBatch(stage.batch.operations, stage.batch.isSynced, finished);
    }
    if (stage.meta !== null) {
      this.#medium.writeMeta(stage.meta.slot, stage.meta.page, stage.meta.isSynced, finished);
    }
    if (stage.isSync) this.#medium.sync(finished);
  }

  #writeFailed(error: StorageError): void {
    const isFirst = this.#failure === null;
    this.#fail(error);
    if (isFirst) this.#onFailure?.(error);
  }

  #fail(error: StorageError): void {
    this.#failure ??= error;
    this.#cancelSync?.();
    this.#cancelSync = null;
  }

  #refusal(): StorageError | null {
    return this.#isClosing ? closed() : this.#failed();
  }

  #failed(): StorageError | null {
    if (this.#failure === null) return null;
    return new StorageError('CLOSED', 'an earlier write of the log failed', {
      cause: this.#failure,
    });
  }

  #scheduleSync(): void {
    if (this.#durability !== 'medium' || this.#cancelSync !== null || !this.#step.isBehind) return;
    this.#cancelSync = this.#schedule(SYNC_INTERVAL_MS, () => {
      this.#cancelSync = null;
      this.#enqueue(
        () => this.#step.planSync(),
        () => undefined,
      );
    });
  }
}

function closed(): StorageError {
  return new StorageError('CLOSED', 'the log is closed');
}
