import { expect, test } from 'vitest';

import { FairShare, type ShareHolder } from '../../node-engine/server/fair-share.ts';
import { SERVER_LIMITS } from '../../node-engine/server/limits.ts';

const LIMITS = {
  ...SERVER_LIMITS,
  pendingRepliesMax: 1_000,
  pendingBytesMax: 8_000,
  sharedRepliesMax: 600,
  shareRepliesMin: 100,
  shareBytesMax: 2_000,
};

function holders(count: number): ShareHolder[] {
  return Array.from({ length: count }, () => ({ shareWindow: -1 }));
}

/** What the last of so many has that take commands one after the other. */
function shareAmong(count: number): { readonly repliesMax: number; readonly bytesMax: number } {
  const shares = new FairShare(LIMITS);
  return holders(count).map((holder) => shares.of(holder, 10_000))[count - 1] ?? expect.fail();
}

test('who is alone may have everything, and several the same part of less', () => {
  expect(shareAmong(1)).toEqual({ repliesMax: 1_000, bytesMax: 8_000 });
  expect(shareAmong(2)).toEqual({ repliesMax: 300, bytesMax: 2_000 });
  expect(shareAmong(3)).toEqual({ repliesMax: 200, bytesMax: 2_000 });
});

test('a share is never below what an ordinary pipeline needs, nor above what one may have', () => {
  expect(shareAmong(50).repliesMax).toBe(100);
  const shares = new FairShare({ ...LIMITS, pendingRepliesMax: 40, pendingBytesMax: 900 });
  const [one, other] = holders(2);
  if (one === undefined || other === undefined) expect.fail();
  shares.of(one, 0);
  expect(shares.of(other, 0)).toEqual({ repliesMax: 40, bytesMax: 900 });
});

test('one that takes commands again and again counts once, and soon not at all when it stops', () => {
  const shares = new FairShare(LIMITS);
  const [one, other] = holders(2);
  if (one === undefined || other === undefined) expect.fail();
  for (let nowMs = 0; nowMs < 1_000; nowMs += 10) {
    expect(shares.of(one, nowMs).repliesMax).toBe(1_000);
  }
  shares.of(other, 1_000);
  for (let nowMs = 1_000; nowMs < 1_250; nowMs += 10) {
    expect(shares.of(one, nowMs).repliesMax).toBe(300);
  }
  expect(shares.of(one, 1_600).repliesMax).toBe(1_000);
});

test('after a pause nobody of before counts', () => {
  const shares = new FairShare(LIMITS);
  for (const holder of holders(5)) shares.of(holder, 0);
  const [one] = holders(1);
  if (one === undefined) expect.fail();
  expect(shares.of(one, 60_000).repliesMax).toBe(1_000);
});
