import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { testDiskLog } from './disk-log.suite.ts';
import { NodeFolders } from './node-folders.ts';
import { run } from './runs.ts';
import { close, reclaim, write } from './store-promises.ts';

testDiskLog('leveldb');

const folders = new NodeFolders();

afterEach(async () => {
  await folders.closeAll();
  await folders.removeAll();
});

test('a file that a compaction takes away while the log is measured is no error', async () => {
  const directory = await folders.make();
  const { store } = await folders.open(directory);
  const hardState = { term: 1, votedFor: null, commitIndex: 0 };
  await write(store, { hardState, append: [run(1, 4, 1)] });
  // What is listed and cannot be looked at: a file that was removed in between looks the same.
  await symlink(join(directory, 'gone'), join(directory, 'log', '000999.gone'));
  await reclaim(store);
  await close(store);
  const again = await folders.open(directory);
  expect(again.store.sizeBytes()).toBeGreaterThan(0);
});
