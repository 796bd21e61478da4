import { decodeMembership } from '../raft/membership-codec.ts';
import { isMembershipRun } from '../raft/types.ts';
import type { HardState, LogIndex, Membership, Run, SnapshotMeta, Term } from '../raft/types.ts';
import type { MetaSlot, RecordOperation } from './log-medium.ts';
import type { Durability, LogWrite } from './log-store.ts';
import { encodeMeta, META_TAIL_BYTES_MAX, tailSizeBytes, type Meta } from './meta.ts';
import { CHAIN_START, chainOf, encodeRecord, recordBytes } from './record.ts';
import type { RecordIndex } from './record-index.ts';
import { RecordMemory } from './record-memory.ts';

/**
 * Operations of a medium that may overlap; all of them end before the next stage begins. A crash may
 * leave any part of one stage done, and nothing of a later one.
 */
export interface Stage {
  readonly batch: {
    readonly operations: readonly RecordOperation[];
    readonly isSynced: boolean;
  } | null;
  readonly meta: {
    readonly slot: MetaSlot;
    readonly page: Uint8Array;
    readonly isSynced: boolean;
  } | null;
  readonly isSync: boolean;
}

/** Keys of removed records deleted beside one write; the rest follows with later ones. */
const STALE_DELETES_MAX = 1024;
/** Without synced marks, a page is written after this many entries to keep the commit hint young. */
const HINT_ENTRIES_MAX = 4096;

/** A place in a log, as elections compare them. */
interface LogPosition {
  readonly index: LogIndex;
  readonly term: Term;
}

/** Whether a log that ends at `position` holds all that one ending at `other` held (§5.4.1). */
export function isUpToDate(position: LogPosition, other: LogPosition): boolean {
  return (
    position.term > other.term || (position.term === other.term && position.index >= other.index)
  );
}

/** What a store step starts from: a meta that stands durably in both slots. */
export interface StepStart {
  readonly meta: Meta;
  /** The slot that was written last. */
  readonly slot: MetaSlot;
  readonly records: RecordIndex;
  /** Keys of records that are no part of the log any more and may be deleted at any time. */
  readonly staleKeys: readonly LogIndex[];
  readonly durability: Durability;
}

/**
 * The store step: turns each write into stages of medium operations, and keeps what the store knows
 * of itself. Synchronous and without effects; every store runs it, on a disk or in a simulation.
 *
 * What makes a crash at any point harmless, and damage visible:
 *
 * - A page that changes term, vote, base, identity, or lowers the mark stands in both slots before
 *   any record changes: neither file alone, when damaged, can take a vote back.
 * - The mark rises only to what is durable: after the batch, or beside it when the page itself
 *   carries the records (`Meta.tail`). So a log shorter than the mark is damage, never a crash.
 * - Records are deleted only when both slots no longer count on them.
 */
export class StoreStep {
  readonly #records: RecordIndex;
  readonly #durability: Durability;
  readonly #memory = new RecordMemory();
  #meta: Meta;
  /** The slot that holds the newest synced page; the next page goes into the other. */
  #syncedSlot: MetaSlot;
  #staleKeys: LogIndex[];
  /** `lastIndex` when the last page was written. */
  #pageIndex: LogIndex;
  #cutCount = 0;

  constructor(start: StepStart) {
    this.#meta = start.meta;
    this.#syncedSlot = start.slot;
    this.#records = start.records;
    this.#staleKeys = [...start.staleKeys];
    this.#durability = start.durability;
    this.#pageIndex = start.records.lastIndex;
  }

  /** As of the last planned write. */
  get meta(): Meta {
    return this.#meta;
  }

  /** As of the last planned write; not to be changed. */
  get records(): RecordIndex {
    return this.#records;
  }

  get hasStaleKeys(): boolean {
    return this.#staleKeys.length > 0;
  }

  /** Grows whenever records are replaced: what is read meanwhile may be of either kind. */
  get cutCount(): number {
    return this.#cutCount;
  }

