import { decodeMembership } from '../raft/membership-codec.ts';
import { decodeRunHeader } from '../raft/run-codec.ts';
import { isMembershipRun, lastIndexOf } from '../raft/types.ts';
import type {
  HardState,
  LogIndex,
  LoggedMembership,
  RecoveredState,
  Run,
  SnapshotMeta,
  Term,
  TermSpan,
} from '../raft/types.ts';
import type { RecordOperation, StoredRecord } from './log-medium.ts';
import type { Meta } from './meta.ts';
import { areEqual, CHAIN_BYTES, CHAIN_START, chainOf, decodeRecord, isChained } from './record.ts';
import { RecordIndex } from './record-index.ts';

/** Entries that are not what was once durable, and what is wrong with them. */
export interface LogFault {
  readonly fromIndex: LogIndex;
  readonly toIndex: LogIndex;
  /** A few words, such as "missing" or "bad checksum". */
  readonly fault: string;
}

/** A log that was read to its end. */
export interface RecoveredLog {
  readonly state: RecoveredState;
  /** The records of the log; with faults, those before the first fault. */
  readonly records: RecordIndex;
  /** The meta to go on with; its generation is that of the page it came from. */
  readonly meta: Meta;
  /** What to change in the medium before the store is used; nothing of it was ever promised. */
  readonly repairs: readonly RecordOperation[];
  /** The log starts anew behind the snapshot: the meta must say so before records go. */
  readonly isReset: boolean;
  /** Records behind the mark that a crash had cut short; they were never acknowledged. */
  readonly droppedRecords: number;
  /** Empty, or the log must not be used as it is. */
  readonly faults: readonly LogFault[];
}

/**
 * Reads a log: `add` every record in key order, then `finish`. It holds the log against its meta: up
 * to `meta.mark` every entry must be there, unaltered, in an unbroken chain. What follows the mark was
 * being written when the node stopped; it is kept as far as it is whole.
 *
 * A fault does not end the reading: whoever repairs a log needs to know all that is lost.
 */
export class Recovery {
  readonly #meta: Meta;
  readonly #records: RecordIndex;
  #repairs: RecordOperation[] = [];
  #isReset = false;
  readonly #terms: TermSpan[] = [];
  readonly #memberships: LoggedMembership[] = [];
  #uncommitted: Run[] = [];
  #droppedRecords = 0;
  #isDropping = false;

  /** Records that the page carries, until `#addTail` has taken them. */
  #tail: readonly StoredRecord[];
  readonly #tailInPlace = new Set<LogIndex>();

  #faults: LogFault[] = [];
  readonly #faultyKeys: LogIndex[] = [];
  /** A record that cannot be read: where it ends is known when the next one comes. */
  #unreadable: { readonly fromIndex: LogIndex; readonly fault: string } | null = null;
  /** The entry expected next, and the chain before it: null behind a fault. */
  #nextIndex: LogIndex;
  #chain: Uint8Array | null;
  #lastTerm: Term;

