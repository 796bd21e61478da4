import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';

import { historyLine, newestOf, PAGES, readHistory, withTables } from './history.mjs';
import { headLine, lineOf } from './table.mjs';
import type { HistoryLine, RunDescription } from './types.d.ts';
import { atLeast, ofRedis } from './verdict.mjs';

const RUN: RunDescription = {
  date: '2026-01-02T03:04:05.678Z',
  commit: 'abc1234',
  machine: '2 × Processor, Linux 6',
  node: 'v20.0.0',
};
const SET = {
  name: 'SET P16',
  unit: '/s',
  samples: [900_123.4, 800_000, 950_000],
  ratios: [0.9, 0.95, 1.01],
  goal: ofRedis(atLeast(0.9, 1)),
  othersCores: 0.0312345,
};

test('a figure becomes a line with its spread and its verdict', () => {
  expect(historyLine(RUN, 'wire', SET, 1)).toEqual({
    ...RUN,
    part: 'wire',
    name: 'SET P16',
    unit: '/s',
    samples: 3,
    median: 900_100,
    min: 800_000,
    max: 950_000,
    ratio: 0.95,
    ratioMin: 0.9,
    ratioMax: 1.01,
    goal: { of: 'ratio', bound: 'least', required: 0.9, aim: 1 },
    verdict: 'reached',
    othersCores: 0.03123,
  });
});

test('a figure in doubt has a reason and no verdict', () => {
  const line = historyLine(RUN, 'wire', { ...SET, othersCores: 0.5 }, 1);
  expect(line).toMatchObject({ doubt: 'others used 0.50 of a core', goal: SET.goal });
  expect(line).not.toHaveProperty('verdict');
});

test('the table says figures, ratio, goal and verdict, or why there is none', () => {
  const lines = [
    historyLine(RUN, 'wire', SET, 1),
    historyLine(RUN, 'wire', { ...SET, othersCores: 0.5 }, 1),
    historyLine(RUN, 'idle', { name: 'idle', unit: '%', samples: [1.2], othersCores: 0 }, 1),
  ];
  expect([headLine(), ...lines.map(lineOf)].join('\n')).toMatchInlineSnapshot(`
    "case                                             median       min       max  unit         others of redis (min … max) goal                      verdict
    SET P16                                          900.1k    800.0k    950.0k  /s             0.03 0.95 (0.90 … 1.01)   ≥ 0.9, aim 1 of redis     reached
    SET P16                                          900.1k    800.0k    950.0k  /s             0.50 0.95 (0.90 … 1.01)   ≥ 0.9, aim 1 of redis     no result: others used 0.50 of a core
    idle                                               1.20      1.20      1.20  %              0.00"
  `);
});

const PAGE = [
  'Before.',
  '<!-- bench: wire -->',
  'what was here',
  '<!-- end of bench -->',
  'Between.',
  '<!-- bench: idle -->',
  '<!-- end of bench -->',
  'After.',
  '',
].join('\n');

test('a page gets the figures of the last run of each part, and keeps its own words', () => {
  const later = { ...RUN, date: '2026-01-03T03:04:05.678Z' };
  const history: HistoryLine[] = [
    historyLine(RUN, 'wire', { ...SET, name: 'gone since' }, 1),
    historyLine(RUN, 'wire', SET, 1),
    historyLine(later, 'wire', SET, 1),
  ];
  expect(newestOf(history, 'wire')).toEqual(history.slice(2));
  const page = withTables(PAGE, history);
  expect(page).toMatchInlineSnapshot(`
    "Before.
    <!-- bench: wire -->
    2026-01-03 03:04 UTC, commit abc1234, 2 × Processor, Linux 6, Node v20.0.0:

    | case | median | min … max | of redis | goal | verdict |
    | --- | --- | --- | --- | --- | --- |
    | SET P16 | 900.1k /s | 800.0k … 950.0k | 0.95 (0.90 … 1.01) | ≥ 0.9, aim 1 of redis | reached |
    <!-- end of bench -->
    Between.
    <!-- bench: idle -->
    Not recorded yet.
    <!-- end of bench -->
    After.
    "
  `);
  expect(withTables(page, history)).toBe(page);
});

const FIGURE = /^(?:date|commit|machine|node|part|name|unit|doubt|verdict|goal)$/;

test('every line of docs/bench-history.jsonl is one that a run has written', () => {
  const history = readHistory();
  for (const line of history) {
    expect(new Date(line.date).toISOString()).toBe(line.date);
    expect(line.commit).toMatch(/^[0-9a-f]{7,}\+?$/);
    const figures = Object.entries(line).filter(([name]) => !FIGURE.test(name));
    expect(figures.filter(([, figure]) => typeof figure !== 'number' && figure !== null)).toEqual(
      [],
    );
    expect(line.min <= line.median && line.median <= line.max).toBe(true);
    // A figure in doubt is not called a result.
    expect(line.doubt !== undefined && line.verdict !== undefined).toBe(false);
    expect(line.othersCores > 0.1 && line.doubt === undefined).toBe(false);
  }
  for (const part of new Set(history.map((line) => line.part))) {
    const dates = history.filter((line) => line.part === part).map(({ date }) => date);
    expect(dates, part).toEqual([...dates].sort());
  }
});

test('the pages show the newest recorded figures (npm run bench -- --record puts them there)', () => {
  const history = readHistory();
  for (const path of PAGES) {
    const page = readFileSync(path, 'utf8');
    expect(withTables(page, history)).toBe(page);
  }
});
