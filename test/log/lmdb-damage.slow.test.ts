import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { StorageError } from '../../node-engine/log/log-store.ts';
import { inspectNode } from '../../node-engine/snapshot/inspect-node.ts';
import { NodeFolders } from './node-folders.ts';
import { run } from './runs.ts';
import { close, write } from './store-promises.ts';

/* What is left of data.mdb when a disk has failed under it: a node says so in words, and is repaired. */

const folders = new NodeFolders('lmdb');

afterEach(() => folders.removeAll());

const LAST = 60;

async function written(): Promise<string> {
  const directory = await folders.make();
  const { store } = await folders.open(directory);
  const hardState = { term: 1, votedFor: '1', commitIndex: 0 };
  await write(store, { hardState, append: [run(1, 20, 1)] });
  for (let index = 21; index <= LAST; index += 1) {
    await write(store, { append: [run(index, 1, 1)] });
  }
  await close(store);
  return directory;
}

const DESTRUCTIONS: readonly (readonly [
  name: string,
  destroy: (path: string, bytes: Buffer) => Promise<void>,
])[] = [
  ['all zeros', (path, bytes) => writeFile(path, bytes.fill(0))],
  ['pages of zeros behind the first two', (path, bytes) => writeFile(path, bytes.fill(0, 8192))],
  ['every other page ones', (path, bytes) => writeFile(path, everyOther(bytes))],
  ['keys overwritten', (path, bytes) => writeFile(path, bytes.fill(0xc3, 8192 + 40, 8192 + 400))],
  ['half', (path, bytes) => truncate(path, bytes.length >> 1)],
];

function everyOther(bytes: Buffer): Buffer {
  for (let at = 8192; at < bytes.length; at += 8192) bytes.fill(255, at, at + 4096);
  return bytes;
}

test.each(DESTRUCTIONS)('data.mdb with %s is named damaged, and repaired', async (_, destroy) => {
  const directory = await written();
  const path = join(directory, 'log', 'data.mdb');
  await destroy(path, await readFile(path));
  const error = await folders.open(directory).catch((reason: unknown) => reason);
  if (!(error instanceof StorageError)) {
    // What was destroyed is no part of the tree.
    expect(error).toMatchObject({ recovered: { lastIndex: LAST } });
    return;
  }
  expect([error.code, error.message]).toEqual(['DAMAGED', expect.any(String)]);
  // Words, and no line of a program.
  expect(error.message).not.toMatch(/[{}=<>]|throw|undefined|no reason/);
  // What decides whether a node may be repaired can be read.
  await expect(inspectNode(directory)).resolves.toMatchObject({ mark: { index: LAST } });
  const { store, repair, recovered } = await folders.open(directory, { repair: 'from-leader' });
  expect(repair).toMatchObject({ untilIndex: LAST, untilTerm: 1 });
  expect(recovered.lastIndex).toBeLessThan(LAST);
  for (let index = recovered.lastIndex + 1; index <= LAST; index += 1) {
    await write(store, { append: [run(index, 1, 1)] });
  }
  expect(store.isRepairing()).toBe(false);
  await close(store);
  const names = await readdir(directory);
  expect(names.some((name) => name.startsWith('log.damaged-'))).toBe(true);
});
