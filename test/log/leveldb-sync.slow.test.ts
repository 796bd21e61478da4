import { readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

import { LevelDbMedium, openDatabase } from '../../node-engine/log/leveldb/leveldb-medium.ts';
import type { Done } from '../../node-engine/log/log-store.ts';
import { makeFolder, nodePaths } from '../../node-engine/log/node-directory.ts';
import { NodeFolders } from './node-folders.ts';

const RECORD_BYTES = 1024 * 1024;

function settled(call: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** First indices that are found in a database. */
async function found(directory: string): Promise<number[]> {
  const paths = nodePaths(directory);
  const medium = new LevelDbMedium(await openDatabase(paths.log, { isNew: false }), paths);
  const firsts: number[] = [];
  await settled((done) => {
    medium.scan(
      { fromIndex: 1, toIndex: 1000 },
      ({ firstIndex }) => firsts.push(firstIndex) > 0,
      done,
    );
  });
  await settled((done) => medium.close(done));
  return firsts;
}

describe('a sync after many megabytes that were not synced', () => {
  const folders = new NodeFolders();

  afterEach(() => folders.removeAll());

  test('leaves nothing in a log file: a sync would cover only the newest of them', async () => {
    const directory = await folders.make();
    const paths = nodePaths(directory);
    await makeFolder(paths.log);
    const medium = new LevelDbMedium(await openDatabase(paths.log, { isNew: true }), paths);
    const value = Buffer.alloc(RECORD_BYTES, 7);
    // More than two write buffers, so that LevelDB changes its log file on the way.
    for (let firstIndex = 1; firstIndex <= 40; firstIndex += 1) {
      const put = { type: 'put', firstIndex, value } as const;
      await settled((done) => medium.writeBatch([put], false, done));
    }
    await settled((done) => medium.sync(done));
    const copy = await folders.copy(directory);
    await settled((done) => medium.close(done));
    const log = join(copy, 'log');
    for (const name of await readdir(log)) {
      if (name.endsWith('.log')) await truncate(join(log, name), 0);
    }
    expect(await found(copy)).toEqual(Array.from({ length: 40 }, (_, offset) => offset + 1));
  });
});
