import fc from 'fast-check';
import { expect, test } from 'vitest';

import { applyPatch, diff, type Json } from '../../../main/host/recording/view-patch.ts';

test('any JSON becomes any other by its patch, also after the patch was written and read', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const [before, after] = [one as Json, other as Json];
      const patch = diff(before, after);
      const read = JSON.parse(JSON.stringify(patch)) as typeof patch;
      const made = read === null ? before : applyPatch(before, read);
      // Numbers as JSON has them: it knows no -0.
      expect(made).toEqual(JSON.parse(JSON.stringify(after)));
    }),
    {
      numRuns: 500,
      examples: [[-0, 0].map((n) => JSON.parse(String(n)) as number) as [never, never]],
    },
  );
});

test('of a picture only what differs is kept', () => {
  const before = {
    health: { term: 3, leaderId: '1' },
    nodes: [
      { id: '1', lag: 0 },
      { id: '2', lag: 7 },
    ],
  };
  const after = {
    health: { term: 3, leaderId: '1' },
    nodes: [
      { id: '1', lag: 0 },
      { id: '2', lag: 9 },
    ],
  };
  expect(diff(before, after)).toEqual([
    '~',
    { nodes: ['~', { 1: ['~', { lag: ['=', 9] }, []] }, []] },
    [],
  ]);
  expect(diff(before, before)).toBeNull();
});
