import { decodeMembership } from '../raft/membership-codec.ts';
import { isMembershipRun, lastIndexOf } from '../raft/types.ts';
import type { LogIndex, LoggedMembership, Run, Term, TermSpan } from '../raft/types.ts';
import type { ChainPoint } from './record.ts';
import { RecordIndex } from './record-index.ts';

/** What a core needs to know of a log, gathered while its records are read in order. */
export class LogContents {
  readonly records: RecordIndex;
  readonly terms: TermSpan[] = [];
  readonly memberships: LoggedMembership[] = [];
  /** Runs that end above the commit index known when they were read. */
  readonly uncommitted: Run[] = [];
  readonly #commitIndex: LogIndex;

  constructor(base: ChainPoint, commitIndex: LogIndex) {
    this.records = new RecordIndex(base);
    this.#commitIndex = commitIndex;
  }

  /** Adds the run that follows, with the record it came from. */
  push(run: Run, value: Uint8Array): void {
    this.records.push({ count: run.count, term: run.term, value });
    if (this.terms.at(-1)?.term !== run.term) {
      this.terms.push({ firstIndex: run.firstIndex, term: run.term });
    }
    const membership = isMembershipRun(run) ? decodeMembership(run.bytes) : null;
    if (membership !== null) this.memberships.push({ index: run.firstIndex, membership });
    if (lastIndexOf(run) > this.#commitIndex) this.uncommitted.push(run);
  }

  /** Term of an entry, or of the one before the first. */
  termAt(index: LogIndex): Term {
    if (index === this.records.base.index) return this.records.base.term;
    return this.terms.findLast((span) => span.firstIndex <= index)?.term ?? 0;
  }
}
