import { expect, it } from 'vitest';
import { faultRowsOf } from '../../../../renderer/features/timeline/fault-rows.ts';
import type { FaultSpan } from '../../../../renderer/features/timeline/happenings.ts';

function span(nodeId: string, what: string, fromMs: number, toMs: number | null): FaultSpan {
  return {
    id: `${what} ${String(fromMs)}`,
    nodeId,
    label: `node-${nodeId}: ${what}`,
    fromMs,
    toMs,
  };
}

const labels = (spans: readonly FaultSpan[]): string[][] =>
  faultRowsOf(spans, 0, 10_000).map((row) => row.map(({ label }) => label));

it('draws the cuts of one partition as one, and what came later in a row of its own', () => {
  const cuts = ['1', '2', '3', '4'].map((id, at) => span(id, 'cut', 1_000 + at * 20, 4_000 + at));
  expect(labels([...cuts, span('2', 'slow disk', 2_000, null)])).toEqual([
    ['node-1: cut, and 3 more'],
    ['node-2: slow disk'],
  ]);
});

it('uses a row again when its fault has ended', () => {
  const spans = [span('1', 'cut', 0, 1_000), span('2', 'delay', 2_000, 3_000)];
  expect(labels([...spans, span('3', 'drop', 4_000, null)])).toEqual([
    ['node-1: cut', 'node-2: delay', 'node-3: drop'],
  ]);
});

it('counts what finds no row, instead of leaving it out', () => {
  const spans = [0, 1, 2, 3, 4].map((at) => span(String(at), 'drop', at * 1_000, null));
  expect(labels(spans)).toEqual([['node-0: drop'], ['node-1: drop'], ['node-2: drop, +2']]);
});

it('leaves out what lies outside of the stretch', () => {
  expect(labels([span('1', 'cut', -5_000, -1_000), span('2', 'cut', 11_000, null)])).toEqual([]);
});
