import { expect, test } from 'vitest';

import { textLine } from '../../../../main/cli/node/log-line.ts';
import type { OutputLine } from '../../../../main/contract/model.ts';
import { HOSTILE_LINES } from '../../../../renderer/connection/fake/fake-output.ts';
import {
  filtered,
  lineAt,
  matchesOf,
  safeText,
  type ShownLine,
  shownLine,
  withLines,
} from '../../../../renderer/features/output/output-line.ts';
import { Dice } from '../why/scene.ts';

const NOW_MS = new Date(2026, 10, 20, 14, 2, 18, 412).getTime();

function printed(text: string, change: Partial<OutputLine> = {}): OutputLine {
  return { nodeId: '1', timeMs: NOW_MS + 150, stream: 'stdout', text, ...change };
}

test('what a node writes is taken apart: its own time, its level, its words', () => {
  const levels = ['debug', 'verbose', 'notice', 'warning'] as const;
  for (const level of levels) {
    for (const coloured of [false, true]) {
      const record = {
        pid: 4711,
        role: 'L',
        timeMs: NOW_MS,
        level,
        text: 'snapshot # taken',
      } as const;
      const line = shownLine(printed(textLine(record, coloured)), 3);
      expect(line).toMatchObject({ key: 3, timeMs: NOW_MS, level, text: 'snapshot # taken' });
    }
  }
});

test('what no node wrote keeps the time at which the host read it, and is loud on stderr', () => {
  const crash = shownLine(printed('Error: heap out of memory', { stream: 'stderr' }), 1);
  expect(crash).toMatchObject({ timeMs: NOW_MS + 150, level: 'warning' });
  expect(shownLine(printed('hello'), 1).level).toBe('notice');
  // A clock that was set elsewhere does not move a line to another day.
  const old = textLine({ pid: 1, role: 'F', timeMs: 0, level: 'notice', text: 'x' }, false);
  expect(shownLine(printed(old), 1).timeMs).toBe(NOW_MS + 150);
});

test('a hundred hostile lines become text that neither acts nor hides, of bounded length', () => {
  const dice = new Dice(20_261_120);
  const acting = [
    '\0',
    '\u001b',
    '\u009b',
    '\u202e',
    '\u2066',
    '\u200b',
    '\ufeff',
    '\u2028',
    '\ud83d',
  ];
  const made = Array.from({ length: 100 - HOSTILE_LINES.length }, () =>
    Array.from({ length: dice.between(1, 40) }, () => {
      const kind = dice.between(0, 2);
      if (kind === 0) return acting[dice.between(0, acting.length - 1)] ?? '';
      return kind === 1
        ? String.fromCharCode(dice.between(0, 0xffff))
        : (HOSTILE_LINES[dice.between(0, 9)] ?? '').slice(0, dice.between(1, 60));
    }).join(''),
  );
  const lines = [...HOSTILE_LINES, ...made];
  expect(lines).toHaveLength(100);
  for (const text of lines) {
    const shown = shownLine(printed(text), 1).text;
    expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    // Every sign may become an escape of eight.
    expect(shown.length).toBeLessThan(8 * 4_096 + 100);
  }
});

test('nothing is left out in silence, and what is harmless stays as it is', () => {
  expect(safeText('x'.repeat(5_000))).toBe(`${'x'.repeat(4_096)}… 904 characters more`);
  expect(shownLine(printed('y'.repeat(1_000_000)), 1).text).toMatch(
    /^y{4096}… 995,904 characters more$/,
  );
  expect(safeText('naïve Ω 日本語 😀 {"a":"<b>"}')).toBe('naïve Ω 日本語 😀 {"a":"<b>"}');
  expect(safeText('a\tb')).toBe('a    b');
});

function lineOf(key: number, timeMs: number, change: Partial<ShownLine> = {}): ShownLine {
  return {
    key,
    nodeId: '1',
    stream: 'stdout',
    timeMs,
    level: 'notice',
    text: `line ${String(key)}`,
    ...change,
  };
}

test('lines of several nodes stand in order of time, the newest ten thousand of them', () => {
  const first = withLines([], [lineOf(0, 20), lineOf(1, 10, { nodeId: '2' })]);
  const all = withLines(first, [lineOf(2, 15, { nodeId: '3' }), lineOf(3, 30)]);
  expect(all.map(({ key }) => key)).toEqual([1, 2, 0, 3]);
  expect(withLines(all, [])).toBe(all);
  const many = Array.from({ length: 10_500 }, (_, at) => lineOf(at + 4, 40 + at));
  expect(withLines(all, many)).toHaveLength(10_000);
  expect(withLines(all, many).at(-1)?.key).toBe(10_503);
});

test('lines are filtered by node and level, found by their words, and by a moment', () => {
  const lines = [
    lineOf(0, 10, { level: 'debug' }),
    lineOf(1, 20, { nodeId: '2', level: 'warning', text: 'Peer refused' }),
    lineOf(2, 30, { level: 'warning' }),
    lineOf(3, 30),
  ];
  const keys = (some: readonly ShownLine[]): readonly number[] => some.map(({ key }) => key);
  expect(keys(filtered(lines, { nodeId: null, level: 'warning' }))).toEqual([1, 2]);
  expect(keys(filtered(lines, { nodeId: '1', level: 'notice' }))).toEqual([2, 3]);
  expect(filtered(lines, { nodeId: null, level: 'all' })).toBe(lines);
  expect(matchesOf(lines, 'peer REF')).toEqual([1]);
  expect(matchesOf(lines, '')).toEqual([]);
  expect([5, 10, 29, 30, 99].map((atMs) => lineAt(lines, atMs))).toEqual([-1, 0, 1, 3, 3]);
});
