import fc from 'fast-check';
import { expect, test } from 'vitest';

import { InvariantError } from '../../node-engine/raft/assert.ts';
import { TermSpans } from '../../node-engine/raft/term-spans.ts';

/** One number per entry, from index 1 on; what the spans stand for. */
type NaiveTerms = (number | null)[];

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('append'), count: fc.integer({ min: 1, max: 5 }), up: fc.nat(2) }),
    fc.record({ do: fc.constant('truncate'), count: fc.nat(6), up: fc.constant(0) }),
    fc.record({ do: fc.constant('trim'), count: fc.nat(4), up: fc.constant(0) }),
  ),
  { maxLength: 40 },
);

function build(list: readonly { do: string; count: number; up: number }[]): {
  spans: TermSpans;
  terms: NaiveTerms;
  first: number;
} {
  const spans = new TermSpans([]);
  const terms: NaiveTerms = [null];
  let first = 1;
  for (const step of list) {
    const last = terms.length - 1;
    if (step.do === 'append') {
      const term = Math.max(1, (terms[last] ?? 1) + step.up);
      spans.append(last + 1, term);
      for (let number = 0; number < step.count; number += 1) terms.push(term);
    } else if (step.do === 'truncate') {
      const from = Math.max(first, last + 1 - step.count);
      spans.truncateFrom(from);
      terms.length = from;
    } else {
      const through = Math.min(last - 1, first - 1 + step.count);
      if (through < first) continue;
      spans.trimThrough(through);
      terms.fill(null, 0, through + 1);
      first = through + 1;
    }
  }
  return { spans, terms, first };
}

test('spans answer like one term per entry', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const { spans, terms, first } = build(list);
      for (let index = first; index < terms.length; index += 1) {
        expect(spans.termAt(index)).toBe(terms[index]);
      }
    }),
  );
});

test('the first other term is found as by looking at every entry', () => {
  fc.assert(
    fc.property(steps, fc.nat(30), fc.nat(30), fc.nat(12), (list, one, two, term) => {
      const { spans, terms, first } = build(list);
      const last = terms.length - 1;
      if (last < first) return;
      const from = Math.min(last, first + one);
      const through = Math.min(last, from + two);
      let expected: number | null = null;
      for (let index = through; index >= from; index -= 1) {
        if (terms[index] !== term) expected = index;
      }
      expect(spans.firstOtherTerm(from, through, term)).toBe(expected);
    }),
  );
});

test('the last index with a term at most is found as by looking at every entry', () => {
  fc.assert(
    fc.property(steps, fc.nat(30), fc.nat(12), (list, one, term) => {
      const { spans, terms, first } = build(list);
      const last = terms.length - 1;
      if (last < first) return;
      const index = Math.min(last, first + one);
      let expected: number | null = null;
      for (let place = first; place <= index; place += 1) {
        if ((terms[place] ?? 0) <= term) expected = place;
      }
      const found = spans.lastIndexWithTermAtMost(index, term);
      // Before the log the spans may name the index just before it; the log decides what that means.
      expect(found !== null && found < first ? null : found).toBe(expected);
    }),
  );
});

test('before the first span nothing is known, and cutting there changes nothing', () => {
  const spans = new TermSpans([
    { firstIndex: 5, term: 2 },
    { firstIndex: 8, term: 4 },
  ]);
  expect([4, 5, 7, 8, 99].map((index) => spans.termAt(index))).toEqual([null, 2, 2, 4, 4]);
  spans.trimThrough(3);
  expect([4, 5].map((index) => spans.termAt(index))).toEqual([null, 2]);
  expect(spans.firstOtherTerm(4, 9, 2)).toBe(4);
  expect([spans.firstOtherTerm(5, 7, 2), spans.firstOtherTerm(5, 9, 2)]).toEqual([null, 8]);
  spans.clear();
  expect([spans.count, spans.termAt(8)]).toEqual([0, null]);
  spans.trimThrough(9);
  expect(spans.count).toBe(0);
});

test('terms that decrease along the log stop the server', () => {
  const spans = new TermSpans([{ firstIndex: 1, term: 3 }]);
  expect(() => {
    spans.append(2, 2);
  }).toThrow(InvariantError);
});
