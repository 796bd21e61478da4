import { encodeMembership, decodeMembership } from '../../node-engine/raft/membership-codec.ts';
import type { FetchRequest, Ready, SnapshotWrite } from '../../node-engine/raft/ready.ts';
import { offsetOfCommand } from './server.ts';
import { runFrom, runThrough } from '../../node-engine/raft/run.ts';
import {
  isMembershipRun,
  lastIndexOf,
  RUN_COMMANDS,
  RUN_MEMBERSHIP,
} from '../../node-engine/raft/types.ts';
import type {
  HardState,
  LoggedMembership,
  Membership,
  RecoveredState,
  Run,
  SnapshotMeta,
  TermSpan,
} from '../../node-engine/raft/types.ts';

/** What a server of a new cluster has on disk, from index 2 on. */
export interface WrittenLog {
  readonly runs: readonly { readonly term: number; readonly count: number }[];
  /** The newest term it has seen, if later than those. */
  readonly term?: number;
}

function record(index: number, term: number, flags: number, bytes: Uint8Array): Run {
  const count = flags === RUN_COMMANDS ? bytes.length : 1;
  const position = { firstIndex: index, originalFirstIndex: index, count, term };
  return { ...position, timeNs: 0n, seed: 0n, flags, bytes };
}

/** What one server has written, record by record, and how a store would read it back. */
export class Disk {
  hardState: HardState = { term: 0, votedFor: null, commitIndex: 0 };
  records: Run[] = [];
  snapshots: { meta: SnapshotMeta; bytes: Uint8Array }[] = [];
  /** Where the log ends, also when all of it has been trimmed away. */
  #lastIndex = 0;
  #receiving: Uint8Array[] = [];

  /** A log that begins with the membership, followed by these runs. */
  bootstrap(membership: Membership, log: WrittenLog = { runs: [] }): void {
    const terms = log.runs.map((run) => run.term);
    const term = Math.max(1, log.term ?? 0, ...terms);
    this.hardState = { term, votedFor: null, commitIndex: 1 };
    this.#append(record(1, 1, RUN_MEMBERSHIP, encodeMembership(membership)));
    for (const run of log.runs) {
      // The letter of an entry says its term: b for term 2.
      const bytes = new Uint8Array(run.count).fill(0x60 + run.term);
      this.#append(record(this.#lastIndex + 1, run.term, RUN_COMMANDS, bytes));
    }
  }

  /** Makes one write, checking what the core has promised about it. */
  write(ready: Ready): void {
    if (ready.hardState !== null) {
      if (ready.hardState.term < this.hardState.term) throw new Error('the term went back');
      this.hardState = ready.hardState;
    }
    if (ready.install !== null) {
      this.records = [];
      this.#lastIndex = ready.install.lastIncludedIndex;
    }
    if (ready.truncateFrom !== null) this.#truncateFrom(ready.truncateFrom);
    for (const run of ready.append) this.#append(run);
    const trim = ready.trimThrough;
    if (trim !== null) this.records = this.records.filter((record) => lastIndexOf(record) > trim);
  }

  #truncateFrom(index: number): void {
    const starts = this.records.some((record) => record.firstIndex === index);
    if (!starts) throw new Error(`no stored run starts at ${index}`);
    this.records = this.records.filter((record) => record.firstIndex < index);
    this.#lastIndex = index - 1;
  }

  #append(run: Run): void {
    if (run.firstIndex !== this.#lastIndex + 1) {
      throw new Error(`a run at ${run.firstIndex} after ${this.#lastIndex}`);
    }
    this.records.push(run);
    this.#lastIndex = lastIndexOf(run);
  }

  /** Loses the newest entries, as a disk that is not synced may when the power fails. */
  loseEntries(count: number): void {
    this.#lastIndex -= count;
    this.records = this.records.filter((stored) => lastIndexOf(stored) <= this.#lastIndex);
  }

  read(range: FetchRequest): readonly Run[] | null {
    const runs: Run[] = [];
    for (const record of this.records) {
      if (lastIndexOf(record) < range.fromIndex || record.firstIndex > range.toIndex) continue;
      const tail = runFrom(record, range.fromIndex, offsetOfCommand);
      const part = tail === null ? null : runThrough(tail, range.toIndex, offsetOfCommand);
      if (part === null) throw new Error('a stored run cannot be cut');
      runs.push(part);
    }
    return runs.length === 0 ? null : runs;
  }

  /** Keeps a snapshot made by this server. */
  takeSnapshot(meta: Omit<SnapshotMeta, 'id' | 'sizeBytes'>, bytes: Uint8Array): SnapshotMeta {
    const id = `s${meta.lastIncludedIndex}`;
    const snapshot = { ...meta, id, sizeBytes: bytes.length };
    this.snapshots.unshift({ meta: snapshot, bytes });
    return snapshot;
  }

  readSnapshot(
    id: string,
    offset: number,
    bytesMax: number,
  ): { data: Uint8Array; done: boolean } | null {
    const snapshot = this.snapshots.find((known) => known.meta.id === id);
    if (snapshot === undefined) return null;
    const data = snapshot.bytes.subarray(offset, offset + bytesMax);
    return { data, done: offset + data.length === snapshot.bytes.length };
  }

  writeSnapshot(write: SnapshotWrite): {
    lastIncludedIndex: number;
    nextOffset: number;
    done: boolean;
    ok: boolean;
    snapshot: SnapshotMeta | null;
  } {
    if (write.offset === 0) this.#receiving = [];
    this.#receiving.push(write.data);
    const bytes = Uint8Array.from(this.#receiving.flatMap((part) => [...part]));
    const { done } = write;
    let snapshot: SnapshotMeta | null = null;
    if (done) {
      snapshot = { ...write.snapshot, id: `r${write.snapshot.lastIncludedIndex}` };
      this.snapshots.unshift({ meta: snapshot, bytes });
    }
    const { lastIncludedIndex } = write.snapshot;
    return { lastIncludedIndex, nextOffset: bytes.length, done, ok: true, snapshot };
  }

  recover(): RecoveredState {
    const snapshot = this.snapshots[0]?.meta ?? null;
    const firstIndex = this.records[0]?.firstIndex ?? this.#lastIndex + 1;
    const terms: TermSpan[] = [];
    const memberships: LoggedMembership[] = [];
    for (const { firstIndex: index, term, ...run } of this.records) {
      if (terms[terms.length - 1]?.term !== term) terms.push({ firstIndex: index, term });
      const record = { firstIndex: index, term, ...run };
      const membership = isMembershipRun(record) ? decodeMembership(run.bytes) : null;
      if (membership !== null) memberships.push({ index, membership });
    }
    const { commitIndex } = this.hardState;
    return {
      hardState: this.hardState,
      snapshot,
      firstIndex,
      lastIndex: this.#lastIndex,
      terms,
      memberships,
      tail: this.records.filter((record) => lastIndexOf(record) > commitIndex),
    };
  }
}
