import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

import { inspectNode } from '../../node-engine/snapshot/inspect-node.ts';
import { openNodeStorage } from '../../node-engine/snapshot/node-storage.ts';
import type { NodeStorage } from '../../node-engine/snapshot/node-storage.ts';
import { NodeFolders } from '../log/node-folders.ts';
import { MEMBERSHIP, membershipRun, offsetOfCommand, run, singles } from '../log/runs.ts';
import { write } from '../log/store-promises.ts';
import { draftAt, make } from './snapshot-promises.ts';
import { pattern } from './snapshot-store.suite.ts';

const CLUSTER = 'ab'.repeat(16);
const MACHINE = { name: 'kv', version: '1.0.0' };

describe("looking into a node's directory", () => {
  const folders = new NodeFolders();
  const open: NodeStorage[] = [];

  async function closeAll(): Promise<void> {
    for (const storage of open.splice(0)) await new Promise((done) => storage.close(done));
  }

  afterEach(async () => {
    await closeAll();
    await folders.removeAll();
  });

  /** A node with a snapshot at 12 and a log from 11 on; still running. */
  async function runningNode(): Promise<string> {
    const directory = await folders.make();
    const storage = await openNodeStorage({
      backend: 'leveldb',
      directory,
      identity: { clusterId: CLUSTER, nodeId: '1' },
      durability: 'high',
      machine: MACHINE,
      offsetOfCommand,
    });
    open.push(storage);
    const { store } = storage.log;
    const hardState = { term: 2, votedFor: '1', commitIndex: 12 };
    await write(store, { hardState, append: [membershipRun(1, 1), ...singles(2, 10, 1)] });
    await write(store, { append: [run(11, 900, 2)] });
    await make(storage.snapshots, draftAt(12, 2), pattern(1000));
    await write(store, { trimThrough: 10 });
    return directory;
  }

  async function stoppedNode(): Promise<string> {
    const directory = await runningNode();
    await closeAll();
    return directory;
  }

  /** Every file with its bytes. */
  async function contentsOf(directory: string): Promise<Map<string, string>> {
    const names = await readdir(directory, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile());
    const contents = new Map<string, string>();
    for (const { parentPath, name } of files) {
      const path = join(parentPath, name);
      contents.set(path, (await readFile(path)).toString('hex'));
    }
    return contents;
  }

  test('tells all there is to know, and changes nothing', async () => {
    const directory = await stoppedNode();
    const before = await contentsOf(directory);
    const node = await inspectNode(directory);
    expect(node).toMatchObject({
      directory,
      identity: { clusterId: CLUSTER, nodeId: '1' },
      incarnation: 1,
      hardState: { term: 2, votedFor: '1', commitIndex: 12 },
      mark: { index: 910, term: 2 },
      repairUntil: null,
      pages: { a: { fault: null }, b: { fault: null } },
      identityFault: null,
      logFault: null,
      records: { firstIndex: 11, lastIndex: 910, lastTerm: 2, droppedRecords: 0, faults: [] },
      snapshots: [{ fault: null, contents: { index: 12, term: 2, machine: MACHINE } }],
      membership: { membership: MEMBERSHIP, index: 1 },
      problems: [],
    });
    expect(await contentsOf(directory)).toEqual(before);
  });

  test('refuses while the node runs, and leaves it in peace', async () => {
    const directory = await runningNode();
    await expect(inspectNode(directory)).rejects.toMatchObject({
      code: 'LOCKED',
      message: `${directory} is in use by process ${process.pid}; ask the node itself`,
    });
    const [storage] = open;
    if (storage === undefined) throw new Error('the node runs');
    await write(storage.log.store, { append: [run(911, 1, 2)] });
  });

  test('of a node that was killed works: a lock that nobody holds is none', async () => {
    const copy = await folders.copy(await runningNode());
    expect((await inspectNode(copy)).records).toMatchObject({ lastIndex: 910 });
  });

  test('lists what is wrong, and still tells the rest', async () => {
    const directory = await stoppedNode();
    await rm(join(directory, 'meta.b'));
    await writeFile(join(directory, 'node.json'), '{');
    const [snapshot] = await readdir(join(directory, 'snapshots'));
    const path = join(directory, 'snapshots', snapshot ?? '');
    const bytes = await readFile(path);
    bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1;
    await writeFile(path, bytes);
    const node = await inspectNode(directory);
    expect(node.hardState).toMatchObject({ term: 2, votedFor: '1' });
    expect(node.problems).toEqual([
      'meta.b missing',
      `node.json: ${join(directory, 'node.json')} is not JSON`,
      'log: entries 1 to 10: trimmed, and no whole snapshot covers it',
      `snapshot ${snapshot ?? ''} has a bad checksum in block 1`,
    ]);
  });

  test('says when there is no log any more', async () => {
    const directory = await stoppedNode();
    await rm(join(directory, 'log', 'CURRENT'));
    const node = await inspectNode(directory);
    expect(node).toMatchObject({ records: null, problems: ['log: log/CURRENT is missing'] });
  });

  test("refuses what is no node's directory", async () => {
    const folder = await folders.make();
    await expect(inspectNode(folder)).rejects.toMatchObject({ code: 'IO' });
    await expect(inspectNode(join(folder, 'missing'))).rejects.toMatchObject({ code: 'IO' });
  });
});
