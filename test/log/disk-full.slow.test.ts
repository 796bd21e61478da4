import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test, type TestContext } from 'vitest';

import type { DiskBackendName } from '../../node-engine/log/log-store.ts';
import { openFileSnapshots } from '../../node-engine/snapshot/file-snapshot-store.ts';
import { draftAt, make } from '../snapshot/snapshot-promises.ts';
import { pattern } from '../snapshot/snapshot-store.suite.ts';
import { entriesOf } from './faulty-world.ts';
import { meetFullDisk, type MetFullDisk } from './full-disk.ts';
import { NodeFolders } from './node-folders.ts';
import { run } from './runs.ts';
import { close, read, write } from './store-promises.ts';

const HERE = import.meta.dirname;
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

/** How often each store meets a full disk; for lmdb each time is a process. */
const ROUNDS: Readonly<Record<DiskBackendName, number>> = { leveldb: 20, fastlog: 20, lmdb: 8 };
const BACKENDS: readonly DiskBackendName[] = ['leveldb', 'fastlog', 'lmdb'];
/** At most so many pages are free when a store begins to fill the disk. */
const FREE_PAGES_MAX = 104;

/**
 * The same in a process of its own. lmdb 3.5.6 writes its message about a failed write into 100 bytes
 * without looking how long it is, so that nothing in that process can be relied on afterwards: it may
 * be ended by its allocator (glibc: "corrupted size vs. prev_size"). What it acknowledged is on the disk.
 */
async function meetFullDiskElsewhere(
  backend: DiskBackendName,
  directory: string,
  disk: string,
  freeBytes: number,
): Promise<MetFullDisk> {
  const args = [
    '--import',
    join(HERE, 'typescript-loader.mjs'),
    join(HERE, 'full-disk-process.ts'),
  ];
  const child = spawn(process.execPath, [...args, backend, directory, disk, String(freeBytes)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed = text(child.stdout);
  const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  const lines = (await printed).trim().split('\n');
  await rm(join(disk, 'ballast'), { force: true });
  const acknowledged = Number(lines.findLast((line) => /^\d+$/.test(line)) ?? 0);
  if (signal !== 'SIGKILL') {
    // Only its allocator may end it, and only after the disk was full.
    expect(['SIGABRT', 'SIGSEGV']).toContain(signal);
    return { acknowledged, codes: REFUSED };
  }
  return { acknowledged, codes: JSON.parse(lines.at(-1) ?? '') as readonly unknown[] };
}

/** The write that finds no room, and the one after there is room again. */
const REFUSED = ['IO', 'CLOSED'];

describe.each(BACKENDS)('a full disk under %s', (backend) => {
  const folders = new NodeFolders(backend);
  const mounts: string[] = [];

  afterEach(async () => {
    await folders.closeAll();
    // Lazily: a child of another test may have inherited a handle for the moment of its start.
    for (const folder of mounts.splice(0)) execFileSync('umount', ['--lazy', folder]);
    await folders.removeAll();
  });

  async function meet(directory: string, disk: string, freeBytes: number): Promise<MetFullDisk> {
    if (backend === 'lmdb') return meetFullDiskElsewhere(backend, directory, disk, freeBytes);
    const opened = await folders.open(directory);
    const met = await meetFullDisk(opened, disk, freeBytes);
    await close(opened.store).catch(() => undefined);
    return met;
  }

  test('ends the store; freed and opened again, no acknowledged entry is lost', async (context) => {
    const disk = await mountSmallDisk(folders, context);
    mounts.push(disk);
    const directory = join(disk, 'node');
    const founded = await folders.open(directory);
    await write(founded.store, { hardState: { term: 1, votedFor: '1', commitIndex: 0 } });
    await close(founded.store);
    for (let round = 1; round <= ROUNDS[backend]; round += 1) {
      const pages = Math.ceil((FREE_PAGES_MAX * round) / ROUNDS[backend]);
      const { acknowledged, codes } = await meet(directory, disk, 4096 * pages);
      expect(codes).toEqual(REFUSED);

      const opened = await folders.open(directory);
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
