import { appendFile, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';

import { lockDirectory } from '../../node-engine/log/directory-lock.ts';
import { FastLogMedium } from '../../node-engine/log/fastlog/fastlog-medium.ts';
import type { LogMedium, RecordOperation } from '../../node-engine/log/log-medium.ts';
import { makeFolder, nodePaths } from '../../node-engine/log/node-directory.ts';
import { CHAIN_START, encodeRecord } from '../../node-engine/log/record.ts';
import { closeMedium, reclaimMedium, recordsIn, syncMedium, writeBatch } from './medium-calls.ts';
import { NodeFolders } from './node-folders.ts';
import { run } from './runs.ts';

/** A record of one entry; its bytes say which one and when it was written. */
function put(firstIndex: number, stamp = 0, count = 1): RecordOperation {
  const value = encodeRecord(run(firstIndex, count, 1 + stamp), CHAIN_START);
  return { type: 'put', firstIndex, value };
}

function del(firstIndex: number): RecordOperation {
  return { type: 'delete', firstIndex };
}

const SEGMENT_BYTES = 400;

describe('the medium of fastlog', () => {
  const folders = new NodeFolders('fastlog');
  const open: LogMedium[] = [];

  afterEach(async () => {
    for (const medium of open.splice(0)) await closeMedium(medium);
    await folders.removeAll();
  });

  async function openMedium(directory: string, segmentBytes = SEGMENT_BYTES): Promise<LogMedium> {
    const paths = nodePaths(directory);
    await makeFolder(paths.log);
    const lock = await lockDirectory(paths, directory);
    const medium = await FastLogMedium.open({ paths, lock, syncedIndex: 0, segmentBytes });
    open.push(medium);
    return medium;
  }

  async function reopen(directory: string, segmentBytes = SEGMENT_BYTES): Promise<LogMedium> {
    for (const medium of open.splice(0)) await closeMedium(medium);
    return openMedium(directory, segmentBytes);
  }

  async function segmentsOf(directory: string): Promise<string[]> {
    const names = await readdir(join(directory, 'log'));
    return names.filter((name) => name.endsWith('.seg')).sort();
  }

  function plainly(records: readonly { firstIndex: number; value: Uint8Array }[]): string[] {
    return records.map(({ firstIndex, value }) => {
      return `${firstIndex} ${Buffer.from(value).toString('latin1')}`;
    });
  }

  test('is a map of records whatever it is told, also when it is opened again', async () => {
    const index = fc.integer({ min: 1, max: 40 });
    const operation = fc.oneof(
      { weight: 3, arbitrary: fc.record({ type: fc.constant('put' as const), index }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('delete' as const), index }) },
    );
    const append = fc.record({ type: fc.constant('append' as const), count: fc.nat(6) });
    const batch = fc.record({
      type: fc.constant('batch' as const),
      operations: fc.array(operation),
    });
    const step = fc.oneof(
      { weight: 4, arbitrary: append },
      { weight: 3, arbitrary: batch },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('reopen' as const) }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('reclaim' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), fc.boolean(), async (steps, isSynced) => {
        const directory = await folders.make();
        let medium = await reopen(directory);
        await recordsIn(medium);
        const model = new Map<number, Uint8Array>();
        let stamp = 0;
        const apply = async (operations: readonly RecordOperation[]): Promise<void> => {
          // One key once: that is all a store step asks for.
          const once = [...new Map(operations.map((one) => [one.firstIndex, one])).values()];
          await writeBatch(medium, once, isSynced);
          for (const one of once) {
            if (one.type === 'put') model.set(one.firstIndex, one.value);
            else model.delete(one.firstIndex);
          }
        };
        for (const one of steps) {
          stamp += 1;
          if (one.type === 'reopen') {
            medium = await reopen(directory);
          } else if (one.type === 'reclaim') {
            await reclaimMedium(medium, 0);
          } else if (one.type === 'append') {
            const last = Math.max(0, ...model.keys());
            await apply(Array.from({ length: one.count }, (_, at) => put(last + 1 + at, stamp)));
          } else {
            await apply(
              one.operations.map(({ type, index: at }) =>
                type === 'put' ? put(at, stamp) : del(at),
              ),
            );
          }
          const expected = [...model].sort(([left], [right]) => left - right);
          const found = plainly(await recordsIn(medium));
          // Removed in front may come back at the next opening; the log's base says that it is old.
          const lowest = expected[0]?.[0] ?? Infinity;
          const kept =
            one.type === 'reopen' ? found.filter((text) => Number.parseInt(text) >= lowest) : found;
          expect(kept).toEqual(plainly(expected.map(([at, value]) => ({ firstIndex: at, value }))));
          if (one.type === 'reopen') {
            const stale = (await recordsIn(medium, 1, Math.min(lowest - 1, 1e6))).map((record) =>
              del(record.firstIndex),
            );
            await writeBatch(medium, stale, isSynced);
          }
        }
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });

  test('goes on in a new file when one is full, and frees files whose records are gone', async () => {
    const directory = await folders.make();
    const medium = await openMedium(directory);
    await recordsIn(medium);
    for (let index = 1; index <= 30; index += 1) await writeBatch(medium, [put(index)]);
    const full = await segmentsOf(directory);
    expect(full.length).toBeGreaterThan(4);
    await writeBatch(
      medium,
      Array.from({ length: 25 }, (_, position) => del(position + 1)),
    );
    await reclaimMedium(medium, 25);
    expect((await segmentsOf(directory)).length).toBeLessThan(4);
    expect((await recordsIn(medium)).map(({ firstIndex }) => firstIndex)).toEqual([
      26, 27, 28, 29, 30,
    ]);
  });

  test('shrinks a file of which little is left', async () => {
    const directory = await folders.make();
    const medium = await openMedium(directory, 1e9);
    await recordsIn(medium);
    for (let index = 1; index <= 3000; index += 100) {
      await writeBatch(
        medium,
        Array.from({ length: 100 }, (_, position) => put(index + position)),
      );
    }
    await writeBatch(
      medium,
      Array.from({ length: 2990 }, (_, position) => del(position + 1)),
    );
    await reclaimMedium(medium, 2990);
    expect(medium.sizeBytes()).toBeLessThan(2000);
    await writeBatch(medium, [put(3001)]);
    const again = await reopen(directory, 1e9);
    expect((await recordsIn(again)).map(({ firstIndex }) => firstIndex)).toEqual(
      Array.from({ length: 11 }, (_, position) => 2991 + position),
    );
  });

  test('reads in front of and behind a record that was cut short, and cuts it off', async () => {
    const directory = await folders.make();
    await recordsIn(await openMedium(directory));
    const [first, second] = [put(1), put(2)];
    if (first.type !== 'put' || second.type !== 'put') throw new Error('these are puts');
    const path = join(directory, 'log', '0000000000000001.seg');
    for (const medium of open.splice(0)) await closeMedium(medium);
    await writeFile(path, Buffer.concat([first.value, second.value.subarray(0, 50)]));
    const medium = await openMedium(directory);
    const [whole, torn] = await recordsIn(medium);
    expect([whole?.firstIndex, torn?.firstIndex]).toEqual([1, 2]);
    expect(torn?.value.length).toBeLessThanOrEqual(50);
    await writeBatch(medium, [del(2)]);
    expect((await stat(path)).size).toBe(first.value.length);
    await writeBatch(medium, [put(2, 7)]);
    expect(await recordsIn(await reopen(directory))).toHaveLength(2);
  });

  test('finds the records behind one that is damaged, in its header or its bytes', async () => {
    const directory = await folders.make();
    const medium = await openMedium(directory, 1e9);
    await recordsIn(medium);
    for (let index = 1; index <= 9; index += 1) await writeBatch(medium, [put(index)]);
    for (const one of open.splice(0)) await closeMedium(one);
    const path = join(directory, 'log', '0000000000000001.seg');
    const whole = await readFile(path);
    const length = whole.length / 9;
    for (let offset = 4 * length; offset < 5 * length; offset += 1) {
      const bytes = Buffer.from(whole);
      bytes[offset] = (bytes[offset] ?? 0) ^ 0x40;
      await writeFile(path, bytes);
      const found = await recordsIn(await openMedium(directory, 1e9));
      expect(found.map(({ firstIndex }) => firstIndex)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      const changed = found.filter(({ value }, position) => {
        return !Buffer.from(value).equals(
          whole.subarray(position * length, (position + 1) * length),
        );
      });
      expect(changed.map(({ firstIndex }) => firstIndex)).toEqual([5]);
      for (const one of open.splice(0)) await closeMedium(one);
    }
  });

  test('takes zeros behind the last record for room, and nothing else', async () => {
    const directory = await folders.make();
    const medium = await openMedium(directory, 1e9);
    await recordsIn(medium);
    await writeBatch(medium, [put(1), put(2)]);
    for (const one of open.splice(0)) await closeMedium(one);
    const path = join(directory, 'log', '0000000000000001.seg');
    await appendFile(path, Buffer.alloc(5000));
    const again = await openMedium(directory, 1e9);
    expect(await recordsIn(again)).toHaveLength(2);
    await writeBatch(again, [put(3)]);
    expect(await recordsIn(await reopen(directory, 1e9))).toHaveLength(3);
    await truncate(path, 100);
    expect((await recordsIn(await reopen(directory, 1e9)))[1]?.value).toHaveLength(20);
  });

  test('writes again what only memory may have, when it is first told to sync', async () => {
    const directory = await folders.make();
    const medium = await openMedium(directory);
    await recordsIn(medium);
    for (let index = 1; index <= 12; index += 1) await writeBatch(medium, [put(index)], false);
    const before = plainly(await recordsIn(medium));
    const again = await reopen(directory);
    await recordsIn(again);
    await syncMedium(again);
    expect(plainly(await recordsIn(again))).toEqual(before);
  });

  test('refuses a folder that is in use', async () => {
    const directory = await folders.make();
    await openMedium(directory);
    await expect(openMedium(directory)).rejects.toMatchObject({ code: 'LOCKED' });
  });
});
