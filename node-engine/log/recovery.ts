import { decodeMembership } from '../raft/membership-codec.ts';
import { decodeRunHeader } from '../raft/run-codec.ts';
import { isMembershipRun, lastIndexOf } from '../raft/types.ts';
import type {
  HardState,
  LogIndex,
  RecoveredState,
  Run,
  SnapshotMeta,
  Term,
} from '../raft/types.ts';
import { LogContents } from './log-contents.ts';
import type { RecordOperation, StoredRecord } from './log-medium.ts';
import type { Meta } from './meta.ts';
import { areEqual, CHAIN_BYTES, CHAIN_START, chainOf, decodeRecord, isChained } from './record.ts';
import { LOG_START, type ChainPoint } from './record.ts';
import type { RecordIndex } from './record-index.ts';

/** Entries that are not what was once durable, and what is wrong with them. */
export interface LogFault {
  readonly fromIndex: LogIndex;
  readonly toIndex: LogIndex;
  /** A few words, such as "missing" or "bad checksum". */
  readonly fault: string;
}

/** A log that was read to its end. */
export interface RecoveredLog {
  /** Empty, or entries that were promised are lost: only a repair may go on with what follows. */
  readonly faults: readonly LogFault[];
  /**
   * The log has entries of a later term than the pages: those are older than the log, and a vote given
   * since is forgotten. Nothing here can bring it back.
   */
  readonly isVoteLost: boolean;
  /** With faults: what is left in front of the first one. */
  readonly state: RecoveredState;
  readonly records: RecordIndex;
  /** The meta to go on with; its generation is that of the page it came from. */
  readonly meta: Meta;
  /** What to change in the medium before the new pages are written; nothing of it was promised. */
  readonly repairs: readonly RecordOperation[];
  /** Records to remove after that: the old pages still count on them. */
  readonly removals: readonly LogIndex[];
  /** Records behind the mark that a crash had cut short; they were never acknowledged. */
  readonly droppedRecords: number;
}

/**
 * Reads a log: `add` every record in key order, then `finish`. It holds the log against its meta: up
 * to `meta.mark` every entry must be there, unaltered, in an unbroken chain. What follows the mark was
 * being written when the node stopped; it is kept as far as it is whole.
 *
 * A fault does not end the reading: a snapshot may cover it, and whoever repairs a log needs to know
 * all that is lost.
 */
export class Recovery {
  readonly #meta: Meta;
  readonly #repairs: RecordOperation[] = [];
  #droppedRecords = 0;
  #isDropping = false;
  #isVoteLost = false;

  /** Records that the page carries, until `#addTail` has taken them. */
  #tail: readonly StoredRecord[];
  readonly #tailInPlace = new Set<LogIndex>();

  /** Everything in front of the first fault. */
  readonly #prefix: LogContents;
  /** Everything since the last fault; null right behind one, until a record shows its chain. */
  #contents: LogContents | null;
  readonly #keys: LogIndex[] = [];
  #faults: LogFault[] = [];
  /** A record that cannot be read: where it ends is known when the next one comes. */
  #unreadable: { readonly fromIndex: LogIndex; readonly fault: string } | null = null;
  /** The entry expected next, and the chain before it: null behind a fault. */
  #nextIndex: LogIndex;
  #chain: Uint8Array | null;
  #lastTerm: Term;

