import { encodeMembership, decodeMembership } from '../../node-engine/raft/membership-codec.ts';
import type { FetchRequest, Ready, SnapshotWrite } from '../../node-engine/raft/ready.ts';
import { runFrom, runThrough } from '../../node-engine/raft/run.ts';
import { isMembershipRun, lastIndexOf, RUN_MEMBERSHIP } from '../../node-engine/raft/types.ts';
import type {
  HardState,
  LoggedMembership,
  Membership,
  RecoveredState,
  Run,
  SnapshotMeta,
  TermSpan,
} from '../../node-engine/raft/types.ts';

const offsetOfCommand = (_bytes: Uint8Array, count: number): number => count;

/** What one server has written, record by record, and how a store would read it back. */
export class Disk {
  hardState: HardState = { term: 0, votedFor: null, commitIndex: 0 };
  records: Run[] = [];
  snapshots: { meta: SnapshotMeta; bytes: Uint8Array }[] = [];
  /** Where the log ends, also when all of it has been trimmed away. */
  #lastIndex = 0;
  #receiving: Uint8Array[] = [];

  /** The log of a cluster that has just been created. */
  bootstrap(membership: Membership): void {
    this.hardState = { term: 1, votedFor: null, commitIndex: 1 };
    this.records = [
      {
        firstIndex: 1,
        originalFirstIndex: 1,
        count: 1,
        term: 1,
        timeNs: 0n,
        seed: 0n,
        flags: RUN_MEMBERSHIP,
        bytes: encodeMembership(membership),
      },
    ];
    this.#lastIndex = 1;
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
