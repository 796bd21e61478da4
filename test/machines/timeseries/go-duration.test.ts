import { expect, test } from 'vitest';

import { formatGoDuration, parseGoDuration } from '../../../node-engine/machine/go-duration.ts';

const WRITTEN: readonly (readonly [string, bigint])[] = [
  ['0s', 0n],
  ['1ns', 1n],
  ['1.1µs', 1100n],
  ['2.2ms', 2_200_000n],
  ['3.3s', 3_300_000_000n],
  ['4m5s', 245_000_000_000n],
  ['4m5.001s', 245_001_000_000n],
  ['5h6m7.001s', 18_367_001_000_000n],
  ['168h0m0s', 604_800_000_000_000n],
  ['-10m0s', -600_000_000_000n],
  ['2562047h47m16.854775807s', 2n ** 63n - 1n],
];

test.each(WRITTEN)('%s is written and read', (text, duration) => {
  expect([formatGoDuration(duration), parseGoDuration(text)]).toEqual([text, duration]);
});

test('durations are read in every form that Go reads', () => {
  const read = [
    '0',
    '+5s',
    '-.5s',
    '1.s',
    '1h2m3s4ms5us6ns',
    '39h9m14.425s',
    '100ns',
    '1μs',
    '0.3333s',
  ];
  expect(read.map(parseGoDuration)).toEqual([
    0n,
    5_000_000_000n,
    -500_000_000n,
    1_000_000_000n,
    3_723_004_005_006n,
    140_954_425_000_000n,
    100n,
    1000n,
    333_300_000n,
  ]);
});

test('what is no duration is refused', () => {
  const texts = ['', '3', '-', 's', '.', '-.', '.s', '+.s', '1d', ' 1s', '1s ', '1 s', '--1s', 'x'];
  expect(texts.filter((text) => parseGoDuration(text) !== null)).toEqual([]);
  expect(parseGoDuration('2562047h47m16.854775808s')).toBe(null);
});