  constructor(meta: Meta) {
    this.#meta = meta;
    this.#tail = meta.tail.flatMap((value) => {
      const decoded = decodeRunHeader(value, CHAIN_BYTES);
      return decoded.ok ? [{ firstIndex: decoded.header.firstIndex, value }] : [];
    });
    this.#prefix = new LogContents(meta.base, meta.commitIndex);
    this.#contents = this.#prefix;
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
    const { mark } = this.#meta;
    this.#addTail();
    this.#closeUnreadable(Math.max(mark.index, this.#lastKey()) + 1);
    if (this.#nextIndex <= mark.index) {
      this.#addFault(this.#nextIndex, mark.index, 'missing at the end of the log');
    }
    const snapshot = snapshots[0] ?? null;
    const contents = this.#withoutUncovered(this.#covered(snapshot), snapshot);
    const { records } = contents;
    const hardState = this.#hardState(snapshot, records.lastIndex);
    return {
      faults: this.#faults,
      isVoteLost: this.#isVoteLost,
      state: {
        hardState,
        snapshot,
        firstIndex: records.firstIndex,
        lastIndex: records.lastIndex,
        terms: contents.terms,
        memberships: contents.memberships,
        tail: contents.uncommitted.filter((run) => lastIndexOf(run) > hardState.commitIndex),
      },
      records,
      meta: { ...this.#meta, ...hardState, mark: records.last, base: records.base, tail: [] },
      repairs: this.#repairs.filter(
        ({ type, firstIndex }) => type === 'delete' || isWithin(firstIndex, records),
      ),
      removals: this.#keys.filter((key) => !isWithin(key, records)),
      droppedRecords: this.#droppedRecords,
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
    const { firstIndex } = record;
    if (this.#isDropping) {
      this.#drop(firstIndex);
      return;
    }
    this.#closeUnreadable(firstIndex);
    const isPromised = this.#nextIndex <= this.#meta.mark.index;
    if (firstIndex > this.#nextIndex) {
      if (!isPromised) {
        this.#drop(firstIndex);
        return;
      }
      this.#addFault(this.#nextIndex, firstIndex - 1, 'missing');
      this.#nextIndex = firstIndex;
    }
    const decoded = decodeRecord(record.value, firstIndex);
    const fault = decoded.ok ? this.#faultOf(decoded.run, record.value) : decoded.fault;
    if (decoded.ok && fault === null) {
      this.#accept(decoded.run, record.value);
    } else if (isPromised || this.#isVoteLost) {
      this.#keys.push(firstIndex);
      this.#unreadable = { fromIndex: firstIndex, fault: fault ?? '' };
    } else {
      this.#drop(firstIndex);
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
    if (run.term > term) {
      // Term and vote are durable in both pages before any record of the term is written.
      this.#isVoteLost = true;
      return `term ${run.term}, but meta.a and meta.b are of term ${term}`;
    }
    if (isMembershipRun(run) && decodeMembership(run.bytes) === null) {
      return 'a membership that cannot be read';
    }
    if (run.firstIndex > mark.index || lastIndexOf(run) < mark.index) return null;
    if (lastIndexOf(run) === mark.index && areEqual(chainOf(value), mark.chain)) return null;
    return 'not what was durable there';
  }

  #accept(run: Run, value: Uint8Array): void {
    const index = lastIndexOf(run);
    this.#keys.push(run.firstIndex);
    this.#nextIndex = index + 1;
    this.#chain = chainOf(value);
    this.#lastTerm = run.term;
    if (this.#contents === null) {
      // Nothing proves this record's own place in the chain; what follows it can be proved.
      const base = { index, term: run.term, chain: chainOf(value) };
      this.#contents = new LogContents(base, this.#meta.commitIndex);
    } else {
      this.#contents.push(run, value);
    }
  }

  #lastKey(): LogIndex {
    return this.#keys.at(-1) ?? 0;
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
    this.#contents = null;
    this.#chain = null;
  }

  #closeUnreadable(nextIndex: LogIndex): void {
    if (this.#unreadable === null) return;
    const { fromIndex, fault } = this.#unreadable;
    this.#unreadable = null;
    this.#addFault(fromIndex, Math.max(fromIndex, nextIndex - 1), fault);
    this.#nextIndex = Math.max(fromIndex + 1, nextIndex);
  }

  /** What is left when the snapshot stands in for all that it covers. */
  #covered(snapshot: SnapshotMeta | null): LogContents {
    const index = snapshot?.lastIncludedIndex ?? 0;
    const term = snapshot?.lastIncludedTerm ?? 0;
    const { mark, base } = this.#meta;
    if (snapshot === null || index < base.index) return this.#prefix;
    if (this.#faults.length > 0) {
      if (this.#isVoteLost) return this.#prefix;
      if (index >= mark.index) this.#faults = [];
      else if (this.#contents !== null && this.#contents.records.base.index <= index) {
        this.#faults = [];
        return this.#contents;
      }
    }
    // It ends before the snapshot (received, or entries were lost with the machine that were never
    // promised to outlive it), or holds another term there: what was replaced since, by the snapshot
    // (Raft paper figure 13) or before a damage brought it back.
    const { records } = this.#prefix;
    const isBehind = index > records.lastIndex || this.#prefix.termAt(index) !== term;
    return isBehind ? this.#anew({ index, term, chain: CHAIN_START }) : this.#prefix;
  }

  /** A log that starts behind entries nobody has any more is none. */
  #withoutUncovered(contents: LogContents, snapshot: SnapshotMeta | null): LogContents {
    const { base } = contents.records;
    if (base.index <= (snapshot?.lastIncludedIndex ?? 0)) return contents;
    this.#addFault(1, base.index, 'trimmed, and no whole snapshot covers it');
    if (snapshot === null) return this.#anew(LOG_START);
    // An older snapshot is all that is left: the log goes on behind it.
    const { lastIncludedIndex: index, lastIncludedTerm: term } = snapshot;
    return this.#anew({ index, term, chain: CHAIN_START });
  }

  #anew(base: ChainPoint): LogContents {
    return new LogContents(base, this.#meta.commitIndex);
  }

  /** A snapshot of a later term than the hard state's came from a leader: no vote was given there. */
  #hardState(snapshot: SnapshotMeta | null, lastIndex: LogIndex): HardState {
    const snapshotTerm = snapshot?.lastIncludedTerm ?? 0;
    const isRaised = snapshotTerm > this.#meta.term;
    const known = Math.max(this.#meta.commitIndex, snapshot?.lastIncludedIndex ?? 0);
    return {
      term: isRaised ? snapshotTerm : this.#meta.term,
      votedFor: isRaised ? null : this.#meta.votedFor,
      commitIndex: Math.min(known, lastIndex),
    };
  }
}

function isWithin(index: LogIndex, records: RecordIndex): boolean {
  return index >= records.firstIndex && index <= records.lastIndex;
}
