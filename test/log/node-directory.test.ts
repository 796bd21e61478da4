import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

import { NodeFolders } from './node-folders.ts';
import { run } from './runs.ts';
import { adoptCluster, close, write } from './store-promises.ts';

const CLUSTER = 'ab'.repeat(16);
const OTHER = 'cd'.repeat(16);

describe('the directory of a node', () => {
  const folders = new NodeFolders();

  afterEach(() => folders.removeAll());

  test('holds what its layout says, for its owner only', async () => {
    const directory = join(await folders.make(), 'clusters', 'orders', 'nodes', '1');
    const { store } = await folders.open(directory, {
      identity: { clusterId: CLUSTER, nodeId: '1' },
    });
    expect((await readdir(directory)).sort()).toEqual([
      'LOCK',
      'log',
      'meta.a',
      'meta.b',
      'node.json',
    ]);
    expect(JSON.parse(await readFile(join(directory, 'node.json'), 'utf8'))).toEqual({
      formatVersion: 1,
      clusterId: CLUSTER,
      nodeId: '1',
    });
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, 'log'))).mode & 0o777).toBe(0o700);
    for (const name of ['meta.a', 'meta.b', 'node.json', 'LOCK']) {
      expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
    }
    expect((await stat(join(directory, 'meta.a'))).size).toBe(4096);
    await close(store);
    expect(await readdir(directory)).not.toContain('LOCK');
  });

  test('is used by one process at a time, which is named', async () => {
    const directory = await folders.make();
    await folders.open(directory);
    await expect(folders.open(directory)).rejects.toMatchObject({
      code: 'LOCKED',
      message: `data directory ${directory} is in use by process ${process.pid}`,
    });
  });

  test('of another node or cluster is refused, and left as it is', async () => {
    const directory = await folders.make();
    const own = { clusterId: CLUSTER, nodeId: '2' };
    const { store } = await folders.open(directory, { identity: own });
    await write(store, { append: [run(1, 1, 0)] });
    await close(store);
    const before = await readFile(join(directory, 'meta.a'));
    for (const identity of [
      { clusterId: CLUSTER, nodeId: '3' },
      { clusterId: OTHER, nodeId: '2' },
    ]) {
      for (const repair of ['refuse', 'from-leader', 'accept-loss'] as const) {
        await expect(folders.open(directory, { identity, repair })).rejects.toMatchObject({
          code: 'FOREIGN',
          message: `data directory ${directory} belongs to cluster ${CLUSTER} node 2`,
        });
      }
    }
    expect((await readFile(join(directory, 'meta.a'))).equals(before)).toBe(true);
    const { recovered } = await folders.open(directory, {
      identity: { clusterId: '', nodeId: '2' },
    });
    expect(recovered.lastIndex).toBe(1);
  });

  test('whose node.json is another one than its pages is refused', async () => {
    const directory = await folders.make();
    const { store } = await folders.open(directory);
    await adoptCluster(store, CLUSTER);
    await close(store);
    const document = { formatVersion: 1, clusterId: OTHER, nodeId: '1' };
    await writeFile(join(directory, 'node.json'), JSON.stringify(document));
    await expect(
      folders.open(directory, { identity: { clusterId: OTHER, nodeId: '1' } }),
    ).rejects.toMatchObject({ code: 'FOREIGN' });
  });

  test('of a newer version is refused, and says so', async () => {
    const directory = await folders.make();
    await close((await folders.open(directory)).store);
    const document = { formatVersion: 2, clusterId: '', nodeId: '1' };
    await writeFile(join(directory, 'node.json'), JSON.stringify(document));
    await expect(folders.open(directory)).rejects.toMatchObject({ code: 'NEWER_FORMAT' });
  });

  test('that is a file, or whose pages are links, is refused', async () => {
    const folder = await folders.make();
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(folders.open(file)).rejects.toMatchObject({ code: 'IO' });
    const directory = await folders.make();
    await symlink(file, join(directory, 'meta.a'));
    await expect(folders.open(directory)).rejects.toMatchObject({ code: 'IO' });
    const other = await folders.make();
    await mkdir(join(other, 'meta.b'));
    await expect(folders.open(other)).rejects.toMatchObject({ code: 'IO' });
  });

  test('counts how often it was opened', async () => {
    const directory = await folders.make();
    for (const incarnation of [1, 2, 3]) {
      const log = await folders.open(directory);
      expect(log.incarnation).toBe(incarnation);
      await close(log.store);
    }
  });
});
