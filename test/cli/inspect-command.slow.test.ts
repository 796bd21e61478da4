import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { ask, leaderOf, TestFolder, textOf } from '../cluster/local-cluster.ts';
import { RAFTDECK, runRaftdeck } from '../cluster/raftdeck-process.ts';

const PORT = 24_800;
const ADDRESS = `127.0.0.1:${PORT}`;

let folder: TestFolder;
let directory = '';

beforeEach(async () => {
  folder = new TestFolder();
  directory = join(folder.path, 'node-1');
  const node = folder.startNode('1', PORT);
  await leaderOf([ADDRESS]);
  for (let number = 0; number < 10; number += 1) {
    expect(textOf(await ask(ADDRESS, 'SET', `key:${number}`, 'x'.repeat(1000)))).toBe('OK');
  }
  expect(textOf(await ask(ADDRESS, 'RAFTSNAPSHOT'))).toBe('OK');
  const running = await runRaftdeck(['inspect', directory]);
  expect([running.code, running.stderr]).toEqual([
    1,
    expect.stringContaining(`is in use by process ${node.pid}; ask the node itself`),
  ]);
  expect(await node.stop()).toEqual({ code: 0, signal: null });
});

afterEach(async () => {
  await folder.dispose();
});

/** Names, times and content of everything there is. */
function fingerprint(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()) {
    const stat = lstatSync(join(directory, name));
    hash.update(`${name} ${stat.mtimeMs} ${stat.size}\0`);
    if (stat.isFile()) hash.update(readFileSync(join(directory, name)));
  }
  return hash.digest('hex');
}

test('a whole directory is described in words and as JSON, and left as it was', async () => {
  const before = fingerprint();
  const { code, stdout, stderr } = await runRaftdeck(['inspect', directory]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^node {10}1, started once$/m);
  expect(stdout).toMatch(/^cluster {7}[0-9a-f]{32}$/m);
  expect(stdout).toMatch(/^log {11}entries 1 to \d+, last of term \d+; \d+ records, \d+\.\d KiB$/m);
  expect(stdout).toMatch(/^ {2}1 {2}127\.0\.0\.1:24800 {2}voter$/m);
  expect(stdout).toMatch(/^snapshots {5}1\n {2}\S+ {2}entry \d+ of term \d+, .*, machine kv \S+$/m);
  expect(stdout).toMatch(/^checksums {5}all right$/m);

  const json = await runRaftdeck(['inspect', directory, '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    directory,
    identity: { nodeId: '1' },
    hardState: { votedFor: '1' },
    problems: [],
  });
  expect(fingerprint()).toBe(before);
});

test('damage is named, and the exit code says that there is some', async () => {
  const [snapshot = ''] = readdirSync(join(directory, 'snapshots'));
  const path = join(directory, 'snapshots', snapshot);
  const bytes = readFileSync(path);
  const middle = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  writeFileSync(path, bytes);
  writeFileSync(join(directory, 'meta.a'), Buffer.alloc(4096));
  const before = fingerprint();
  const { code, stdout } = await runRaftdeck(['inspect', directory]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^PROBLEMS {6}2$/m);
  expect(stdout).toMatch(/^ {2}meta\.a /m);
  expect(stdout).toMatch(new RegExp(`^  snapshot ${snapshot.replaceAll('.', '\\.')} `, 'm'));
  expect(fingerprint()).toBe(before);
});

test('what is no node directory, and no directory at all, is refused', async () => {
  const empty = await runRaftdeck(['inspect', folder.path]);
  expect([empty.code, empty.stderr]).toEqual([
    1,
    expect.stringContaining("is no node's directory"),
  ]);
  expect((await runRaftdeck(['inspect', join(folder.path, 'none')])).code).toBe(1);
  expect((await runRaftdeck(['inspect'])).code).toBe(2);
  expect((await runRaftdeck(['inspect', directory, 'more'])).code).toBe(2);
});

test.skipIf(!existsSync('/dev/full'))(
  'output that cannot be written is a failure (where there is a /dev/full)',
  () => {
    const stdout = openSync('/dev/full', 'w');
    try {
      const { status, stderr } = spawnSync(process.execPath, [RAFTDECK, 'inspect', '--help'], {
        stdio: ['ignore', stdout, 'pipe'],
        encoding: 'utf8',
      });
      expect([status, stderr]).toEqual([1, expect.stringContaining('ENOSPC')]);
    } finally {
      closeSync(stdout);
    }
  },
);
