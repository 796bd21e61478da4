import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeSync, mkdtempSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { kv } from '../../node-engine/machines/kv/kv.ts';
import { openNode } from '../../node-engine/node/open-node.ts';
import type { OpenNodeOptions } from '../../node-engine/node/open-node.ts';
import type { RunningNode } from '../../node-engine/node/node-options.ts';
import type { Reply } from '../../node-engine/resp/value.ts';
import { agreedHash, ask, leaderOf, statusOf, textOf } from '../cluster/local-cluster.ts';
import { until } from '../cluster/raftdeck-process.ts';

/* A newest snapshot that is damaged in its middle, where neither its header nor its end shows it. */

let folder: string;
let nodes: RunningNode[] = [];
let warnings: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'raftdeck-fallback-'));
  warnings = [];
});

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.close()));
  nodes = [];
  rmSync(folder, { recursive: true, force: true });
});

async function start(id: string, more: Partial<OpenNodeOptions> = {}): Promise<RunningNode> {
  const node = await openNode({
    machine: kv,
    id,
    address: '127.0.0.1:0',
    directory: join(folder, id),
    secret: 'the secret of this test, long enough',
    // The nodes share this process: whatever holds it up must not make one of them stand for election.
    electionTimeoutMs: 2_000,
    heartbeatMs: 50,
    log: (level, text) => {
      if (level === 'warning') warnings.push(text);
    },
    ...more,
  });
  nodes.push(node);
  return node;
}

async function tell(address: string, line: string): Promise<string> {
  return textOf(await ask(address, ...line.split(' ')));
}

/** Writes keys, then a snapshot; all of it anew each time. */
async function writeAndSnapshot(address: string, round: number): Promise<void> {
  for (let number = 0; number < 20; number += 1) {
    expect(await tell(address, `SET key:${number} ${'x'.repeat(100)}${round}`)).toBe('OK');
  }
  expect(await tell(address, 'RAFTSNAPSHOT')).toBe('OK');
}

/** Flips one bit in the middle of the newest snapshot; returns its name. */
function damageNewest(id: string): string {
  const snapshots = join(folder, id, 'snapshots');
  const byIndex = (name: string): number => Number(name.split('-')[0]);
  const name =
    readdirSync(snapshots).sort((left, right) => byIndex(right) - byIndex(left))[0] ?? '';
  const path = join(snapshots, name);
  flipBit(path, statSync(path).size >> 1);
  return name;
}

/** Flips one bit in place: whoever has the file open sees it too. */
function flipBit(path: string, position: number): void {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, position);
  writeSync(file, Buffer.of(byte.readUInt8() ^ 16), 0, 1, position);
  closeSync(file);
}

/** The hash of the machine's state. */
async function hashOf(address: string): Promise<string> {
  const [, hash] = (await ask(address, 'RAFT', 'STATUS', 'HASH')) as readonly Reply[];
  return textOf(hash ?? null);
}

/** Waits until a follower has all that its leader has, and both hold the same state. */
async function caughtUp(follower: string, leader: string): Promise<void> {
  await until('the follower has caught up', 30_000, async () => {
    const [mine, theirs] = [await statusOf(follower), await statusOf(leader)];
    return mine?.health === 'ok' && mine.appliedIndex === theirs?.lastIndex;
  });
  await agreedHash([leader, follower]);
}

async function stopLast(): Promise<void> {
  await nodes.pop()?.close();
}

test('a damaged newest snapshot is not used; the one before and the log give the same state', async () => {
  const { address } = await start('1', { trailingEntries: 1000 });
  await leaderOf([address]);
  await writeAndSnapshot(address, 1);
  await writeAndSnapshot(address, 2);
  const before = await hashOf(address);
  await stopLast();
  const name = damageNewest('1');
  const again = await start('1', { address, trailingEntries: 1000 });
  await leaderOf([again.address]);
  expect(warnings).toEqual([expect.stringContaining(`snapshot ${name} is not used: has a bad`)]);
  const status = await statusOf(again.address);
  expect(status).toMatchObject({ health: 'ok' });
  expect(status?.snapshots).toHaveLength(1);
  expect(await tell(again.address, 'GET key:19')).toBe(`${'x'.repeat(100)}2`);
  expect(await hashOf(again.address)).toBe(before);
  expect(await tell(again.address, 'SET more 1')).toBe('OK');
});