  constructor(meta: Meta) {
    this.#meta = meta;
    this.#records = new RecordIndex(meta.base);
    this.#tail = meta.tail.flatMap((value) => {
      const decoded = decodeRunHeader(value, CHAIN_BYTES);
      return decoded.ok ? [{ firstIndex: decoded.header.firstIndex, value }] : [];
    });
    this.#nextIndex = meta.base.index + 1;
    this.#chain = meta.base.chain;
    this.#lastTerm = meta.base.term;
  }

  /** Takes the next record of the medium; its value is kept. */
  add(record: StoredRecord): void {
    const { firstIndex } = record;
    if (firstIndex <= this.#meta.base.index) {
      this.#delete(firstIndex);
      return;
    }
    if (firstIndex > this.#meta.mark.index) this.#addTail();
    const tailFrom = this.#tail[0]?.firstIndex;
    if (tailFrom === undefined || firstIndex < tailFrom) {
      this.#take(record);
      return;
    }
    // From here to the mark the page is the better witness: it was written as one with the mark.
    const expected = this.#tail.find((candidate) => candidate.firstIndex === firstIndex);
    if (expected === undefined) this.#delete(firstIndex);
    else if (areEqual(expected.value, record.value)) this.#tailInPlace.add(firstIndex);
  }

  /** Ends the reading. `snapshots` are the whole ones, newest first. */
  finish(snapshots: readonly SnapshotMeta[]): RecoveredLog {
    this.#addTail();
    this.#closeUnreadable(Math.max(this.#meta.mark.index, this.#nextIndex));
    if (this.#nextIndex <= this.#meta.mark.index) {
      this.#addFault(this.#nextIndex, this.#meta.mark.index, 'missing at the end of the log');
    }
    const snapshot = snapshots[0] ?? null;
    if (snapshot !== null && this.#isReplacedBy(snapshot)) this.#reset(snapshot);
    const { base } = this.#records;
    if (base.index > 0 && (snapshot === null || snapshot.lastIncludedIndex < base.index)) {
      this.#addFault(1, base.index, 'trimmed, and no whole snapshot covers it');
    }
    const hardState = this.#hardState(snapshot);
    return {
      state: {
        hardState,
        snapshot,
        firstIndex: this.#records.firstIndex,
        lastIndex: this.#records.lastIndex,
        terms: this.#terms,
        memberships: this.#memberships,
        tail: this.#uncommitted.filter((run) => lastIndexOf(run) > hardState.commitIndex),
      },
      records: this.#records,
      meta: { ...this.#meta, ...hardState, mark: this.#records.last, base, tail: [] },
      repairs: this.#repairs,
      isReset: this.#isReset,
      droppedRecords: this.#droppedRecords,
      faults: this.#faults,
    };
  }

  #addTail(): void {
    const tail = this.#tail;
    this.#tail = [];
    for (const record of tail) {
      this.#take(record);
      if (!this.#tailInPlace.has(record.firstIndex)) this.#repairs.push({ type: 'put', ...record });
    }
  }

  #take(record: StoredRecord): void {
    if (this.#isDropping) {
      this.#drop(record.firstIndex);
      return;
    }
    this.#closeUnreadable(record.firstIndex);
    const isPromised = this.#nextIndex <= this.#meta.mark.index;
    if (record.firstIndex > this.#nextIndex) {
      if (!isPromised) {
        this.#drop(record.firstIndex);
        return;
      }
      this.#addFault(this.#nextIndex, record.firstIndex - 1, 'missing');
      this.#skipTo(record.firstIndex);
    }
    const decoded = decodeRecord(record.value, record.firstIndex);
    const fault = decoded.ok ? this.#faultOf(decoded.run, record.value) : decoded.fault;
    if (decoded.ok && fault === null) {
      this.#accept(decoded.run, record.value);
    } else if (isPromised) {
      this.#faultyKeys.push(record.firstIndex);
      this.#unreadable = { fromIndex: record.firstIndex, fault: fault ?? '' };
    } else {
      this.#drop(record.firstIndex);
    }
  }

  /** What is wrong with a record that is whole, at the place where it stands. */
  #faultOf(run: Run, value: Uint8Array): string | null {
    const { mark, term } = this.#meta;
    if (run.firstIndex < this.#nextIndex) return 'overlaps what stands before it';
    if (this.#chain !== null && !isChained(value, this.#chain)) {
      return 'does not follow from what stands before it';
    }
    if (run.term < this.#lastTerm) return `term ${run.term} behind term ${this.#lastTerm}`;
    if (run.term > term) return `term ${run.term}, but the hard state has term ${term}`;
    if (isMembershipRun(run) && decodeMembership(run.bytes) === null) {
      return 'a membership that cannot be read';
    }
    if (run.firstIndex > mark.index || lastIndexOf(run) < mark.index) return null;
    if (lastIndexOf(run) === mark.index && areEqual(chainOf(value), mark.chain)) return null;
    return 'not what was durable there';
  }

  #accept(run: Run, value: Uint8Array): void {
    this.#nextIndex = lastIndexOf(run) + 1;
    this.#chain = chainOf(value);
    if (this.#faults.length > 0) {
      this.#faultyKeys.push(run.firstIndex);
      this.#lastTerm = run.term;
      return;
    }
    this.#records.push({ count: run.count, term: run.term, value });
    if (run.term !== this.#lastTerm || this.#terms.length === 0) {
      this.#terms.push({ firstIndex: run.firstIndex, term: run.term });
    }
    this.#lastTerm = run.term;
    const membership = isMembershipRun(run) ? decodeMembership(run.bytes) : null;
    if (membership !== null) this.#memberships.push({ index: run.firstIndex, membership });
    if (lastIndexOf(run) > this.#meta.commitIndex) this.#uncommitted.push(run);
  }

  /** A record behind the mark that does not follow; nothing behind it can follow either. */
  #drop(firstIndex: LogIndex): void {
    this.#isDropping = true;
    this.#droppedRecords += 1;
    this.#delete(firstIndex);
  }

  #delete(firstIndex: LogIndex): void {
    this.#repairs.push({ type: 'delete', firstIndex });
  }

  #addFault(fromIndex: LogIndex, toIndex: LogIndex, fault: string): void {
    this.#faults.push({ fromIndex, toIndex, fault });
  }

  #closeUnreadable(nextIndex: LogIndex): void {
    if (this.#unreadable === null) return;
    const { fromIndex, fault } = this.#unreadable;
    this.#addFault(fromIndex, Math.max(fromIndex, nextIndex - 1), fault);
    this.#unreadable = null;
    this.#skipTo(Math.max(fromIndex + 1, nextIndex));
  }

  #skipTo(index: LogIndex): void {
    this.#nextIndex = index;
    this.#chain = null;
  }

  /**
   * Whether the log must start anew behind the snapshot: it ends before it (a received snapshot, or
   * unsynced entries lost with the machine), it holds another term there (Raft paper figure 13), or
   * all that is wrong with it is covered by the snapshot.
   */
  #isReplacedBy(snapshot: SnapshotMeta): boolean {
    const { lastIncludedIndex: index, lastIncludedTerm: term } = snapshot;
    if (index < this.#records.base.index) return false;
    if (this.#faults.length > 0) return index >= this.#meta.mark.index;
    return index > this.#records.lastIndex || this.#termAt(index) !== term;
  }

  #termAt(index: LogIndex): Term {
    if (index === this.#records.base.index) return this.#records.base.term;
    return this.#terms.findLast((span) => span.firstIndex <= index)?.term ?? 0;
  }

  #reset(snapshot: SnapshotMeta): void {
    const { lastIncludedIndex: index, lastIncludedTerm: term } = snapshot;
    const { firstIndex, lastIndex } = this.#records;
    this.#isReset = true;
    this.#repairs = this.#repairs.filter((operation) => operation.type === 'delete');
    for (const first of this.#records.firstsBetween(firstIndex, lastIndex)) this.#delete(first);
    for (const first of this.#faultyKeys) this.#delete(first);
    this.#records.reset({ index, term, chain: CHAIN_START });
    this.#faults = [];
    this.#terms.length = 0;
    this.#memberships.length = 0;
    this.#uncommitted = [];
  }

  /** A snapshot of a later term than the hard state's came from a leader: no vote was given there. */
  #hardState(snapshot: SnapshotMeta | null): HardState {
    const snapshotTerm = snapshot?.lastIncludedTerm ?? 0;
    const isRaised = snapshotTerm > this.#meta.term;
    const known = Math.max(this.#meta.commitIndex, snapshot?.lastIncludedIndex ?? 0);
    return {
      term: isRaised ? snapshotTerm : this.#meta.term,
      votedFor: isRaised ? null : this.#meta.votedFor,
      commitIndex: Math.min(known, this.#records.lastIndex),
    };
  }
}
