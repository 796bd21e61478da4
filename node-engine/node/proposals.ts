import type { LogIndex, NodeId, Term } from '../raft/types.ts';
import type { Reply } from '../resp/value.ts';
import type { UnknownCause, WriteFailure, WriteWaiter } from './driver-ports.ts';

/** The waiters of one proposal, one per entry; null where nobody waits. */
export interface PendingProposal {
  readonly firstIndex: LogIndex;
  readonly term: Term;
  /** Monotonic milliseconds. */
  readonly proposedAtMs: number;
  readonly waiters: readonly (WriteWaiter | null)[];
}

/** A proposal of which the entries below `from` have been answered. */
interface Entry extends PendingProposal {
  from: LogIndex;
}

/**
 * Who waits for which entry.
 *
 * After leadership is lost a waiting write is undecided until some entry is applied at its index: of
 * the same term, it was ours; of another, it never happened. Who cannot wait that long is told that
 * the outcome is unknown, never that the write failed.
 */
export class Proposals {
  /** In the order of proposing. Ranges of different terms may overlap while both are undecided. */
  #pending: Entry[] = [];
  /** Monotonic ms after which undecided writes are answered as unknown; null while leading. */
  #deadlineMs: number | null = null;
  /** The newest term in which leadership was lost. */
  #lostTerm: Term = 0;

  /** Proposals with someone waiting. */
  get count(): number {
    return this.#pending.length;
  }

  /** When `expire` has something to do, or null. */
  get deadlineMs(): number | null {
    return this.#deadlineMs;
  }

  /** Registers the waiters of a proposal that is in the log at these indices. */
  add(proposal: PendingProposal): void {
    this.#pending.push({ ...proposal, from: proposal.firstIndex });
  }

  /** Leadership of `term` was lost: its undecided writes wait until `deadlineMs` at most. */
  leadershipLost(term: Term, deadlineMs: number): void {
    this.#lostTerm = term;
    if (this.#pending.length > 0) this.#deadlineMs ??= deadlineMs;
  }

  /** Answers what was undecided when leadership was lost, at its deadline. */
  expire(nowMs: number): void {
    if (this.#deadlineMs === null || nowMs < this.#deadlineMs) return;
    this.#deadlineMs = null;
    const late = this.#pending.filter((entry) => entry.term <= this.#lostTerm);
    this.#pending = this.#pending.filter((entry) => entry.term > this.#lostTerm);
    for (const entry of late) fail(entry, entry.from, unknownBy('leadership-lost'));
  }

  /**
   * The entries [firstIndex, lastIndex] of `term` are about to be applied. Writes that waited there
   * with another term never happened; their waiters are told so, and whom to ask now.
   *
   * @returns the proposal some of whose waiters want these entries' replies, or null
   */
  match(
    range: { readonly firstIndex: LogIndex; readonly lastIndex: LogIndex; readonly term: Term },
    leaderId: NodeId | null,
  ): PendingProposal | null {
    let found: PendingProposal | null = null;
    const kept: Entry[] = [];
    for (const entry of this.#pending) {
      const entryLast = entry.firstIndex + entry.waiters.length - 1;
      if (entry.from > range.lastIndex || entryLast < range.firstIndex) {
        kept.push(entry);
      } else if (entry.term === range.term) {
        found = entry;
        entry.from = range.lastIndex + 1;
        if (entry.from <= entryLast) kept.push(entry);
      } else {
        fail(entry, entry.from, () => ({ kind: 'superseded', leaderId }));
      }
    }
    this.#pending = kept;
    if (kept.length === 0) this.#deadlineMs = null;
    return found;
  }

  /** A snapshot replaced everything up to `index`: what waited there can no longer be known. */
  snapshotInstalled(index: LogIndex): void {
    const covered = this.#pending.filter((entry) => entry.from <= index);
    this.#pending = this.#pending.filter((entry) => entry.from > index);
    for (const entry of covered) fail(entry, entry.from, unknownBy('leadership-lost'));
  }

  /** Answers everyone that the outcome is unknown, for a node that stops because of `cause`. */
  abandon(cause: UnknownCause): void {
    const all = this.#pending;
    this.#pending = [];
    this.#deadlineMs = null;
    for (const entry of all) fail(entry, entry.from, unknownBy(cause));
  }
}

/** Tells the waiter of entry `index`, if there is one, what its command answered. */
export function answer(proposal: PendingProposal | null, index: LogIndex, reply: Reply): void {
  if (proposal === null) return;
  proposal.waiters[index - proposal.firstIndex]?.applied(reply, index);
}

function unknownBy(cause: UnknownCause): (index: LogIndex, term: Term) => WriteFailure {
  return (index, term) => ({ kind: 'unknown', index, term, cause });
}

function fail(
  entry: Entry,
  from: LogIndex,
  failure: (index: LogIndex, term: Term) => WriteFailure,
): void {
  for (let offset = from - entry.firstIndex; offset < entry.waiters.length; offset += 1) {
    entry.waiters[offset]?.failed(failure(entry.firstIndex + offset, entry.term));
  }
}
