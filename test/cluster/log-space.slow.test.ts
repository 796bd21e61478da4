import { afterEach, beforeEach, expect, test } from 'vitest';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { RespClient } from '../../node-engine/client/resp-client.ts';
import { ask, leaderOf, statusOf, TestFolder, textOf } from './local-cluster.ts';
import { until } from './raftdeck-process.ts';

const PORT = 24_300;
const VALUE_BYTES = 64 * 1024;
const TOTAL_BYTES = 200 * 1024 * 1024;
/** Overwritten again and again, so that the state stays small while the log grows. */
const KEYS = 100;
const PIPELINE = 32;

let folder: TestFolder;

beforeEach(() => {
  folder = new TestFolder();
});

afterEach(async () => {
  await folder.dispose();
});

/** What `du` says: blocks taken, not lengths. A file that the node removes meanwhile takes none. */
function bytesOnDisk(path: string): number {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  const { blocks } = stat;
  if (!stat.isDirectory()) return blocks * 512;
  return readdirSync(path).reduce((sum, name) => sum + bytesOnDisk(join(path, name)), blocks * 512);
}

async function overwrite(address: string): Promise<void> {
  const client = await RespClient.connect({ address });
  try {
    let number = 0;
    for (let written = 0; written < TOTAL_BYTES; written += PIPELINE * VALUE_BYTES) {
      const replies = await Promise.all(
        Array.from({ length: PIPELINE }, () => {
          number += 1;
          const value = Buffer.alloc(VALUE_BYTES, `${number} `);
          return client.call(['SET', `key:${number % KEYS}`, value], { timeoutMs: 60_000 });
        }),
      );
      expect(new Set(replies.map(textOf))).toEqual(new Set(['OK']));
    }
  } finally {
    client.close();
  }
}

async function contentOf(address: string): Promise<readonly string[]> {
  const client = await RespClient.connect({ address });
  try {
    const replies = await Promise.all(
      Array.from({ length: KEYS }, (_, number) => client.call(['GET', `key:${number}`])),
    );
    return replies.map((reply) => textOf(reply).slice(0, 20));
  } finally {
    client.close();
  }
}

test('a snapshot and RAFTSHRINKLOG give back 80 % of a log of 200 MB, and a restart finds all keys', async () => {
  const address = `127.0.0.1:${PORT}`;
  // Snapshots only when asked for: this test says when.
  const flags = ['--snapshot-entries', '0', '--trailing-entries', '10'];
  const node = folder.startNode('1', PORT, ...flags);
  await leaderOf([address]);
  expect(textOf(await ask(address, 'SET', 'first', 'value'))).toBe('OK');
  expect(textOf(await ask(address, 'RAFTSNAPSHOT'))).toBe('OK');
  await overwrite(address);

  const log = join(folder.path, 'node-1', 'log');
  const fullBytes = bytesOnDisk(log);
  expect(textOf(await ask(address, 'RAFTSNAPSHOT'))).toBe('OK');
  expect(textOf(await ask(address, 'RAFTSHRINKLOG'))).toBe('OK');
  const shrunkBytes = bytesOnDisk(log);
  expect(shrunkBytes).toBeLessThan(0.2 * fullBytes);

  const before = await contentOf(address);
  const status = await statusOf(address);
  expect(await node.stop()).toEqual({ code: 0, signal: null });
  folder.startNode('1', PORT, ...flags);
  await until('the restarted node leads and has loaded its snapshot', 30_000, async () => {
    const restarted = await statusOf(address);
    return restarted?.role === 'leader' && restarted.health === 'ok';
  });
  expect(await contentOf(address)).toEqual(before);
  expect(textOf(await ask(address, 'GET', 'first'))).toBe('value');
  const after = await statusOf(address);
  expect(after?.snapshotIndex).toBe(status?.snapshotIndex);
  expect(after?.keys).toBe(KEYS + 1);
});
