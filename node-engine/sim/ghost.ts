import { RUN_COMMANDS, RUN_KIND_MASK, RUN_MEMBERSHIP, lastIndexOf } from '../raft/types.ts';
import type { LogIndex, Membership, NodeId, Run, Term } from '../raft/types.ts';
import { writeIdAt } from './command-bytes.ts';
import { membershipOf } from './ghost-log.ts';
import type { GhostLog } from './ghost-log.ts';
import { zeroVacuity } from './invariants/invariant.ts';
import type { InvariantId, Vacuity, Violation } from './invariants/invariant.ts';
import type { NodeGhost } from './node-ghost.ts';
import { hashText, mix32 } from './prng.ts';

/** An entry as its leader made it: index and term name it for good (Log Matching). */
export interface CanonEntry {
  readonly index: LogIndex;
  readonly term: Term;
  /** Term of the entry before it. */
  readonly prevTerm: Term;
  /** Hash of everything in the entry: kind, bytes, time, seed and place in its run. */
  readonly hash: number;
  /** Id of the client's write, or -1 for entries without a command. */
  readonly writeId: number;
  /** What a membership entry says; null for every other. */
  readonly membership: Membership | null;
}

/** An entry that is committed, which cannot change any more. */
export interface CommittedEntry {
  readonly entry: CanonEntry;
  /** Term of the leader that committed it. */
  readonly inTerm: Term;
  /** Commands in the log up to and including this entry. */
  readonly commands: number;
}

/** What has become of a client's write. */
export interface WriteRecord {
  inLog: boolean;
  committedAt: LogIndex;
  /** Told to the client: it never happened and never will. */
  denied: boolean;
  /** Told to the client: it was not even proposed. */
  neverInLog: boolean;
}

const TERM_SPAN = 65536;

/**
 * What an all-knowing observer knows of a cluster: every entry that was ever made, what is committed,
 * who led and who voted. The invariants compare the servers with it; it never influences them.
 */
export class Ghost {
  /** Simulated time and number of the event that is being handled; set by the world. */
  nowUs = 0;
  event = 0;
  /** The first promise that was broken. */
  violation: Violation | null = null;
  readonly vacuity: Vacuity = zeroVacuity();
  /** By index; `committed[0]` stands for the empty log. */
  readonly committed: CommittedEntry[] = [
    {
      entry: { index: 0, term: 0, prevTerm: 0, hash: 0, writeId: -1, membership: null },
      inTerm: 0,
      commands: 0,
    },
  ];
  /** Indices of the membership entries among them, in order. */
  readonly committedMemberships: LogIndex[] = [];
  readonly nodes = new Map<NodeId, NodeGhost>();
  /** The servers the cluster began with. */
  readonly founders = new Set<NodeId>();
  readonly leaders = new Map<Term, NodeId>();
  /** Grows with everything observed: a total order, finer than time. */
  order = 0;
  /** The newest index whose effect any client has seen, and since when that was so: it grows. */
  private readonly seen: { readonly atUs: number; readonly index: LogIndex }[] = [];
  /** Whom a server voted for: `<server> <term>` to candidate. */
  readonly votes = new Map<string, NodeId>();
  /** State of the machine after the n-th command, by n. */
  readonly machineHashes: number[] = [0];
  /** Ids of the committed commands in order; the n-th command is at n - 1. */
  readonly committedWrites: number[] = [];
  readonly writes = new Map<number, WriteRecord>();
  private readonly canon = new Map<number, CanonEntry>();
  private readonly entriesOfRun = new WeakMap<Run, readonly number[]>();

  /** The newest index whose effect any client has seen. */
  get seenIndex(): LogIndex {
    return this.seen.at(-1)?.index ?? 0;
  }

  /** What `seenIndex` was at an earlier time. */
  seenIndexAt(atUs: number): LogIndex {
    return this.seen.findLast((one) => one.atUs <= atUs)?.index ?? 0;
  }

  /** A client has seen the effect of the entry at `index`. */
  noteSeen(index: LogIndex, atUs: number): void {
    if (index > this.seenIndex) this.seen.push({ atUs, index });
  }

  violate(invariant: InvariantId, message: string): void {
    this.violation ??= { invariant, message, atUs: this.nowUs, event: this.event };
  }

  /** Checks one condition of an invariant. The message is only built when it is broken. */
  check(invariant: InvariantId, holds: boolean, message: () => string): void {
    this.vacuity[invariant] += 1;
    if (!holds) this.violate(invariant, message());
  }

  get committedIndex(): LogIndex {
    return this.committed.length - 1;
  }

  committedTermAt(index: LogIndex): Term {
    return this.committed[index]?.entry.term ?? -1;
  }

  entry(index: LogIndex, term: Term): CanonEntry | undefined {
    return this.canon.get(index * TERM_SPAN + term);
  }

