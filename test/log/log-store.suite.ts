import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { OpenedLog } from '../../node-engine/log/log-store.ts';
import type { SnapshotMeta } from '../../node-engine/raft/types.ts';
import {
  COMMAND_BYTES,
  MEMBERSHIP,
  membershipRun,
  plain,
  run,
  singles,
  snapshotAt,
} from './runs.ts';
import { adoptCluster, close, read, reclaim, write } from './store-promises.ts';

/** One log of one test: opened again as often as the test likes. */
export interface LogUnderTest {
  /** Opens the log as it was left. The one before must have been closed. */
  open(options?: { snapshots?: readonly SnapshotMeta[]; clusterId?: string }): Promise<OpenedLog>;
  /** Removes what is left of it. */
  remove(): Promise<void>;
}

export interface LogStoreTraits {
  readonly name: string;
  /** Whether a closed log still holds what was written when it is opened again. */
  readonly isDurable: boolean;
  make(): Promise<LogUnderTest>;
}

const HARD_STATE = { term: 3, votedFor: '2', commitIndex: 2 };

/** The contract of every log store (node-engine/log/log-store.ts). */
export function testLogStore(traits: LogStoreTraits): void {
  const { name, isDurable } = traits;
  describe(`the ${name} log store`, () => {
    let log: LogUnderTest;
    let opened: OpenedLog;

    beforeEach(async () => {
      log = await traits.make();
      opened = await log.open();
    });

    afterEach(async () => {
      await close(opened.store).catch(() => undefined);
      await log.remove();
    });

    const store = (): OpenedLog['store'] => opened.store;

    async function reopen(snapshots: readonly SnapshotMeta[] = []): Promise<void> {
      await close(store());
      opened = await log.open({ snapshots });
    }

    async function entries(fromIndex: number, toIndex: number): Promise<unknown[]> {
      return (await read(store(), fromIndex, toIndex)).map(plain);
    }

    test('starts empty, in term 0, without a vote', () => {
      expect(opened.recovered).toEqual({
        hardState: { term: 0, votedFor: null, commitIndex: 0 },
        snapshot: null,
        firstIndex: 1,
        lastIndex: 0,
        terms: [],
        memberships: [],
        tail: [],
      });
    });

    test('reads runs exactly as they were appended', async () => {
      const runs = [run(1, 3, 1), membershipRun(4, 1), run(5, 2, 2)];
      await write(store(), { hardState: { ...HARD_STATE }, append: runs });
      expect(await entries(1, 6)).toEqual(runs.map(plain));
    });

    test('cuts the first and the last run to the range, and keeps their original index', async () => {
      await write(store(), { hardState: HARD_STATE, append: [run(1, 4, 1), run(5, 4, 1)] });
      const [first, last] = await read(store(), 3, 6);
      expect(first).toMatchObject({ firstIndex: 3, count: 2, originalFirstIndex: 1 });
      expect(last).toMatchObject({ firstIndex: 5, count: 2, originalFirstIndex: 5 });
      expect(Buffer.from(first?.bytes ?? []).toString()).toBe('3.1     4.1     ');
      expect(Buffer.from(last?.bytes ?? []).toString()).toBe('5.1     6.1     ');
    });

    test('reads at least one run, and no more than the bytes asked for', async () => {
      await write(store(), { hardState: HARD_STATE, append: singles(1, 9, 1) });
      expect(await read(store(), 2, 9, 1)).toHaveLength(1);
      const recordBytes = COMMAND_BYTES + 72;
      expect(await read(store(), 2, 9, 3 * recordBytes)).toHaveLength(3);
    });

    test('reads nothing below or above the log', async () => {
      await write(store(), { hardState: HARD_STATE, append: singles(1, 3, 1) });
      expect(await read(store(), 4, 9)).toEqual([]);
      expect(await read(store(), 0, 2)).toEqual([]);
      expect(await read(store(), 3, 2)).toEqual([]);
    });

    test('truncates from the start of a run and appends behind it, in one write', async () => {
      await write(store(), { hardState: HARD_STATE, append: [run(1, 2, 1), run(3, 2, 1)] });
      await write(store(), { append: singles(5, 40, 1) });
      await write(store(), { truncateFrom: 3, append: [run(3, 1, 2), run(4, 3, 3)] });
      expect(await entries(1, 99)).toEqual([run(1, 2, 1), run(3, 1, 2), run(4, 3, 3)].map(plain));
    });

    test('refuses what would break the log, as a bug of its caller', async () => {
      await write(store(), { hardState: HARD_STATE, append: [run(1, 3, 1)] });
      expect(() => store().write(writeOf({ append: [run(5, 1, 1)] }), () => undefined)).toThrow(
        'run at 5 does not follow entry 3',
      );
    });

    test('takes one write at a time', async () => {
      const first = write(store(), { hardState: HARD_STATE, append: [run(1, 1, 1)] });
      expect(() => store().write(writeOf({ append: [run(2, 1, 1)] }), () => undefined)).toThrow(
        'one write at a time',
      );
      await first;
    });

    test('never reports a write before the call has returned', async () => {
      let isReturned = false;
      const reported = new Promise<boolean>((resolve) => {
        store().write(writeOf({}), () => resolve(isReturned));
      });
      isReturned = true;
      expect(await reported).toBe(true);
    });

    test('trims what ends at or below the index, and keeps the run that goes on', async () => {
      await write(store(), { hardState: HARD_STATE, append: [run(1, 3, 1), run(4, 3, 1)] });
      await write(store(), { append: singles(7, 9, 1) });
      await write(store(), { trimThrough: 5 });
      expect(await read(store(), 3, 9)).toEqual([]);
      expect(await entries(4, 99)).toEqual([run(4, 3, 1), ...singles(7, 9, 1)].map(plain));
    });

    test('starts anew behind an installed snapshot, whatever it held', async () => {
      await write(store(), {
        hardState: HARD_STATE,
        append: [run(1, 30, 1), ...singles(31, 60, 2)],
      });
      await write(store(), { install: snapshotAt(40, 3), append: [run(41, 2, 3)] });
      expect(await read(store(), 40, 40)).toEqual([]);
      expect(await entries(41, 99)).toEqual([plain(run(41, 2, 3))]);
      await write(store(), { append: [run(43, 30, 3)] });
      expect(await entries(41, 99)).toEqual([run(41, 2, 3), run(43, 30, 3)].map(plain));
    });

    test('reclaims what was trimmed, and goes on', async () => {
      await write(store(), { hardState: HARD_STATE, append: singles(1, 3000, 1) });
      await write(store(), { trimThrough: 2990 });
      await reclaim(store());
      await write(store(), { append: [run(3001, 1, 3)] });
      expect(await entries(2991, 3001)).toHaveLength(11);
    });

    test('answers CLOSED once it is closed', async () => {
      await close(store());
      await expect(write(store(), {})).rejects.toMatchObject({ code: 'CLOSED' });
      await expect(read(store(), 1, 1)).rejects.toMatchObject({ code: 'CLOSED' });
      await expect(reclaim(store())).rejects.toMatchObject({ code: 'CLOSED' });
      await expect(close(store())).rejects.toMatchObject({ code: 'CLOSED' });
    });

    if (!isDurable) return;

    test('keeps term, vote and commit index over a restart', async () => {
      await write(store(), { hardState: HARD_STATE, append: singles(1, 3, 1) });
      await reopen();
      expect(opened.recovered.hardState).toEqual(HARD_STATE);
      await write(store(), { hardState: { term: 4, votedFor: null, commitIndex: 3 } });
      await reopen();
      expect(opened.recovered.hardState).toEqual({ term: 4, votedFor: null, commitIndex: 3 });
      // And a third time: a first run that keeps them elsewhere than later runs would lose them now.
      await reopen();
      expect(opened.recovered.hardState).toEqual({ term: 4, votedFor: null, commitIndex: 3 });
    });

    test('recovers terms, memberships and the runs that are not committed', async () => {
      const runs = [run(1, 2, 1), membershipRun(3, 1), run(4, 2, 2), run(6, 3, 3)];
      await write(store(), { hardState: { ...HARD_STATE, commitIndex: 4 }, append: runs });
      await reopen();
      const { tail, ...rest } = opened.recovered;
      expect(rest).toEqual({
        hardState: { ...HARD_STATE, commitIndex: 4 },
        snapshot: null,
        firstIndex: 1,
        lastIndex: 8,
        terms: [
          { firstIndex: 1, term: 1 },
          { firstIndex: 4, term: 2 },
          { firstIndex: 6, term: 3 },
        ],
        memberships: [{ index: 3, membership: MEMBERSHIP }],
      });
      expect(tail.map(plain)).toEqual([run(4, 2, 2), run(6, 3, 3)].map(plain));
    });

    test('a truncated tail stays away over a restart, its last entry too', async () => {
      await write(store(), { hardState: HARD_STATE, append: singles(1, 5, 1) });
      await write(store(), { truncateFrom: 3 });
      await reopen();
      expect(opened.recovered).toMatchObject({ firstIndex: 1, lastIndex: 2 });
      await write(store(), { append: singles(3, 4, 2) });
      await reopen();
      expect(await entries(1, 9)).toEqual([...singles(1, 2, 1), ...singles(3, 4, 2)].map(plain));
    });

    test('recovers a trimmed log behind its snapshot', async () => {
      await write(store(), { hardState: HARD_STATE, append: [run(1, 3, 1), run(4, 3, 1)] });
      await write(store(), { append: singles(7, 9, 2), trimThrough: 5 });
      await reopen([snapshotAt(5, 1)]);
      expect(opened.recovered).toMatchObject({ firstIndex: 4, lastIndex: 9 });
      expect(await entries(4, 9)).toEqual([run(4, 3, 1), ...singles(7, 9, 2)].map(plain));
    });

    test('recovers a log that an installed snapshot replaced', async () => {
      await write(store(), { hardState: HARD_STATE, append: singles(1, 60, 1) });
      await write(store(), { install: snapshotAt(40, 3) });
      await reopen([snapshotAt(40, 3)]);
      expect(opened.recovered).toMatchObject({
        firstIndex: 41,
        lastIndex: 40,
        terms: [],
        tail: [],
      });
      await write(store(), { append: [run(41, 1, 3)] });
      await reopen([snapshotAt(40, 3)]);
      expect(await entries(41, 60)).toEqual([plain(run(41, 1, 3))]);
    });

    test('is damaged when no whole snapshot covers what was trimmed', async () => {
      await write(store(), { hardState: HARD_STATE, append: singles(1, 9, 1) });
      await write(store(), { trimThrough: 5 });
      await close(store());
      await expect(log.open({ snapshots: [] })).rejects.toMatchObject({
        code: 'DAMAGED',
        message: expect.stringContaining('entries 1 to 5: trimmed') as string,
      });
      opened = await log.open({ snapshots: [snapshotAt(7, 1)] });
    });

    test('starts anew behind a snapshot that is ahead of it, or of another term', async () => {
      await write(store(), { hardState: HARD_STATE, append: singles(1, 9, 1) });
      await reopen([snapshotAt(12, 2)]);
      expect(opened.recovered).toMatchObject({ firstIndex: 13, lastIndex: 12, tail: [] });
      expect(opened.recovered.hardState.commitIndex).toBe(12);
      await write(store(), { append: singles(13, 20, 2) });
      await reopen([snapshotAt(15, 3), snapshotAt(12, 2)]);
      expect(opened.recovered).toMatchObject({ firstIndex: 16, lastIndex: 15, tail: [] });
    });

    test('remembers the cluster a joining node has learnt', async () => {
      const clusterId = 'ab'.repeat(16);
      await adoptCluster(store(), clusterId);
      await reopen();
      expect(opened.identity).toEqual({ clusterId, nodeId: '1' });
      await close(store());
      await expect(log.open({ clusterId: 'cd'.repeat(16) })).rejects.toMatchObject({
        code: 'FOREIGN',
        message: expect.stringContaining(`belongs to cluster ${clusterId} node 1`) as string,
      });
      opened = await log.open({ clusterId });
    });
  });
}

function writeOf(parts: object): Parameters<OpenedLog['store']['write']>[0] {
  return {
    hardState: null,
    install: null,
    truncateFrom: null,
    append: [],
    trimThrough: null,
    ...parts,
  };
}
