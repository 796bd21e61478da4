import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { endOfReading } from '../../node-engine/log/leveldb/leveldb-probe.ts';
import { inspectNode } from '../../node-engine/snapshot/inspect-node.ts';
import { NodeFolders } from './node-folders.ts';
import { run } from './runs.ts';
import { close, write } from './store-promises.ts';

/* LevelDB ends the process on some damaged tables: what the next process makes of it. */

const folders = new NodeFolders();

afterEach(() => folders.removeAll());

const LAST = 700;

/** A log with tables; LevelDB dies in the middle of the newest. */
async function deadlyLog(): Promise<string> {
  const directory = await folders.make();
  let { store } = await folders.open(directory);
  const hardState = { term: 1, votedFor: '1', commitIndex: 0 };
  await write(store, { hardState, append: [run(1, 400, 1)] });
  // Opening writes what it recovers into a table.
  await close(store);
  ({ store } = await folders.open(directory));
  for (let index = 401; index <= LAST; index += 1) {
    await write(store, { append: [run(index, 1, 1)] });
  }
  await close(store);
  ({ store } = await folders.open(directory));
  await close(store);
  const log = join(directory, 'log');
  const tables = (await readdir(log)).filter((file) => file.endsWith('.ldb')).sort();
  const path = join(log, tables.at(-1) ?? '');
  const whole = await readFile(path);
  for (let at = whole.length >> 1; at < whole.length; at += 1) {
    // A key shorter than LevelDB's own part of it: the length of the key, in an entry of a block.
    if (whole[at] !== 0 || whole[at + 1] !== 17 || whole[at + 3] !== 0x72) continue;
    const bytes = Buffer.from(whole);
    bytes[at + 1] = 1;
    await writeFile(path, bytes);
    if ((await endOfReading(log)) !== null) return directory;
  }
  throw new Error('no such byte was found');
}

/** As a process leaves it that ended while it opened the log. */
function mark(directory: string, ends = 0, isOpening = true): Promise<void> {
  return writeFile(join(directory, 'OPENING'), JSON.stringify({ isOpening, ends }));
}

test('a log that ends its reader is refused, and repaired with all that stands before', async () => {
  const directory = await deadlyLog();
  await mark(directory);
  const refused = { code: 'DAMAGED', message: expect.stringMatching(/ends the process/) as string };
  await expect(folders.open(directory)).rejects.toMatchObject(refused);
  // And again, for whoever asks next: what was found does not go away by itself.
  await expect(folders.open(directory)).rejects.toMatchObject(refused);
  const inspected = await inspectNode(directory);
  const last = inspected.records?.lastIndex ?? 0;
  expect(last).toBeGreaterThan(400);
  expect(inspected.records?.faults).toMatchObject([{ fromIndex: last + 1, toIndex: LAST }]);
  const opened = await folders.open(directory, { repair: 'from-leader' });
  expect(opened.repair).toMatchObject({ untilIndex: LAST, untilTerm: 1 });
  expect(opened.recovered.lastIndex).toBe(last);
  await close(opened.store);
  expect(existsSync(join(directory, 'OPENING'))).toBe(false);
  // Nothing in what was made of it ends anybody.
  expect(await endOfReading(join(directory, 'log'), 'compact')).toBeNull();
});

test('a log that was open when its process ended three times in a row is doubted too', async () => {
  const directory = await deadlyLog();
  await mark(directory, 2, false);
  await expect(folders.open(directory)).rejects.toMatchObject({ code: 'DAMAGED' });
  const opened = await folders.open(directory, { repair: 'accept-loss' });
  expect(opened.recovered.lastIndex).toBeGreaterThan(400);
});

test('a whole log whose processes were killed is opened as it is', async () => {
  const directory = await folders.make();
  let { store } = await folders.open(directory);
  const hardState = { term: 1, votedFor: '1', commitIndex: 0 };
  await write(store, { hardState, append: [run(1, 400, 1)] });
  await close(store);
  for (const [ends, isOpening] of [
    [0, true],
    [5, true],
    [5, false],
  ] as const) {
    await mark(directory, ends, isOpening);
    const opened = await folders.open(directory);
    expect(opened.recovered.lastIndex).toBe(400);
    ({ store } = opened);
    const left = JSON.parse(await readFile(join(directory, 'OPENING'), 'utf8')) as unknown;
    expect(left).toEqual({ isOpening: false, ends: ends + 1 });
    await close(store);
    expect(existsSync(join(directory, 'OPENING'))).toBe(false);
  }
  await writeFile(join(directory, 'OPENING'), '');
  await expect(folders.open(directory)).resolves.toMatchObject({ repair: null });
});
