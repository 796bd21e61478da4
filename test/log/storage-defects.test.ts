import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

import { hashOf } from './folder-hash.ts';
import type { DiskBackendName } from '../../node-engine/log/log-store.ts';
import { openNodeStorage } from '../../node-engine/snapshot/node-storage.ts';
import { NodeFolders } from './node-folders.ts';
import { offsetOfCommand, plain, run, singles, snapshotAt } from './runs.ts';
import { close, read, write } from './store-promises.ts';

const BACKENDS: readonly DiskBackendName[] = ['leveldb', 'fastlog', 'lmdb'];
const HARD_STATE = { term: 2, votedFor: '3', commitIndex: 1 };

/* What the stores of Finn (F) and Uhaha (U) get wrong, each as a promise of every store here. */
describe.each(BACKENDS)('the %s store', (backend) => {
  const folders = new NodeFolders(backend);

  afterEach(() => folders.removeAll());

  test('F2: a tail that was cut off stays away, its last entry too', async () => {
    const directory = await folders.make();
    let { store } = await folders.open(directory);
    await write(store, { hardState: HARD_STATE, append: singles(1, 5, 1) });
    await write(store, { truncateFrom: 2 });
    await close(store);
    const opened = await folders.open(directory);
    expect(opened.recovered).toMatchObject({ firstIndex: 1, lastIndex: 1 });
    ({ store } = opened);
    expect((await read(store, 1, 9)).map(plain)).toEqual([plain(run(1, 1, 1))]);
  });

  test('F3: a write that was cut short is dropped, and the log opens', async () => {
    const directory = await folders.make();
    const { store } = await folders.open(directory);
    await write(store, { hardState: HARD_STATE, append: singles(1, 5, 1) });
    const crashed = await folders.copy(directory);
    const log = join(crashed, 'log');
    for (const name of await readdir(log)) {
      // The beginning of one more record, as far as it came.
      if (/\.(log|seg)$/.test(name)) await appendFile(join(log, name), Buffer.alloc(45, 0x5a));
    }
    const opened = await folders.open(crashed);
    expect(opened.repair).toBeNull();
    expect((await read(opened.store, 1, 9)).map(plain)).toEqual(singles(1, 5, 1).map(plain));
    await write(opened.store, { append: [run(6, 1, 2)] });
    await close(opened.store);
    expect((await folders.open(crashed)).recovered.lastIndex).toBe(6);
  });

  test('U1: term and vote outlive the first restart, and those after it', async () => {
    const directory = await folders.make();
    let opened = await folders.open(directory);
    await write(opened.store, { hardState: HARD_STATE, append: [run(1, 1, 2)] });
    for (let restart = 1; restart <= 3; restart += 1) {
      await close(opened.store);
      opened = await folders.open(directory);
      expect(opened.recovered.hardState).toEqual(HARD_STATE);
    }
  });

  test('U5: cuts a tail as a tail, a front as a front, and begins anew behind a gap', async () => {
    const directory = await folders.make();
    let { store } = await folders.open(directory);
    await write(store, { hardState: HARD_STATE, append: singles(1, 9, 1) });
    await write(store, { truncateFrom: 8, append: [run(8, 1, 2)] });
    expect((await read(store, 1, 99)).map(plain)).toEqual(
      [...singles(1, 7, 1), run(8, 1, 2)].map(plain),
    );
    await write(store, { trimThrough: 4 });
    expect((await read(store, 5, 99)).map(({ firstIndex }) => firstIndex)).toEqual([5, 6, 7, 8]);
    await write(store, { install: snapshotAt(40, 2), append: [run(41, 1, 2)] });
    await close(store);
    const snapshots = async () => [snapshotAt(40, 2)];
    ({ store } = await folders.open(directory, { snapshots }));
    expect((await read(store, 41, 99)).map(plain)).toEqual([plain(run(41, 1, 2))]);
  });

  test('is not opened as another one, and nothing of it is changed', async () => {
    const directory = await folders.make();
    const { store } = await folders.open(directory);
    await write(store, { hardState: HARD_STATE, append: singles(1, 5, 1) });
    await close(store);
    const before = await hashOf(directory);
    for (const other of [...BACKENDS, 'memory' as const].filter((name) => name !== backend)) {
      const opening = openNodeStorage({
        backend: other,
        directory,
        identity: { clusterId: '', nodeId: '1' },
        durability: 'high',
        machine: { name: 'kv', version: '1' },
        offsetOfCommand,
        repair: 'from-leader',
      });
      await expect(opening).rejects.toMatchObject({ code: 'FOREIGN' });
    }
    expect(await hashOf(directory)).toEqual(before);
    const other = new NodeFolders(backend === 'lmdb' ? 'fastlog' : 'lmdb');
    await expect(other.open(directory)).rejects.toThrow(`start it with --backend ${backend}`);
    expect((await folders.open(directory)).recovered.lastIndex).toBe(5);
  });
});
