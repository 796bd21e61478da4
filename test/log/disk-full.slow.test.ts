import { execFileSync } from 'node:child_process';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test, type TestContext } from 'vitest';

import { StorageError, type OpenedLog } from '../../node-engine/log/log-store.ts';
import { openFileSnapshots } from '../../node-engine/snapshot/file-snapshot-store.ts';
import { draftAt, make } from '../snapshot/snapshot-promises.ts';
import { pattern } from '../snapshot/snapshot-store.suite.ts';
import { entriesOf } from './faulty-world.ts';
import { NodeFolders } from './node-folders.ts';
import { run } from './runs.ts';
import { close, read, write } from './store-promises.ts';

const DISK_BYTES = 12 * 1024 * 1024;

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

describe('a full disk', () => {
  const folders = new NodeFolders();
  const mounts: string[] = [];

  afterEach(async () => {
    await folders.closeAll();
    // Lazily: a child of another test may have inherited a handle for the moment of its start.
    for (const folder of mounts.splice(0)) execFileSync('umount', ['--lazy', folder]);
    await folders.removeAll();
  });

  /** Writes until the disk refuses; the entries that were acknowledged. */
  async function fill({ store }: OpenedLog, term: number): Promise<number> {
    let lastIndex = 0;
    await write(store, { hardState: { term, votedFor: '1', commitIndex: 0 } });
    for (;;) {
      try {
        await write(store, { append: [run(lastIndex + 1, 512, term)] });
        lastIndex += 512;
      } catch (error) {
        expect(error).toBeInstanceOf(StorageError);
        expect(error).toMatchObject({ code: 'IO' });
        return lastIndex;
      }
    }
  }

  test('ends the store; freed and opened again, no acknowledged entry is lost', async (context) => {
    const disk = await mountSmallDisk(folders, context);
    mounts.push(disk);
    const ballast = join(disk, 'ballast');
    await writeFile(ballast, Buffer.alloc(8 * 1024 * 1024));
    const directory = join(disk, 'node');
    const first = await folders.open(directory);
    const acknowledged = await fill(first, 1);
    expect(acknowledged).toBeGreaterThan(512);

    // Space comes back; this handle must not believe it.
    await rm(ballast);
    const late = run(acknowledged + 1, 1, 1);
    await expect(write(first.store, { append: [late] })).rejects.toMatchObject({ code: 'CLOSED' });
    await close(first.store).catch(() => undefined);

    const second = await folders.open(directory);
    expect(second.recovered.hardState).toMatchObject({ term: 1, votedFor: '1' });
    expect(second.recovered.lastIndex).toBeGreaterThanOrEqual(acknowledged);
    const more = run(second.recovered.lastIndex + 1, 10, 1);
    await write(second.store, { append: [more] });

    // Killed here: what was acknowledged after the disk had been full is there as well.
    const copy = await folders.make();
    await cp(directory, copy, { recursive: true });
    const third = await folders.open(copy);
    expect(third.recovered.lastIndex).toBe(more.firstIndex + 9);
    const found = entriesOf(await read(third.store, 1, third.recovered.lastIndex));
    expect(found.map((entry) => entry.index)).toEqual(
      Array.from({ length: third.recovered.lastIndex }, (_, offset) => offset + 1),
    );
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
