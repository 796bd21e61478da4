import { decodeMembership } from '../raft/membership-codec.ts';
import { isMembershipRun, lastIndexOf } from '../raft/types.ts';
import type {
  LogIndex,
  LoggedMembership,
  Membership,
  RecoveredState,
  Run,
  SnapshotMeta,
  Term,
} from '../raft/types.ts';

const NO_MEMBERSHIP: LoggedMembership = { index: 0, membership: { members: [] } };

/**
 * What the log of one node must hold, kept beside it from what the node wrote: terms by index and the
 * memberships. Contents need not be kept: an entry's index and term name its content (Log Matching),
 * and the ghost checks that once, when the entry is written.
 */
export class GhostLog {
  snapshotIndex: LogIndex = 0;
  snapshotTerm: Term = 0;
  /** The membership as of the snapshot. */
  base: LoggedMembership = NO_MEMBERSHIP;
  /** Membership entries above the snapshot's, by index. */
  memberships: LoggedMembership[] = [];
  firstIndex: LogIndex = 1;
  lastIndex: LogIndex = 0;
  /** By index; below `firstIndex` what once stood there. */
  private terms: number[] = [0];

  /** Term of an entry, or of the snapshot's last; -1 when the log does not reach there. */
  termAt(index: LogIndex): Term {
    if (index > this.lastIndex) return index === this.snapshotIndex ? this.snapshotTerm : -1;
    if (index === this.snapshotIndex && index < this.firstIndex) return this.snapshotTerm;
    return this.terms[index] ?? 0;
  }

  get lastTerm(): Term {
    return this.termAt(this.lastIndex);
  }

  /** The membership in force: the newest in the log, committed or not (dissertation §4.1). */
  get membership(): LoggedMembership {
    return this.memberships.at(-1) ?? this.base;
  }

  /** The membership as of `index`. */
  membershipAt(index: LogIndex): LoggedMembership {
    for (let position = this.memberships.length - 1; position >= 0; position -= 1) {
      const logged = this.memberships[position];
      if (logged !== undefined && logged.index <= index) return logged;
    }
    return this.base;
  }

  append(run: Run): void {
    const last = lastIndexOf(run);
    for (let index = run.firstIndex; index <= last; index += 1) this.terms[index] = run.term;
    this.lastIndex = last;
    if (isMembershipRun(run)) {
      this.memberships.push({ index: run.firstIndex, membership: membershipOf(run) });
    }
  }

  truncateFrom(index: LogIndex): void {
    if (index <= this.lastIndex) this.lastIndex = index - 1;
    while ((this.memberships.at(-1)?.index ?? 0) >= index) this.memberships.pop();
  }

  /** The log is empty and starts after this snapshot. */
  install(snapshot: SnapshotMeta): void {
    this.firstIndex = snapshot.lastIncludedIndex + 1;
    this.lastIndex = snapshot.lastIncludedIndex;
    this.memberships = [];
    this.setSnapshot(snapshot);
  }

  /** A snapshot of this log's own entries exists; the log stays as it is. */
  setSnapshot(snapshot: SnapshotMeta): void {
    this.snapshotIndex = snapshot.lastIncludedIndex;
    this.snapshotTerm = snapshot.lastIncludedTerm;
    this.base = { index: snapshot.membershipIndex, membership: snapshot.membership };
    const covered = snapshot.lastIncludedIndex;
    this.memberships = this.memberships.filter((logged) => logged.index > covered);
  }

  trimThrough(index: LogIndex): void {
    if (index >= this.firstIndex) this.firstIndex = Math.min(index, this.lastIndex) + 1;
  }

  copyFrom(other: GhostLog): void {
    this.snapshotIndex = other.snapshotIndex;
    this.snapshotTerm = other.snapshotTerm;
    this.base = other.base;
    this.memberships = [...other.memberships];
    this.firstIndex = other.firstIndex;
    this.lastIndex = other.lastIndex;
    this.terms = other.terms.slice();
  }

  /** Becomes what a node found on its disk. */
  recover(recovered: RecoveredState): void {
    this.snapshotIndex = recovered.snapshot?.lastIncludedIndex ?? 0;
    this.snapshotTerm = recovered.snapshot?.lastIncludedTerm ?? 0;
    this.base =
      recovered.snapshot === null
        ? NO_MEMBERSHIP
        : { index: recovered.snapshot.membershipIndex, membership: recovered.snapshot.membership };
    this.memberships = recovered.memberships.filter(({ index }) => index > this.snapshotIndex);
    this.firstIndex = recovered.firstIndex;
    this.lastIndex = recovered.lastIndex;
    recovered.terms.forEach(({ firstIndex, term }, position) => {
      const end = recovered.terms[position + 1]?.firstIndex ?? recovered.lastIndex + 1;
      for (let index = firstIndex; index < end; index += 1) this.terms[index] = term;
    });
  }
}

const decoded = new WeakMap<Uint8Array, Membership>();

/** The membership in a RUN_MEMBERSHIP run. */
export function membershipOf(run: Run): Membership {
  let membership = decoded.get(run.bytes);
  if (membership === undefined) {
    membership = decodeMembership(run.bytes) ?? undefined;
    if (membership === undefined) throw new Error('a membership entry cannot be decoded');
    decoded.set(run.bytes, membership);
  }
  return membership;
}
