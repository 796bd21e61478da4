import { expect, test } from 'vitest';

import { StateDigest } from '../../node-engine/machine/state-digest.ts';

type Row = readonly (string | number)[];

function digestOf(rows: readonly Row[]): string {
  const digest = new StateDigest();
  for (const row of rows) {
    for (const field of row) {
      if (typeof field === 'number') digest.absorbFloat64(field);
      else digest.absorbBytes(Buffer.from(field, 'latin1'));
    }
    digest.endRecord();
  }
  return digest.hex();
}

test('the order of records does not matter', () => {
  const rows: readonly Row[] = [
    ['a', 'b'],
    ['c', 'd'],
    ['e', 7],
  ];
  expect(digestOf(rows)).toBe(digestOf([...rows].reverse()));
});

test('no state is empty but the empty one', () => {
  expect(digestOf([])).toBe('0'.repeat(32));
  expect(digestOf([['']])).not.toBe(digestOf([]));
});

test('states that differ a little have different hashes', () => {
  const base = 'some longer value, to have several words in each of the lanes';
  const states: Row[][] = [[['key', base]], [['key', base, '']], [['keys', base.slice(1)]]];
  for (let at = 0; at < base.length; at++) {
    const code = base.charCodeAt(at);
    for (let bit = 0; bit < 8; bit++) {
      const flipped = String.fromCharCode(code ^ (1 << bit));
      states.push([['key', base.slice(0, at) + flipped + base.slice(at + 1)]]);
    }
    states.push([['key', base.slice(0, at), base.slice(at)]]);
  }
  for (let number = 0; number < 1000; number++) states.push([['key', base, number]]);
  expect(new Set(states.map(digestOf)).size).toBe(states.length);
});

test('bits of the hash are evenly set over many records', () => {
  const counts = new Array<number>(128).fill(0);
  for (let record = 0; record < 2000; record++) {
    const bits = BigInt(`0x${digestOf([[`key:${record}`, 'value']])}`);
    for (let bit = 0; bit < 128; bit++) {
      if ((bits >> BigInt(bit)) & 1n) counts[bit] = (counts[bit] ?? 0) + 1;
    }
  }
  // 2000 coin tosses stay within 1000 ± 150 with more than six standard deviations to spare.
  expect(counts.filter((count) => Math.abs(count - 1000) > 150)).toEqual([]);
});