  /** Notes entries that a leader made, with which they become canonical. */
  create(run: Run, prevTerm: Term): void {
    const hashes = this.hashesOf(run);
    let before = prevTerm;
    for (let offset = 0; offset < run.count; offset += 1) {
      const index = run.firstIndex + offset;
      const writeId = this.writeIdOf(run, offset);
      const entry: CanonEntry = {
        index,
        term: run.term,
        prevTerm: before,
        hash: hashes[offset] ?? 0,
        writeId,
        membership: (run.flags & RUN_KIND_MASK) === RUN_MEMBERSHIP ? membershipOf(run) : null,
      };
      this.canon.set(index * TERM_SPAN + run.term, entry);
      if (writeId >= 0) this.noteInLog(writeId);
      before = run.term;
    }
  }

  /**
   * What makes a run differ from the entries its leader made, or null.
   *
   * @param prevTerm term of the entry that stands before the run
   */
  difference(run: Run, prevTerm: Term): string | null {
    const hashes = this.hashesOf(run);
    let before = prevTerm;
    for (let index = run.firstIndex; index <= lastIndexOf(run); index += 1) {
      const entry = this.entry(index, run.term);
      const name = `entry ${index} of term ${run.term}`;
      if (entry === undefined) return `${name} was made by no leader`;
      if (entry.prevTerm !== before) {
        return `${name} stands behind term ${before}, its leader put it behind ${entry.prevTerm}`;
      }
      if (entry.hash !== hashes[index - run.firstIndex]) return `${name} has other content`;
      before = run.term;
    }
    return null;
  }

  /**
   * The entry at `index` of `term` is committed, and with it everything before it.
   *
   * @returns what contradicts that, or null
   */
  commit(index: LogIndex, term: Term, inTerm: Term): string | null {
    if (index <= this.committedIndex) {
      const known = this.committedTermAt(index);
      return known === term ? null : `index ${index} is committed with terms ${known} and ${term}`;
    }
    const chain: CanonEntry[] = [];
    let at = term;
    for (let position = index; position > this.committedIndex; position -= 1) {
      const entry = this.entry(position, at);
      if (entry === undefined) return `entry ${position} of term ${at} was made by no leader`;
      chain.push(entry);
      at = entry.prevTerm;
    }
    if (at !== this.committedTermAt(this.committedIndex)) {
      return (
        `entry ${index} of term ${term} does not continue what is committed: index ` +
        `${this.committedIndex} has term ${this.committedTermAt(this.committedIndex)}, not ${at}`
      );
    }
    for (const entry of chain.reverse()) this.pushCommitted(entry, inTerm);
    return null;
  }

  /** Commands in the committed log up to `index`. */
  commandsThrough(index: LogIndex): number {
    return this.committed[index]?.commands ?? -1;
  }

  /** Whether a log, or the snapshot in front of it, holds the entry at `index` of `term`. */
  holds(log: GhostLog, index: LogIndex, term: Term): boolean {
    if (index < log.firstIndex) return this.committedTermAt(index) === term;
    return log.termAt(index) === term;
  }

  private pushCommitted(entry: CanonEntry, inTerm: Term): void {
    const before = this.committed.at(-1)?.commands ?? 0;
    const isCommand = entry.writeId >= 0;
    if (entry.membership !== null) this.committedMemberships.push(entry.index);
    this.committed.push({ entry, inTerm, commands: before + (isCommand ? 1 : 0) });
    if (!isCommand) return;
    this.committedWrites.push(entry.writeId);
    const record = this.writeRecord(entry.writeId);
    record.committedAt = entry.index;
    this.check('S24', !record.denied, () => {
      return `write ${entry.writeId} is committed although its client was told it never happened`;
    });
  }

  writeRecord(id: number): WriteRecord {
    let record = this.writes.get(id);
    if (record === undefined) {
      record = { inLog: false, committedAt: 0, denied: false, neverInLog: false };
      this.writes.set(id, record);
    }
    return record;
  }

  private noteInLog(id: number): void {
    const record = this.writeRecord(id);
    record.inLog = true;
    this.check('S24', !record.neverInLog, () => {
      return `write ${id} is in a log although its client was told it was not proposed`;
    });
  }

  private hashesOf(run: Run): readonly number[] {
    let hashes = this.entriesOfRun.get(run);
    if (hashes === undefined) {
      hashes = hashEntries(run);
      this.entriesOfRun.set(run, hashes);
    }
    return hashes;
  }

  private writeIdOf(run: Run, offset: number): number {
    if ((run.flags & RUN_KIND_MASK) !== RUN_COMMANDS) return -1;
    // All commands of a simulated run have one size.
    return writeIdAt(run.bytes, (run.bytes.length / run.count) * offset);
  }
}

/** One hash per entry of a run. It does not depend on how the run was split. */
function hashEntries(run: Run): readonly number[] {
  const time = hashText(`${String(run.timeNs)} ${String(run.seed)} ${run.flags}`);
  const size = run.bytes.length / run.count;
  const hashes: number[] = [];
  for (let offset = 0; offset < run.count; offset += 1) {
    const place = run.firstIndex + offset - run.originalFirstIndex;
    let hash = mix32(mix32(time, run.originalFirstIndex), place);
    for (let at = offset * size; at < (offset + 1) * size; at += 1) {
      hash = Math.imul(hash ^ (run.bytes[at] ?? 0), 0x01000193);
    }
    hashes.push(hash >>> 0);
  }
  return hashes;
}
