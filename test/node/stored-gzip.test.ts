import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

import { gzipRange } from '../../node-engine/node/stored-gzip.ts';

function sourceOf(bytes: Buffer) {
  return {
    size: bytes.length,
    // As a file does it that is cut into blocks: less than was asked for.
    read: (offset: number, bytesMax: number) =>
      Promise.resolve(bytes.subarray(offset, offset + Math.min(bytesMax, 40_000))),
  };
}

test.each([0, 1, 65_535, 65_536, 200_001])('%i bytes are found again by gunzip', async (size) => {
  const bytes = Buffer.from(Array.from({ length: size }, (_, at) => (at * 7) % 251));
  const whole = await gzipRange(sourceOf(bytes), 0, 10_000_000);
  expect(whole.subarray(0, 2).toString('hex')).toBe('1f8b');
  expect(gunzipSync(whole).equals(bytes)).toBe(true);
  for (const step of [1, 9, 65_540, 99_991]) {
    if (whole.length / step > 50) continue;
    const parts: Buffer[] = [];
    for (let at = 0; at < whole.length; at += step) {
      parts.push(await gzipRange(sourceOf(bytes), at, step));
    }
    expect(Buffer.concat(parts).equals(whole)).toBe(true);
  }
  expect(await gzipRange(sourceOf(bytes), whole.length, 10)).toHaveLength(0);
});
