import { assert } from './assert.ts';
import type { LogIndex, Term, TermSpan } from './types.ts';

/*
 * The terms of all entries in the log. Terms only grow along the log and change once per election, so
 * a few spans say what an array of one number per entry would: a log of a hundred million entries
 * and a thousand elections takes a thousand spans.
 */

/** Terms by index. Invariant: first indices and terms both strictly ascend. */
export class TermSpans {
  #firsts: LogIndex[] = [];
  #terms: Term[] = [];

  /** Takes over spans read from disk. */
  constructor(spans: readonly TermSpan[]) {
    for (const span of spans) this.append(span.firstIndex, span.term);
  }

  get count(): number {
    return this.#firsts.length;
  }

  /** Notes that entries from `firstIndex` on have this term. */
  append(firstIndex: LogIndex, term: Term): void {
    const last = this.#firsts.length - 1;
    if (last >= 0) {
      const lastTerm = this.#terms[last] ?? 0;
      if (term === lastTerm) return;
      assert(term > lastTerm, 'terms never decrease along the log');
      assert(firstIndex > (this.#firsts[last] ?? 0), 'a later term starts at a later index');
    }
    this.#firsts.push(firstIndex);
    this.#terms.push(term);
  }

  /** Forgets everything at and above `index`. */
  truncateFrom(index: LogIndex): void {
    while ((this.#firsts[this.#firsts.length - 1] ?? 0) >= index) {
      this.#firsts.pop();
      this.#terms.pop();
    }
  }

  /** Forgets everything up to `index`. */
  trimThrough(index: LogIndex): void {
    const kept = this.#spanOf(index + 1);
    if (kept < 0) return;
    this.#firsts.splice(0, kept);
    this.#terms.splice(0, kept);
    this.#firsts[0] = index + 1;
  }

  clear(): void {
    this.#firsts = [];
    this.#terms = [];
  }

  /** The term at `index`, or null before the first span. The caller knows where the log ends. */
  termAt(index: LogIndex): Term | null {
    const last = this.#firsts.length - 1;
    // Almost every question is about the newest term.
    if (last >= 0 && index >= (this.#firsts[last] ?? 0)) return this.#terms[last] ?? null;
    const span = this.#spanOf(index);
    return span < 0 ? null : (this.#terms[span] ?? null);
  }

  /** The first index in [from, through] whose term is not `term`, or null. */
  firstOtherTerm(from: LogIndex, through: LogIndex, term: Term): LogIndex | null {
    const span = this.#spanOf(from);
    if (span < 0 || this.#terms[span] !== term) return from;
    const next = this.#firsts[span + 1];
    return next !== undefined && next <= through ? next : null;
  }

  /** The greatest index, not above `index`, whose term is at most `term`; null before the log. */
  lastIndexWithTermAtMost(index: LogIndex, term: Term): LogIndex | null {
    let span = this.#spanOf(index);
    let found = index;
    while (span >= 0 && (this.#terms[span] ?? 0) > term) {
      found = (this.#firsts[span] ?? 1) - 1;
      span -= 1;
    }
    return span < 0 ? null : found;
  }

  /** Number of the span that holds `index`, or -1. */
  #spanOf(index: LogIndex): number {
    let low = 0;
    let high = this.#firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#firsts[middle] ?? 0) <= index) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
