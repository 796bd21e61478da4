import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  decodeRunHeader,
  encodeRunHeader,
  RUN_HEADER_BYTES,
  runOf,
} from '../../node-engine/raft/run-codec.ts';
import { RUN_COMMANDS, RUN_NO_OP } from '../../node-engine/raft/types.ts';
import type { Run } from '../../node-engine/raft/types.ts';

const EXAMPLE: Run = {
  firstIndex: 2 ** 40 + 7,
  originalFirstIndex: 2 ** 40 + 5,
  count: 3,
  term: 9,
  timeNs: 1_700_000_000_000_000_001n,
  seed: 0xfedc_ba98_7654_3210n,
  flags: RUN_COMMANDS,
  bytes: new Uint8Array([1, 2, 3]),
};

function encoded(run: Run): Uint8Array {
  const target = new Uint8Array(RUN_HEADER_BYTES);
  encodeRunHeader(run, target, 0);
  return target;
}

describe('the header of a run', () => {
  test('has the bytes of format 1', () => {
    expect(Buffer.from(encoded(EXAMPLE)).toString('hex')).toBe(
      '00000000' + // checksum, left to the caller
        '0001' + // format
        '0000' + // flags
        '00000003' + // count
        '00000003' + // byte length
        '0000010000000007' + // first index
        '0000010000000005' + // original first index
        '0000000000000009' + // term
        '17979cfe362a0001' + // time
        'fedcba9876543210', // seed
    );
  });

  test('is read back as it was written, at any offset', () => {
    const run = fc
      .record({
        originalFirstIndex: fc.integer({ min: 1, max: 2 ** 52 }),
        skipped: fc.nat(1000),
        count: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
        term: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
        timeNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        seed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        bytes: fc.uint8Array({ maxLength: 64 }),
      })
      .map(({ skipped, ...rest }): Run => ({
        ...rest,
        firstIndex: rest.originalFirstIndex + skipped,
        flags: RUN_COMMANDS,
      }));
    fc.assert(
      fc.property(run, fc.nat(20), (original, offset) => {
        const target = new Uint8Array(offset + RUN_HEADER_BYTES);
        encodeRunHeader(original, target, offset);
        const decoded = decodeRunHeader(target, offset);
        if (!decoded.ok) throw new Error(decoded.fault);
        expect(decoded.header.byteLength).toBe(original.bytes.length);
        expect(runOf(decoded.header, original.bytes)).toEqual(original);
      }),
    );
  });

  test.each<[string, Partial<Run>]>([
    ['a first index of 0', { firstIndex: 0, originalFirstIndex: 0 }],
    ['a first index below the original', { firstIndex: 2 ** 40 }],
    ['no entries', { count: 0 }],
    ['a last index that is not exact', { firstIndex: Number.MAX_SAFE_INTEGER, count: 2 }],
    ['a term that is not whole', { term: 1.5 }],
    ['a seed of 65 bits', { seed: 2n ** 64n }],
    ['a time of 65 bits', { timeNs: 2n ** 63n }],
    ['flags of 17 bits', { flags: 2 ** 16 }],
  ])('is not written with %s', (_what, change) => {
    expect(() => encoded({ ...EXAMPLE, ...change })).toThrow(RangeError);
  });

  test('is refused when it is short, newer or impossible', () => {
    const bytes = encoded(EXAMPLE);
    expect(decodeRunHeader(bytes.subarray(1), 0)).toEqual({ ok: false, fault: 'short' });
    const newer = bytes.slice();
    newer[5] = 2;
    expect(decodeRunHeader(newer, 0)).toEqual({ ok: false, fault: 'newer-format' });
    const older = bytes.slice();
    older[5] = 0;
    expect(decodeRunHeader(older, 0)).toEqual({ ok: false, fault: 'invalid' });
    const unsafe = bytes.slice();
    unsafe.fill(0xff, 32, 40);
    expect(decodeRunHeader(unsafe, 0)).toEqual({ ok: false, fault: 'invalid' });
    const manyNoOps = bytes.slice();
    manyNoOps[7] = RUN_NO_OP;
    expect(decodeRunHeader(manyNoOps, 0)).toEqual({ ok: false, fault: 'invalid' });
  });
});
