import { assert, unwrap } from './assert.ts';
import { readMembership } from './membership-check.ts';
import { MembershipLog, NO_MEMBERSHIP } from './membership-log.ts';
import { runCost, runFrom, runPrefixWithin, runThrough } from './run.ts';
import type { OffsetOfCommand } from './run.ts';
import { RunWindow } from './run-window.ts';
import { TermSpans } from './term-spans.ts';
import { isMembershipRun, lastIndexOf } from './types.ts';
import type {
  LogIndex,
  LoggedMembership,
  RecoveredState,
  Run,
  SnapshotMeta,
  Term,
} from './types.ts';

/** The part of one write that concerns the log; see Ready for the meaning of its fields. */
export interface LogChange {
  readonly install: SnapshotMeta | null;
  readonly truncateFrom: LogIndex | null;
  readonly append: readonly Run[];
  readonly trimThrough: LogIndex | null;
}

/** Runs for one message. */
export interface RunSlice {
  readonly runs: readonly Run[];
  readonly lastIndex: LogIndex;
  readonly bytes: number;
}

/** A write that was handed out and is not reported durable yet. */
interface WriteInFlight {
  readonly sequence: number;
  /**
   * What is durable, and still part of this log, once the write is. Lowered when the log is cut
   * while the write is under way: a write of entries 11 and 12 that completes after 11 was replaced
   * proves nothing about the new 11.
   */
  stableIndex: LogIndex;
}

const NO_RUNS: readonly Run[] = [];

/**
 * The log as the core sees it: terms of all entries in memory, the newest runs cached, the rest on
 * disk. It knows what has been handed out to be written, and what is durable.
 *
 * Invariants:
 *   firstIndex - 1 <= snapshotIndex <= commitIndex <= lastIndex
 *   stableIndex <= lastIndex; #handedIndex <= lastIndex and is the end of a run
 *   every entry above commitIndex, and every entry above #handedIndex, is in the window
 */
export class RaftLog {
  firstIndex: LogIndex;
  lastIndex: LogIndex;
  /** Known to be committed; it may run ahead of what is durable here. */
  commitIndex: LogIndex;
  /** What the machine has applied, as the driver reports it. */
  appliedIndex: LogIndex;
  /** Durable here, and part of this log. */
  stableIndex: LogIndex;
  /** The newest durable snapshot of this server. */
  snapshot: SnapshotMeta | null;
  readonly memberships: MembershipLog;

  readonly #window = new RunWindow();
  readonly #terms: TermSpans;
  readonly #offsetOfCommand: OffsetOfCommand;
  readonly #cacheBytesMax: number;
  readonly #writes: WriteInFlight[] = [];
  /** Term of the entry before `firstIndex`; null when it was dropped before the last restart. */
  #baseTerm: Term | null;
  /** Everything up to here has been handed out in a change. */
  #handedIndex: LogIndex;
  #truncateFrom: LogIndex | null = null;
  #install: SnapshotMeta | null = null;
  #trimThrough: LogIndex | null = null;

  constructor(options: {
    readonly recovered: RecoveredState;
    readonly offsetOfCommand: OffsetOfCommand;
    readonly cacheBytesMax: number;
  }) {
    const { recovered } = options;
    const { snapshot, firstIndex, lastIndex } = recovered;
    this.#offsetOfCommand = options.offsetOfCommand;
    this.#cacheBytesMax = options.cacheBytesMax;
    this.snapshot = snapshot;
    this.firstIndex = firstIndex;
    this.lastIndex = lastIndex;
    this.stableIndex = lastIndex;
    this.#handedIndex = lastIndex;
    this.#terms = new TermSpans(recovered.terms);
    this.#baseTerm = firstIndex === 1 ? 0 : null;
    for (const run of recovered.tail) this.#window.push(run);
    const snapshotIndex = this.snapshotIndex;
    assert(firstIndex <= snapshotIndex + 1, 'no entry is missing between snapshot and log');
    if (firstIndex === snapshotIndex + 1) this.#baseTerm = this.snapshotTerm;
    const base = snapshot === null ? NO_MEMBERSHIP : membershipOf(snapshot);
    this.memberships = new MembershipLog(base, recovered.memberships);
    this.appliedIndex = snapshotIndex;
    this.commitIndex = Math.min(lastIndex, recovered.hardState.commitIndex);
    if (snapshot !== null) {
      if (this.holds(snapshotIndex, snapshot.lastIncludedTerm)) {
        this.commitIndex = Math.max(this.commitIndex, snapshotIndex);
      } else {
        // It was received, but the server stopped before the log was replaced by it.
        this.install(snapshot);
      }
    }
    this.#window.commitThrough(this.commitIndex);
    const last = this.#window.lastIndex ?? this.lastIndex;
    assert(last === this.lastIndex, 'the runs that may be cut reach to the end of the log');
    assert(this.cachedFromIndex <= this.commitIndex + 1, 'all runs that may be cut are there');
  }

  get snapshotIndex(): LogIndex {
    return this.snapshot?.lastIncludedIndex ?? 0;
  }