test('with the log trimmed behind it a lone node does not start, and says what is lost', async () => {
  const { address } = await start('1', { trailingEntries: 0 });
  await leaderOf([address]);
  await writeAndSnapshot(address, 1);
  await writeAndSnapshot(address, 2);
  expect(await tell(address, 'RAFTSHRINKLOG')).toBe('OK');
  await stopLast();
  damageNewest('1');
  await expect(start('1', { address, trailingEntries: 0 })).rejects.toMatchObject({
    code: 'DAMAGED',
    message: expect.stringMatching(
      /trimmed, and no whole snapshot covers it\. Entries 23 to 42 were acknowledged/,
    ) as string,
  });
});

test('a log is not shrunk below a snapshot that is known to be damaged', async () => {
  const { address } = await start('1', { trailingEntries: 1000 });
  await leaderOf([address]);
  await writeAndSnapshot(address, 1);
  const only = damageNewest('1').replace('.snapshot', '');
  expect(await tell(address, `RAFT SNAPSHOT VERIFY ${only}`)).toMatch(/has a bad checksum/);
  expect(await tell(address, 'RAFTSHRINKLOG')).toMatch(/^-ERR no snapshot covers the log/);
  await writeAndSnapshot(address, 2);
  const whole = (await statusOf(address))?.snapshots[0]?.index ?? 0;
  await writeAndSnapshot(address, 3);
  const newest = damageNewest('1').replace('.snapshot', '');
  expect(await tell(address, `RAFT SNAPSHOT VERIFY ${newest}`)).toMatch(/has a bad checksum/);
  expect(await tell(address, 'RAFTSHRINKLOG')).toBe('OK');
  expect((await statusOf(address))?.firstIndex).toBe(whole + 1);
  await stopLast();
  const again = await start('1', { address, trailingEntries: 1000 });
  await leaderOf([again.address]);
  expect(await tell(again.address, 'GET key:19')).toBe(`${'x'.repeat(100)}3`);
});

test('a follower in the same state is given everything again by its leader', async () => {
  const first = await start('1');
  const second = await start('2', { join: first.address });
  const third = await start('3', { join: first.address, trailingEntries: 0 });
  await until('three voters', 30_000, async () => {
    const members = (await statusOf(first.address))?.members ?? [];
    return members.filter(({ voter }) => voter).length === 3;
  });
  const { clientAddress: leader } = await leaderOf([first.address, second.address, third.address]);
  for (const round of [1, 2]) {
    for (let number = 0; number < 20; number += 1) {
      expect(await tell(leader, `SET key:${number} ${round}`)).toBe('OK');
    }
    const { lastIndex = 0 } = (await statusOf(leader)) ?? {};
    await until('the follower has it', 30_000, async () => {
      return ((await statusOf(third.address))?.appliedIndex ?? 0) >= lastIndex;
    });
    expect(await tell(third.address, 'RAFTSNAPSHOT')).toBe('OK');
  }
  expect(await tell(third.address, 'RAFTSHRINKLOG')).toBe('OK');
  await stopLast();
  damageNewest('3');
  const again = await start('3', { address: third.address });
  await until('the follower is whole again', 30_000, async () => {
    const [mine, theirs] = [await statusOf(again.address), await statusOf(leader)];
    return mine?.health === 'ok' && mine.appliedIndex === theirs?.lastIndex;
  });
  await agreedHash([again.address, leader]);
});

test('one that is damaged while its node leads is told, and a follower gets another', async () => {
  const { address } = await start('1', { trailingEntries: 0 });
  await leaderOf([address]);
  await writeAndSnapshot(address, 1);
  expect(await tell(address, 'RAFTSHRINKLOG')).toBe('OK');
  damageNewest('1');
  expect(await tell(address, 'SET more 1')).toBe('OK');
  const second = await start('2', { join: address });
  await caughtUp(second.address, address);
  expect(warnings).toEqual([
    expect.stringMatching(
      /^node 2 does not get the snapshot at entry \d+: snapshot .+; it gets a newer one/,
    ),
  ]);
});

test('a log that is damaged while its node leads gives way to a snapshot', async () => {
  const { address } = await start('1', { backend: 'fastlog' });
  await leaderOf([address]);
  // More than is kept in memory: what came first is read from the disk.
  const text = 'x'.repeat(1024 * 1024);
  for (let number = 0; number < 20; number += 1) {
    expect(textOf(await ask(address, 'SET', `key:${number}`, text))).toBe('OK');
  }
  const log = join(folder, '1', 'log');
  const [segment = ''] = readdirSync(log).filter((name) => name.endsWith('.seg'));
  flipBit(join(log, segment), 1_500_000);
  const second = await start('2', { join: address });
  await caughtUp(second.address, address);
  expect(warnings).toEqual([
    expect.stringMatching(/^node 2 does not get the log from entry \d+: the log is damaged: entry/),
  ]);
});
