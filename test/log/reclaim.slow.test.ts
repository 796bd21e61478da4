import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

import type { DiskBackendName } from '../../node-engine/log/log-store.ts';
import { NodeFolders } from './node-folders.ts';
import { run, snapshotAt } from './runs.ts';
import { close, read, reclaim, write } from './store-promises.ts';

const MEGABYTE = 1024 * 1024;

async function diskUsage(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) {
    // The store may remove a file between the two.
    const { size, blocks } = await stat(join(folder, name)).catch(gone);
    // Windows has no blocks.
    bytes += blocks > 0 ? blocks * 512 : size;
  }
  return bytes;
}

function gone(error: NodeJS.ErrnoException): { readonly size: number; readonly blocks: number } {
  if (error.code !== 'ENOENT') throw error;
  return { size: 0, blocks: 0 };
}

const BACKENDS: readonly DiskBackendName[] = ['leveldb', 'fastlog', 'lmdb'];

describe.each(BACKENDS)('reclaiming a %s log', (backend) => {
  const folders = new NodeFolders(backend);

  afterEach(() => folders.removeAll());

  test('gives at least four fifths of 64 MB back to the file system', async () => {
    const directory = await folders.make();
    const log = join(directory, 'log');
    const { store } = await folders.open(directory, { durability: 'low' });
    const hardState = { term: 1, votedFor: null, commitIndex: 0 };
    const count = 8192;
    const runsPerWrite = 16;
    let firstIndex = 1;
    for (let written = 0; written < 64 * MEGABYTE; written += runsPerWrite * count * 8) {
      const append = Array.from({ length: runsPerWrite }, (_, position) =>
        run(firstIndex + position * count, count, 1),
      );
      await write(store, { hardState, append });
      firstIndex += runsPerWrite * count;
    }
    const lastIndex = firstIndex - 1;
    const full = await diskUsage(log);
    expect(full).toBeGreaterThan(64 * MEGABYTE);

    await write(store, { trimThrough: lastIndex - 100 });
    await reclaim(store);
    const reclaimed = await diskUsage(log);
    expect(reclaimed).toBeLessThan(full / 5);
    expect(store.sizeBytes()).toBeLessThan(full / 5);

    expect(await read(store, lastIndex - 50, lastIndex)).toHaveLength(1);
    await close(store);
    const snapshots = async () => [snapshotAt(lastIndex - 10, 1)];
    const reopened = await folders.open(directory, { snapshots });
    expect(reopened.recovered.lastIndex).toBe(lastIndex);
  });

  test('that is small records frees as much', async () => {
    const directory = await folders.make();
    const log = join(directory, 'log');
    const { store } = await folders.open(directory, { durability: 'low' });
    const hardState = { term: 1, votedFor: null, commitIndex: 0 };
    for (let batch = 0; batch < 40; batch += 1) {
      const append = Array.from({ length: 1000 }, (_, one) => run(batch * 1000 + one + 1, 1, 1));
      await write(store, { hardState, append });
    }
    const full = await diskUsage(log);
    await write(store, { trimThrough: 40_000 });
    await reclaim(store);
    expect(await diskUsage(log)).toBeLessThan(full / 5);
  });
});