  get snapshotTerm(): Term {
    return this.snapshot?.lastIncludedTerm ?? 0;
  }

  /** Term of the last entry, or of the snapshot when the log is empty (Raft paper §5.4.1). */
  get lastTerm(): Term {
    return unwrap(this.termAt(this.lastIndex), 'the term of the last entry is known');
  }

  /**
   * Bytes that cannot leave memory: what is not committed, and what is committed by others but not
   * written here yet, as far as it exceeds the cache.
   */
  get pinnedBytes(): number {
    const beyondCache = this.#window.committedBytes - this.#cacheBytesMax;
    return this.#window.uncommittedBytes + Math.max(0, beyondCache);
  }

  /** First index that is in memory; `lastIndex + 1` when nothing is. */
  get cachedFromIndex(): LogIndex {
    return this.#window.firstIndex ?? this.lastIndex + 1;
  }

  /** Committed and durable here: what the machine may apply. */
  get applicableIndex(): LogIndex {
    return Math.min(this.commitIndex, this.stableIndex);
  }

  /** Term of the entry at `index` or of the one just before the log, where it is known; else null. */
  termAt(index: LogIndex): Term | null {
    if (index > this.lastIndex) return null;
    if (index >= this.firstIndex) return this.#terms.termAt(index);
    if (index === this.firstIndex - 1 && this.#baseTerm !== null) return this.#baseTerm;
    return index === 0 ? 0 : null;
  }

  /** Whether the log, or the entry just before it, has this term at this index. */
  holds(index: LogIndex, term: Term): boolean {
    if (index > this.lastIndex || index < this.firstIndex - 1) return false;
    return (index < this.firstIndex ? this.#baseTerm : this.#terms.termAt(index)) === term;
  }

  /** The first index in [from, through], both in the log, whose term is not `term`; or null. */
  firstOtherTerm(from: LogIndex, through: LogIndex, term: Term): LogIndex | null {
    return this.#terms.firstOtherTerm(from, through, term);
  }

  /**
   * The last index not above `index` whose term is at most `term`: where two logs may still agree,
   * given that one has `term` at `index` (dissertation §3.5, fast back-up over a whole term at once).
   * Null when that lies before the log.
   */
  lastIndexWithTermAtMost(index: LogIndex, term: Term): LogIndex | null {
    if (index < this.firstIndex - 1) return null;
    const found = this.#terms.lastIndexWithTermAtMost(Math.min(index, this.lastIndex), term);
    if (found !== null && found >= this.firstIndex) return found;
    return this.#baseTerm !== null && this.#baseTerm <= term ? this.firstIndex - 1 : null;
  }

  /** Adds a run right after the last entry. */
  append(run: Run): void {
    assert(run.firstIndex === this.lastIndex + 1, 'the log has no gaps');
    this.#terms.append(run.firstIndex, run.term);
    this.#window.push(run);
    this.lastIndex = lastIndexOf(run);
    if (isMembershipRun(run)) {
      const membership = readMembership(run.bytes);
      this.memberships.append(
        run.firstIndex,
        unwrap(membership, 'a membership entry is checked before it is appended'),
      );
    }
  }

  /** Takes the part of `run` above `index` off a received run; null when its bytes are not sound. */
  partAbove(run: Run, index: LogIndex): Run | null {
    return runFrom(run, index + 1, this.#offsetOfCommand);
  }

  /**
   * Removes all entries from `index` on (Raft paper §5.3). When that cuts a stored run, the whole
   * record goes and its left part is written again, in the same write.
   */
  truncateFrom(index: LogIndex): void {
    assert(index > this.commitIndex, 'a committed entry is never removed');
    assert(index <= this.lastIndex, 'only entries that exist are removed');
    const position = this.#window.find(index);
    const run = this.#window.at(position);
    this.#window.cutFrom(position);
    if (run.firstIndex < index) {
      const left = runThrough(run, index - 1, this.#offsetOfCommand);
      this.#window.push(unwrap(left, 'a stored run can be cut between any two entries'));
      this.#window.commitThrough(this.commitIndex);
    }
    this.#terms.truncateFrom(index);
    this.memberships.truncateFrom(index);
    this.lastIndex = index - 1;
    this.#lowerStable(index - 1);
    if (run.firstIndex <= this.#handedIndex) {
      this.#truncateFrom = Math.min(this.#truncateFrom ?? run.firstIndex, run.firstIndex);
      this.#handedIndex = run.firstIndex - 1;
    }
  }

  /** Replaces the whole log by a received snapshot, which is durable (Raft paper §7). */
  install(snapshot: SnapshotMeta): void {
    assert(snapshot.lastIncludedIndex > this.commitIndex, 'a snapshot never moves the log back');
    // What this server holds beyond its commit index may contradict the snapshot.
    this.#lowerStable(this.commitIndex);
    this.#window.clear();
    this.#terms.clear();
    this.memberships.reset(membershipOf(snapshot));
    this.snapshot = snapshot;
    this.firstIndex = snapshot.lastIncludedIndex + 1;
    this.lastIndex = snapshot.lastIncludedIndex;
    this.commitIndex = snapshot.lastIncludedIndex;
    this.#baseTerm = snapshot.lastIncludedTerm;
    this.#handedIndex = snapshot.lastIncludedIndex;
    this.#install = snapshot;
    this.#truncateFrom = null;
    this.#trimThrough = null;
  }

  /** Moves the commit index forward. */
  commitThrough(index: LogIndex): void {
    assert(index >= this.commitIndex, 'the commit index never decreases');
    assert(index <= this.lastIndex, 'only entries that exist are committed');
    this.commitIndex = index;
    this.#window.commitThrough(index);
    this.#evict();
  }

  /** Drops entries up to `index`, as far as snapshot and machine allow. */
  trimThrough(index: LogIndex): void {
    const through = Math.min(index, this.snapshotIndex, this.appliedIndex, this.applicableIndex);
    if (through < this.firstIndex) return;
    this.#baseTerm = unwrap(this.termAt(through), 'an entry in the log has a term');
    if (through === this.lastIndex) this.#terms.clear();
    else this.#terms.trimThrough(through);
    this.memberships.trimThrough(through);
    this.#window.trimThrough(Math.min(through, this.#handedIndex));
    this.firstIndex = through + 1;
    this.#trimThrough = through;
  }

  /** Whether `handOut` would have something to write. */
  get hasChange(): boolean {
    return (
      this.#handedIndex < this.lastIndex ||
      this.#truncateFrom !== null ||
      this.#install !== null ||
      this.#trimThrough !== null
    );
  }

  /** Hands out what is to be written, under the number of its Ready. */
  handOut(sequence: number): LogChange {
    const append: Run[] = [];
    if (this.#handedIndex < this.lastIndex) {
      const from = this.#window.find(this.#handedIndex + 1);
      for (let position = from; position < this.#window.end; position += 1) {
        append.push(this.#window.at(position));
      }
    }
    const change: LogChange = {
      install: this.#install,
      truncateFrom: this.#truncateFrom,
      append: append.length === 0 ? NO_RUNS : append,
      trimThrough: this.#trimThrough,
    };
    this.#handedIndex = this.lastIndex;
    this.#install = null;
    this.#truncateFrom = null;
    this.#trimThrough = null;
    this.#writes.push({ sequence, stableIndex: this.lastIndex });
    return change;
  }

  /** The write handed out under this number is durable. Writes complete in order. */
  persisted(sequence: number): void {
    const write = unwrap(this.#writes.shift(), 'a write completes once, after it was handed out');
    assert(write.sequence === sequence, 'writes complete in the order they were handed out');
    this.stableIndex = Math.max(this.stableIndex, write.stableIndex);
    this.#evict();
  }

  /**
   * Runs from `from` on, at most `bytesMax` of them but at least one entry. Null when they are not in
   * memory. Runs go whole where they fit, so that a follower stores the records the leader has.
   */
  slice(from: LogIndex, bytesMax: number): RunSlice | null {
    if (from < this.cachedFromIndex || from > this.lastIndex) return null;
    const runs: Run[] = [];
    let bytes = 0;
    let lastIndex = from - 1;
    for (let position = this.#window.find(from); position < this.#window.end; position += 1) {
      const stored = runFrom(this.#window.at(position), from, this.#offsetOfCommand);
      const whole = unwrap(stored, 'a stored run can be cut between any two entries');
      const cost = runCost(whole);
      if (runs.length > 0 && bytes + cost > bytesMax) break;
      const run =
        cost <= bytesMax ? whole : runPrefixWithin(whole, bytesMax, this.#offsetOfCommand);
      const part = unwrap(run, 'a stored run can be cut between any two entries');
      runs.push(part);
      bytes += runCost(part);
      lastIndex = lastIndexOf(part);
      if (part !== whole) break;
    }
    return { runs, lastIndex, bytes };
  }

  /** All runs of [from, through] cut to fit, or null when not all are in memory. */
  cachedRuns(from: LogIndex, through: LogIndex): readonly Run[] | null {
    if (from > through) return NO_RUNS;
    if (from < this.cachedFromIndex || through > this.lastIndex) return null;
    const runs: Run[] = [];
    for (let position = this.#window.find(from); position < this.#window.end; position += 1) {
      const run = this.#window.at(position);
      if (run.firstIndex > through) break;
      const tail = unwrap(runFrom(run, from, this.#offsetOfCommand), 'a stored run can be cut');
      runs.push(
        unwrap(runThrough(tail, through, this.#offsetOfCommand), 'a stored run can be cut'),
      );
    }
    return runs;
  }

  #lowerStable(index: LogIndex): void {
    this.stableIndex = Math.min(this.stableIndex, index);
    for (const write of this.#writes) write.stableIndex = Math.min(write.stableIndex, index);
  }

  #evict(): void {
    this.#window.evict(this.#cacheBytesMax, Math.min(this.stableIndex, this.#handedIndex));
  }
}

function membershipOf(snapshot: SnapshotMeta): LoggedMembership {
  return { index: snapshot.membershipIndex, membership: snapshot.membership };
}
