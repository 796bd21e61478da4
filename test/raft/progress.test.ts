import fc from 'fast-check';
import { expect, test } from 'vitest';

import { Progress } from '../../node-engine/raft/progress.ts';

function newProgress(appendsInFlightMax = 3): Progress {
  return new Progress({ id: '2', nextIndex: 10, appendsInFlightMax, nowMs: 0 });
}

test('a leader begins by probing where its log ends', () => {
  expect(newProgress()).toMatchObject({ state: 'probe', matchIndex: 0, nextIndex: 10 });
});

test('in flight is what was sent and not acknowledged', () => {
  const sends = fc.array(
    fc.record({ size: fc.integer({ min: 1, max: 9 }), acknowledge: fc.nat(40) }),
  );
  fc.assert(
    fc.property(sends, (list) => {
      const progress = newProgress(4);
      progress.becomeReplicate();
      let flying: { last: number; bytes: number }[] = [];
      let highest = 0;
      for (const { size, acknowledge } of list) {
        const isFull = flying.length === 4 || flying.reduce((sum, one) => sum + one.bytes, 0) >= 20;
        expect(progress.isFull(20)).toBe(isFull);
        if (!isFull) {
          const last = progress.nextIndex + size - 1;
          progress.sent(last, size, 0);
          flying.push({ last, bytes: size });
          highest = Math.max(highest, last);
        }
        const match = Math.min(acknowledge, highest);
        const isNews = match > progress.matchIndex;
        expect(progress.matched(match, 0)).toBe(isNews);
        flying = flying.filter((one) => one.last > match);
        expect(progress.appendsInFlight).toBe(flying.length);
        expect(progress.bytesInFlight).toBe(flying.reduce((sum, one) => sum + one.bytes, 0));
        expect(progress.matchIndex).toBeLessThan(progress.nextIndex);
      }
    }),
  );
});

test('probing starts anew where it is told, never below what is known to match', () => {
  const progress = newProgress();
  progress.becomeReplicate();
  progress.sent(5, 10, 0);
  progress.sent(8, 10, 0);
  progress.matched(5, 0);
  progress.becomeProbe(2);
  expect(progress).toMatchObject({ state: 'probe', matchIndex: 5, nextIndex: 6, probeSent: false });
  expect([progress.appendsInFlight, progress.bytesInFlight]).toEqual([0, 0]);
});

test('a follower that lost its entries is known to have nothing', () => {
  const progress = newProgress();
  progress.matched(9, 0);
  progress.isCaughtUp = true;
  progress.lostEntries();
  progress.becomeProbe(3);
  expect(progress).toMatchObject({ matchIndex: 0, nextIndex: 3, isCaughtUp: false });
});

test('a transfer ends when another state begins', () => {
  const progress = newProgress();
  const snapshot = {
    id: 's',
    lastIncludedIndex: 5,
    lastIncludedTerm: 1,
    membership: { members: [] },
    membershipIndex: 0,
    sizeBytes: 3,
  };
  progress.becomeSnapshot(snapshot);
  expect(progress.transfer).toMatchObject({ snapshot, offset: 0, reading: false });
  progress.becomeReplicate();
  expect(progress.transfer).toBe(null);
});
