import { expect, test } from 'vitest';

import {
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatLastUsed,
  formatPlural,
  formatRate,
} from '../../../renderer/ui/format.ts';

/** A number and its unit never part at the end of a line. */
function text(value: string): string {
  return value.replaceAll('\u00A0', ' ');
}

test.each([
  [-5, '0.0 ms'],
  [0, '0.0 ms'],
  [0.44, '0.4 ms'],
  [9.94, '9.9 ms'],
  [9.95, '10 ms'],
  [14, '14 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [9_800, '9.8 s'],
  [59_949, '59.9 s'],
  [60_000, '1 min 0 s'],
  [427_000, '7 min 7 s'],
  [3_600_000, '1 h 0 min'],
  [11_100_000, '3 h 5 min'],
  [187_200_000, '2 d 4 h'],
])('%d ms is read as %s', (ms, expected) => {
  expect(text(formatDuration(ms))).toBe(expected);
});

test('no duration ever has more digits than it deserves', () => {
  for (let ms = 0.01; ms < 1e9; ms *= 1.07) {
    const parts = text(formatDuration(ms)).split(' ');
    for (const part of parts.filter((_, at) => at % 2 === 0)) {
      expect(part.replace('.', '').length).toBeLessThanOrEqual(3);
    }
  }
});

test.each([
  [0, '0 B'],
  [412, '412 B'],
  [999, '999 B'],
  [1_000, '1.0 KiB'],
  [1_153_434, '1.1 MiB'],
  [104_857_600, '100 MiB'],
  [1_099_511_627_776, '1.0 TiB'],
])('%d bytes are read as %s', (bytes, expected) => {
  expect(text(formatBytes(bytes))).toBe(expected);
});

test.each([
  [0, '0'],
  [0.42, '0.4'],
  [9.96, '10'],
  [114.4, '114'],
  [12_400, '12,400'],
])('a rate of %d is read as %s', (rate, expected) => {
  expect(formatRate(rate)).toBe(expected);
});

test.each([
  [0, 'now'],
  [999, 'now'],
  [8_400, '8 s'],
  [1_260_000, '21 min'],
  [7_200_000, '2 h'],
  [200_000_000, '2 d'],
])('an age of %d ms is read as %s', (ms, expected) => {
  expect(text(formatAge(ms))).toBe(expected);
});

test('counts are grouped, and words agree with them', () => {
  expect(formatCount(153_312)).toBe('153,312');
  expect(formatPlural(1, 'entry', 'entries')).toBe('1 entry');
  expect(formatPlural(4_160, 'entry', 'entries')).toBe('4,160 entries');
  expect(formatPlural(0, 'node')).toBe('0 nodes');
});

test('what was used long ago says its day, what was used now says so', () => {
  const now = new Date(2026, 10, 20, 14, 2, 8).getTime();
  expect(formatLastUsed(now - 5_000, now)).toBe('now');
  expect(text(formatLastUsed(now - 12 * 60_000, now))).toBe('12 min ago');
  expect(formatLastUsed(new Date(2026, 10, 17, 17, 40).getTime(), now)).toBe('Tue 17:40');
  expect(formatLastUsed(new Date(2026, 0, 3).getTime(), now)).toBe('3 Jan 2026');
});
