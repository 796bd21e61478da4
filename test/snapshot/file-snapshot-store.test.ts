import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { openFileSnapshots } from '../../node-engine/snapshot/file-snapshot-store.ts';
import type {
  FileSnapshotOptions,
  OpenedSnapshots,
} from '../../node-engine/snapshot/file-snapshot-store.ts';
import { TRAILER_BYTES } from '../../node-engine/snapshot/file-format.ts';
import {
  chunkAt,
  commit,
  draftAt,
  fileBytes,
  machineBytes,
  make,
  verify,
  write,
} from './snapshot-promises.ts';
import { pattern, testSnapshotStore } from './snapshot-store.suite.ts';

const KV = { name: 'kv', version: '1.2.0' };
const CLUSTER = 'ab'.repeat(16);

const folders: string[] = [];

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'raftdeck-snapshots-'));
  folders.push(folder);
  return folder;
}

const opened: OpenedSnapshots[] = [];

async function open(options: FileSnapshotOptions): Promise<OpenedSnapshots> {
  const snapshots = await openFileSnapshots(options);
  opened.push(snapshots);
  return snapshots;
}

async function removeFolders(): Promise<void> {
  for (const snapshots of opened.splice(0)) await snapshots.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
}

testSnapshotStore({
  name: 'file',
  keptCount: 3,
  open: async () => {
    const folder = await newFolder();
    return (await open({ folder, machine: KV, clusterId: () => CLUSTER })).store;
  },
  remove: removeFolders,
});