  /** True when something was reported that is not synced yet. */
  get isBehind(): boolean {
    return this.#durability !== 'high' && this.#meta.mark.index !== this.#records.lastIndex;
  }

  /**
   * The stages of one write. Empty when only the commit hint changed: it waits for a page. Their
   * records are valid until the next write is planned.
   */
  planWrite(write: LogWrite): Stage[] {
    let isUrgent = this.#takeHardState(write.hardState);
    const operations: RecordOperation[] = [];
    if (write.install !== null) {
      this.#install(write.install, operations);
      isUrgent = true;
    }
    if (write.truncateFrom !== null) {
      if (this.#truncate(write.truncateFrom, operations)) isUrgent = true;
    }
    if (write.trimThrough !== null && this.#trim(write.trimThrough)) isUrgent = true;
    const stages = isUrgent ? [this.#page([], true), this.#page([], true)] : [];
    for (const firstIndex of this.#staleKeys.splice(0, STALE_DELETES_MAX)) {
      operations.push({ type: 'delete', firstIndex });
    }
    const values = this.#append(write.append, operations);
    const isTruncated = write.truncateFrom !== null && values.length === 0;
    stages.push(...this.#planRecords(operations, values, isTruncated));
    return stages;
  }

  /** Makes everything reported so far durable, and the mark with it. */
  planSync(): Stage[] {
    this.#meta = { ...this.#meta, mark: this.#records.last };
    return [{ batch: null, meta: null, isSync: true }, this.#page([], true)];
  }

  /** Before closing: both slots tell the same, so that either may be lost afterwards. */
  planClose(): Stage[] {
    const sync = this.isBehind ? this.planSync() : [];
    return [...sync, this.#page([], true), this.#page([], true)];
  }

  /** Deletes some keys of removed records. */
  planCleanup(): Stage[] {
    const operations = this.#staleKeys
      .splice(0, STALE_DELETES_MAX)
      .map((firstIndex): RecordOperation => ({ type: 'delete', firstIndex }));
    return operations.length === 0 ? [] : [records(operations, false)];
  }

  /** A joining node has learnt its cluster's id. */
  planAdopt(clusterId: string): Stage[] {
    this.#meta = { ...this.#meta, clusterId };
    return [this.#page([], true), this.#page([], true)];
  }

  /** Whether term or vote changed; the commit hint alone is not worth a page. */
  #takeHardState(hardState: HardState | null): boolean {
    if (hardState === null) return false;
    const { term, votedFor, commitIndex } = hardState;
    const isChanged = term !== this.#meta.term || votedFor !== this.#meta.votedFor;
    if (term < this.#meta.term)
      throw new Error(`term must not fall from ${this.#meta.term} to ${term}`);
    this.#meta = { ...this.#meta, term, votedFor, commitIndex };
    return isChanged;
  }

  #install(snapshot: SnapshotMeta, operations: RecordOperation[]): void {
    const { lastIncludedIndex: index, lastIncludedTerm: term } = snapshot;
    const { firstIndex, lastIndex } = this.#records;
    this.#cutCount += 1;
    // Keys above the snapshot are about to be used again, so they cannot wait to be deleted.
    this.#staleKeys.push(...this.#records.firstsBetween(firstIndex, index));
    for (const first of this.#records.firstsBetween(index + 1, lastIndex).reverse()) {
      operations.push({ type: 'delete', firstIndex: first });
    }
    const base = { index, term, chain: CHAIN_START };
    this.#records.reset(base);
    this.#meta = { ...this.#meta, base, mark: base };
    this.#countVoters(snapshot.membership);
  }

  /** Whether the mark was lowered. The deletes go into the batch of the new records. */
  #truncate(index: LogIndex, operations: RecordOperation[]): boolean {
    const firsts = this.#records.firstsBetween(index, this.#records.lastIndex);
    const last = this.#records.truncateFrom(index);
    if (last === null)
      throw new Error(`the log cannot be truncated from ${index}: no record starts there`);
    for (const firstIndex of firsts.reverse()) operations.push({ type: 'delete', firstIndex });
    this.#cutCount += 1;
    if (this.#meta.mark.index <= last.index) return false;
    this.#meta = { ...this.#meta, mark: last };
    return true;
  }

  /** Whether anything was trimmed. */
  #trim(index: LogIndex): boolean {
    const firsts = this.#records.firstsBetween(this.#records.firstIndex, index);
    const base = this.#records.trimThrough(index);
    if (base.index === this.#meta.base.index) return false;
    for (const first of firsts) if (first <= base.index) this.#staleKeys.push(first);
    // Without synced marks the mark may be older than the snapshot that allows this trim.
    const mark = this.#meta.mark.index < base.index ? base : this.#meta.mark;
    this.#meta = { ...this.#meta, base, mark };
    return true;
  }

  #countVoters(membership: Membership | null): void {
    const voterCount = membership?.members.filter(({ voter }) => voter).length ?? 0;
    this.#meta = { ...this.#meta, voterCount };
  }

  #append(runs: readonly Run[], operations: RecordOperation[]): Uint8Array[] {
    const values: Uint8Array[] = [];
    this.#memory.begin(runs);
    let { chain } = this.#records.last;
    for (const run of runs) {
      if (run.firstIndex !== this.#records.lastIndex + 1) {
        throw new Error(
          `run at ${run.firstIndex} does not follow entry ${this.#records.lastIndex}`,
        );
      }
      if (isMembershipRun(run)) this.#countVoters(decodeMembership(run.bytes));
      const value = encodeRecord(run, chain, this.#memory.take(recordBytes(run)));
      chain = chainOf(value);
      this.#records.push({ count: run.count, term: run.term, value });
      operations.push({ type: 'put', firstIndex: run.firstIndex, value });
      values.push(value);
    }
    return values;
  }

  #planRecords(
    operations: readonly RecordOperation[],
    values: readonly Uint8Array[],
    isTruncated: boolean,
  ): Stage[] {
    const isHigh = this.#durability === 'high';
    if (operations.length === 0) return [];
    if (values.length === 0) return [records(operations, isHigh && isTruncated)];
    if (!isHigh) {
      const isHintOld = this.#records.lastIndex - this.#pageIndex >= HINT_ENTRIES_MAX;
      return isHintOld
        ? [records(operations, false), this.#page([], false)]
        : [records(operations, false)];
    }
    this.#meta = { ...this.#meta, mark: this.#records.last };
    if (tailSizeBytes(values) <= META_TAIL_BYTES_MAX) {
      return [{ ...records(operations, true), meta: this.#page(values, true).meta }];
    }
    return [records(operations, true), this.#page([], true)];
  }

  #page(tail: readonly Uint8Array[], isSynced: boolean): Stage {
    const repairUntil = this.#repairUntil();
    this.#meta = { ...this.#meta, generation: this.#meta.generation + 1, repairUntil };
    this.#pageIndex = this.#records.lastIndex;
    const slot = this.#syncedSlot === 'a' ? 'b' : 'a';
    if (isSynced) this.#syncedSlot = slot;
    return {
      batch: null,
      meta: { slot, page: encodeMeta({ ...this.#meta, tail }), isSynced },
      isSync: false,
    };
  }

  /** A repair ends when what was lost is here again, as durable as this store makes anything. */
  #repairUntil(): Meta['repairUntil'] {
    const { repairUntil, mark } = this.#meta;
    const reached = this.#durability === 'low' ? this.#records.last : mark;
    return repairUntil !== null && isUpToDate(reached, repairUntil) ? null : repairUntil;
  }
}

function records(operations: readonly RecordOperation[], isSynced: boolean): Stage {
  return { batch: { operations, isSynced }, meta: null, isSync: false };
}
