import { execFileSync } from 'node:child_process';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, type TestContext } from 'vitest';

import type { DiskBackendName, OpenedLog } from '../../node-engine/log/log-store.ts';
import { openFileSnapshots } from '../../node-engine/snapshot/file-snapshot-store.ts';
import { draftAt, make } from '../snapshot/snapshot-promises.ts';
import { pattern } from '../snapshot/snapshot-store.suite.ts';
import { entriesOf } from './faulty-world.ts';
import { NodeFolders } from './node-folders.ts';
import { run } from './runs.ts';
import { close, read, write } from './store-promises.ts';

const DISK_BYTES = 24 * 1024 * 1024;

/** A disk of its own that can be filled: a file system in memory. Only root may mount one. */
async function mountSmallDisk(folders: NodeFolders, context: TestContext): Promise<string> {
  const folder = await folders.make();
  try {
    const options = `size=${DISK_BYTES},mode=700`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'raftdeck', folder], { stdio: 'pipe' });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    context.skip(`a small disk could not be mounted: ${reason ?? ''}`);
  }
  return folder;
}

/** How often each store meets a full disk. */
const ROUNDS = 20;
const BACKENDS: readonly DiskBackendName[] = ['leveldb', 'fastlog', 'lmdb'];

describe.each(BACKENDS)('a full disk under %s', (backend) => {
  const folders = new NodeFolders(backend);
  const mounts: string[] = [];

  afterEach(async () => {
    await folders.closeAll();
    // Lazily: a child of another test may have inherited a handle for the moment of its start.
    for (const folder of mounts.splice(0)) execFileSync('umount', ['--lazy', folder]);
    await folders.removeAll();
  });

  /** Leaves so many bytes free on a disk. */
  async function leaveFree(disk: string, ballast: string, bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(disk);
    await writeFile(ballast, Buffer.alloc(Math.max(0, bavail * bsize - bytes)));
  }

  /** Writes until the disk refuses; the last entry that was acknowledged. */
  async function fill({ store }: OpenedLog, next: number): Promise<number> {
    let index = next;
    for (;;) {
      const count = index % 3 === 0 ? 1500 : 1 + (index % 40);
      try {
        await write(store, { append: [run(index, count, 1)] });
        index += count;
      } catch (error) {
        expect(error).toMatchObject({ code: 'IO' });
        return index - 1;
      }
    }
  }

  test('ends the store; freed and opened again, no acknowledged entry is lost', async (context) => {
    const disk = await mountSmallDisk(folders, context);
    mounts.push(disk);
    const ballast = join(disk, 'ballast');
    const directory = join(disk, 'node');
    let opened = await folders.open(directory);
    await write(opened.store, { hardState: { term: 1, votedFor: '1', commitIndex: 0 } });
    for (let round = 1; round <= ROUNDS; round += 1) {
      await leaveFree(disk, ballast, 4096 * (4 + 5 * round));
      const acknowledged = await fill(opened, opened.recovered.lastIndex + 1);

      // Space comes back; this handle must not believe it.
      await rm(ballast);
      const late = run(acknowledged + 1, 1, 1);
      await expect(write(opened.store, { append: [late] })).rejects.toMatchObject({
        code: 'CLOSED',
      });
      await close(opened.store).catch(() => undefined);

      opened = await folders.open(directory);
      const { hardState, lastIndex } = opened.recovered;
      expect(hardState).toMatchObject({ term: 1, votedFor: '1' });
      expect(lastIndex).toBeGreaterThanOrEqual(acknowledged);
      await write(opened.store, { append: [run(lastIndex + 1, 10, 1)] });

      // Killed here: what was acknowledged after the disk had been full is there as well.
      const copy = await folders.copy(directory);
      const killed = await folders.open(copy);
      expect(killed.recovered.lastIndex).toBe(lastIndex + 10);
      const found = entriesOf(await read(killed.store, 1, Number.MAX_SAFE_INTEGER));
      expect(found).toEqual(entriesOf([run(1, lastIndex + 10, 1)]));
      await close(killed.store);
      await close(opened.store);
      opened = await folders.open(directory);
    }
  });
});

describe('a full disk', () => {
  const folders = new NodeFolders();
  const mounts: string[] = [];

  afterEach(async () => {
    await folders.closeAll();
    // Lazily: a child of another test may have inherited a handle for the moment of its start.
    for (const folder of mounts.splice(0)) execFileSync('umount', ['--lazy', folder]);
    await folders.removeAll();
  });

  test('fails a snapshot, keeps the one before, and leaves nothing half written', async (context) => {
    const disk = await mountSmallDisk(folders, context);
    mounts.push(disk);
    const options = {
      folder: join(disk, 'snapshots'),
      machine: { name: 'kv', version: '1' },
      clusterId: () => '',
    };
    const { store, close: closeSnapshots } = await openFileSnapshots(options);
    const kept = await make(store, draftAt(10, 1), pattern(100_000));
    await expect(make(store, draftAt(20, 1), Buffer.alloc(2 * DISK_BYTES))).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining('ENOSPC') as string,
    });
    expect(store.list().map(({ id }) => id)).toEqual([kept.id]);
    const next = await make(store, draftAt(30, 1), pattern(100_000));
    expect(store.list().map(({ id }) => id)).toEqual([next.id, kept.id]);
    await closeSnapshots();
  });
});