describe('snapshot files', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await newFolder();
  });

  afterEach(removeFolders);

  function openFolder(clusterId = CLUSTER, machine = KV): Promise<OpenedSnapshots> {
    return open({ folder, machine, clusterId: () => clusterId });
  }

  async function madeFile(bytes = pattern(600_000)): Promise<{ path: string; id: string }> {
    const { store } = await openFolder();
    const { id } = await make(store, draftAt(10, 2), bytes);
    return { id, path: join(folder, `${id}.snapshot`) };
  }

  test('are found again after a restart', async () => {
    const { id, path } = await madeFile();
    const { store, damaged } = await openFolder();
    expect(damaged).toEqual([]);
    expect(store.list()).toMatchObject([{ id, ...draftAt(10, 2) }]);
    expect(store.path(id)).toBe(path);
    expect((await machineBytes(store, id)).equals(pattern(600_000))).toBe(true);
  });

  test('are readable by their owner only', async () => {
    const { path } = await madeFile();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('left half written by a crash are removed at the next start', async () => {
    const { store } = await openFolder();
    await write(store.create(draftAt(10, 2)), pattern(1000));
    expect(await readdir(folder)).toHaveLength(1);
    expect((await openFolder()).store.list()).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  test('leave nothing behind when aborted', async () => {
    const { store } = await openFolder();
    const sink = store.create(draftAt(10, 2));
    await write(sink, pattern(1000));
    sink.abort();
    await expect(commit(sink)).rejects.toMatchObject({ code: 'CLOSED' });
    expect(await readdir(folder)).toEqual([]);
  });

  test('cut short at any place are not listed', async () => {
    const { path } = await madeFile(pattern(3000));
    const whole = await readFile(path);
    for (let length = 0; length < whole.length; length += 97) {
      await writeFile(path, whole.subarray(0, length));
      const { store, damaged } = await openFolder();
      expect(store.list()).toEqual([]);
      expect(damaged).toHaveLength(1);
    }
  });

  test('with anything behind their end are not listed', async () => {
    const { path } = await madeFile(pattern(3000));
    await writeFile(path, Buffer.concat([await readFile(path), Buffer.alloc(1)]));
    expect((await openFolder()).store.list()).toEqual([]);
  });

  test('with one flipped bit anywhere are noticed, at the start or when they are read', async () => {
    const { path, id } = await madeFile(pattern(100));
    const whole = await readFile(path);
    for (let offset = 0; offset < whole.length; offset += 1) {
      const flipped = Buffer.from(whole);
      flipped[offset] = (flipped[offset] ?? 0) ^ (1 << (offset % 8));
      await writeFile(path, flipped);
      const reopened = await openFolder().catch((error: unknown) => error);
      if (reopened instanceof Error) {
        // A flip in the format field looks like a newer version; that is refused as well.
        expect(reopened).toMatchObject({ code: 'NEWER_FORMAT' });
        continue;
      }
      const { store } = reopened as OpenedSnapshots;
      if (store.list().length === 0) continue;
      await expect(verify(store, id)).rejects.toMatchObject({ code: 'DAMAGED' });
      expect(store.list()).toEqual([]);
    }
  });

  test('name the damaged block, and hand out nothing of it', async () => {
    const { path, id } = await madeFile(pattern(600_000));
    const { store } = await openFolder();
    const bytes = await readFile(path);
    const offset = bytes.length - TRAILER_BYTES - 10;
    bytes[offset] = (bytes[offset] ?? 0) ^ 1;
    await writeFile(path, bytes);
    let handedOut = 0;
    const reading = new Promise((resolve) => {
      store.readMachine(id, (part) => (handedOut += part.length), resolve);
    });
    expect(await reading).toMatchObject({
      code: 'DAMAGED',
      message: `snapshot ${id} has a bad checksum in block 3`,
    });
    expect(handedOut).toBe(2 * 256 * 1024);
  });

  test('damaged since they were opened are not sent to anybody', async () => {
    const { path, id } = await madeFile(pattern(3000));
    const { store } = await openFolder();
    const bytes = await readFile(path);
    bytes[1000] = (bytes[1000] ?? 0) ^ 1;
    await writeFile(path, bytes);
    await expect(chunkAt(store, id, 0, 100)).rejects.toMatchObject({ code: 'DAMAGED' });
    expect(store.list()).toEqual([]);
  });

  test('fall back to the one before when the newest is damaged', async () => {
    const { store } = await openFolder();
    const older = await make(store, draftAt(10, 2), pattern(100));
    const newer = await make(store, draftAt(20, 2), pattern(100));
    await writeFile(join(folder, `${newer.id}.snapshot`), 'no snapshot');
    const reopened = await openFolder();
    expect(reopened.store.list().map(({ id }) => id)).toEqual([older.id]);
    expect(reopened.damaged).toEqual([
      { name: `${newer.id}.snapshot`, fault: 'is shorter than a header' },
    ]);
  });

  test('of another cluster or machine are refused', async () => {
    await madeFile();
    await expect(openFolder('cd'.repeat(16))).rejects.toMatchObject({
      code: 'FOREIGN',
      message: expect.stringContaining(`belongs to cluster ${CLUSTER}`) as string,
    });
    await expect(openFolder(CLUSTER, { name: 'ticket', version: '1' })).rejects.toMatchObject({
      code: 'FOREIGN',
      message: expect.stringContaining('was made by the machine kv, not ticket') as string,
    });
    expect((await openFolder(CLUSTER, { name: 'kv', version: '2' })).store.list()).toHaveLength(1);
  });

  test('being read by a transfer outlive newer ones until it ends', async () => {
    const { store } = await openFolder();
    const first = await make(store, draftAt(10, 2), pattern(100_000));
    const start = await chunkAt(store, first.id, 0, 1000);
    for (const index of [20, 30, 40, 50]) await make(store, draftAt(index, 2), pattern(10));
    expect(store.list().map((snapshot) => snapshot.lastIncludedIndex)).toEqual([50, 40, 30]);
    const rest = await chunkAt(store, first.id, 1000, 1_000_000);
    expect(start.data.length + rest.data.length).toBe(first.sizeBytes);
  });

  test('that are links or folders are refused', async () => {
    const { path, id } = await madeFile();
    const target = join(await newFolder(), 'elsewhere');
    await writeFile(target, await readFile(path));
    await rm(path);
    await symlink(target, path);
    await expect(openFolder()).rejects.toMatchObject({ code: 'IO' });
    expect(id).not.toBe('');
  });

  test('cannot be made where the folder cannot be written, and say so', async (context) => {
    if (process.getuid?.() === 0) context.skip('root may write everywhere');
    const { store } = await openFolder();
    await chmod(folder, 0o500);
    await expect(make(store, draftAt(10, 2), pattern(10))).rejects.toMatchObject({ code: 'IO' });
    await chmod(folder, 0o700);
  });

  test('half written when the store is closed are removed', async () => {
    const { store, close } = await openFolder();
    const sink = store.create(draftAt(10, 2));
    await write(sink, pattern(1000));
    await close();
    expect(await readdir(folder)).toEqual([]);
    await expect(write(sink, pattern(10))).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('are read while others are written', async () => {
    const { store } = await openFolder();
    const first = await make(store, draftAt(10, 2), pattern(600_000));
    const [bytes] = await Promise.all([
      fileBytes(store, first.id, 10_000),
      make(store, draftAt(20, 2), pattern(600_000)),
    ]);
    expect(bytes).toHaveLength(first.sizeBytes);
  });
});
