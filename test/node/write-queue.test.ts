import { describe, expect, it } from 'vitest';
import { WriteQueue, mergeWrites } from '../../node-engine/node/write-queue.ts';
import type { Ready } from '../../node-engine/raft/ready.ts';
import { RUN_COMMANDS } from '../../node-engine/raft/types.ts';
import type { Run, SnapshotMeta } from '../../node-engine/raft/types.ts';
import { EMPTY_READY } from './empty-ready.ts';

function run(firstIndex: number, count: number, term: number): Run {
  const bytes = new Uint8Array(0);
  const originalFirstIndex = firstIndex;
  return {
    firstIndex,
    originalFirstIndex,
    count,
    term,
    timeNs: 0n,
    seed: 0n,
    flags: RUN_COMMANDS,
    bytes,
  };
}

let nextSequence = 1;

function ready(parts: Partial<Ready>): Ready {
  nextSequence += 1;
  return { ...EMPTY_READY, sequence: nextSequence, ...parts };
}

const SNAPSHOT: SnapshotMeta = {
  id: '3-20',
  lastIncludedIndex: 20,
  lastIncludedTerm: 3,
  membership: { members: [] },
  membershipIndex: 1,
  sizeBytes: 10,
};

describe('mergeWrites', () => {
  it('appends what every Ready wants appended, in order', () => {
    const write = mergeWrites([
      ready({ append: [run(1, 2, 1)] }),
      ready({ append: [run(3, 1, 1)] }),
    ]);
    expect(write?.append).toEqual([run(1, 2, 1), run(3, 1, 1)]);
    expect(write?.truncateFrom).toBeNull();
  });

  it('drops runs that a later Ready truncates before they were ever written', () => {
    const write = mergeWrites([
      ready({ append: [run(5, 1, 2), run(6, 2, 2)] }),
      ready({ truncateFrom: 6, append: [run(6, 1, 3)] }),
    ]);
    // The store ends before 5: told to cut at 6, it would find no record there.
    expect(write?.truncateFrom).toBeNull();
    expect(write?.append).toEqual([run(5, 1, 2), run(6, 1, 3)]);
  });

  it('cuts the store where a later Ready truncates below what the group appends', () => {
    const write = mergeWrites([
      ready({ append: [run(5, 1, 2), run(6, 2, 2)] }),
      ready({ truncateFrom: 3, append: [run(3, 1, 3)] }),
    ]);
    expect(write?.truncateFrom).toBe(3);
    expect(write?.append).toEqual([run(3, 1, 3)]);
  });

  it('keeps the lowest of several truncations', () => {
    const write = mergeWrites([
      ready({ truncateFrom: 4, append: [run(4, 1, 2)] }),
      ready({ truncateFrom: 5, append: [run(5, 1, 3)] }),
    ]);
    expect(write?.truncateFrom).toBe(4);
    expect(write?.append).toEqual([run(4, 1, 2), run(5, 1, 3)]);
  });

  it('forgets every log change before a received snapshot, but not the newest hard state', () => {
    const hardState = { term: 3, votedFor: null, commitIndex: 20 };
    const write = mergeWrites([
      ready({ hardState, truncateFrom: 4, append: [run(4, 1, 2)], trimThrough: 2 }),
      ready({ install: SNAPSHOT }),
      ready({ append: [run(21, 1, 3)] }),
    ]);
    expect(write).toEqual({
      hardState,
      install: SNAPSHOT,
      truncateFrom: null,
      append: [run(21, 1, 3)],
      trimThrough: null,
    });
  });

  it('is null when nothing must be persisted', () => {
    expect(mergeWrites([ready({ mustPersist: false })])).toBeNull();
  });
});

describe('WriteQueue', () => {
  it('gathers Readys while a write is under way and gives them out as one', () => {
    const queue = new WriteQueue();
    const [first, second, third] = [ready({}), ready({}), ready({})];
    queue.push(first);
    expect(queue.take()?.readys).toEqual([first]);
    queue.push(second);
    queue.push(third);
    expect(queue.take()).toBeNull();
    queue.finish();
    expect(queue.take()?.readys).toEqual([second, third]);
  });
});
