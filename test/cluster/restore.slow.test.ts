import { afterEach, beforeEach, expect, test } from 'vitest';
import { existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { RespClient } from '../../node-engine/client/resp-client.ts';
import type { Reply } from '../../node-engine/resp/value.ts';
import {
  agreedHash,
  askLeader,
  leaderOf,
  LocalCluster,
  statusOf,
  TestFolder,
  textOf,
} from './local-cluster.ts';
import { runRaftdeck, until } from './raftdeck-process.ts';

/* A running cluster's state replaced by that of a snapshot, and what a kill in the middle leaves. */

const BASE_PORT = 25_100;
const LARGE_BYTES = 512 * 1024;
const LARGE_COUNT = 9;
/** A busy machine must not end what a killed node is to end. */
const FLAGS = ['--election-timeout', '3000', '--heartbeat', '100', '--faults'];
/** Of a message of the leader while a restore is to be met half way. */
const DELAY_MS = 1_000;

let folder: TestFolder;

beforeEach(() => {
  folder = new TestFolder();
});

afterEach(async () => {
  await folder.dispose();
});

async function tell(address: string, ...args: readonly (string | Buffer)[]): Promise<string> {
  const client = await RespClient.connect({ address, protocol: 3 });
  try {
    return shown(await client.call(args, { timeoutMs: 60_000 }));
  } finally {
    client.close();
  }
}

/** A reply as text, a map as `name=value` in its order. */
function shown(reply: Reply): string {
  if (typeof reply !== 'object' || reply === null || !('type' in reply)) return textOf(reply);
  if (reply.type !== 'map') return textOf(reply);
  return reply.entries.map(([name, value]) => `${textOf(name)}=${textOf(value)}`).join(' ');
}

async function started(basePort: number): Promise<LocalCluster> {
  return LocalCluster.start(folder, ['--base-port', String(basePort), ...FLAGS]);
}

function addressesOf(cluster: LocalCluster): readonly string[] {
  return cluster.nodes.map(({ clientAddress }) => clientAddress);
}

/** Makes a snapshot, where nothing new is no failure: there is one of the state then. */
async function snapshotOf(address: string): Promise<string> {
  expect(await tell(address, 'RAFTSNAPSHOT')).toMatch(/^OK$|Nothing new/);
  return (await statusOf(address))?.snapshots[0]?.id ?? '';
}

function before(reply: string): string {
  return /before-[0-9-]+/.exec(reply)?.[0] ?? '';
}

test('a restored state is on every node, stays there, and can be taken back', async () => {
  const cluster = await started(BASE_PORT);
  const addresses = addressesOf(cluster);
  const leader = await leaderOf(addresses);
  const { clientAddress: address } = leader;
  for (let number = 0; number < 40; number += 1) await tell(address, 'SET', `k${number}`, 'old');
  const old = await agreedHash(addresses);
  const id = await snapshotOf(address);
  await tell(address, 'SET', 'k1', 'new');
  await tell(address, 'SET', 'later', '1');
  const later = await agreedHash(addresses);

  const follower = addresses.find((one) => one !== address) ?? '';
  expect(await tell(follower, 'RAFT', 'SNAPSHOT', 'RESTORE', id)).toMatch(/^-(ERR no such|MOVED)/);
  const restored = await tell(address, 'RAFT', 'SNAPSHOT', 'RESTORE', id);
  expect(restored).toMatch(/^index=\d+ keys=40 size=\d+ before=before-/);
  expect(await agreedHash(addresses)).toBe(old);
  expect(await tell(address, 'GET', 'later')).toBe('null');
  const back = await tell(address, 'RAFT', 'SNAPSHOT', 'RESTORE', 'FILE', before(restored));
  expect(before(back)).toMatch(/^before-/);
  expect(await agreedHash(addresses)).toBe(later);
  expect(await tell(address, 'SET', 'and', 'on')).toBe('OK');
  const last = await agreedHash(addresses);
  for (const node of cluster.nodes) await cluster.kill(node.id);
  for (const node of cluster.nodes) cluster.restart(node.id, ...FLAGS);
  const { clientAddress: now } = await leaderOf(addresses);
  // A read of the leader's comes behind everything that was ever acknowledged.
  expect(await tell(now, 'GET', 'and')).toBe('on');
  expect(await agreedHash(addresses)).toBe(last);

  // Only what lies in the folder can be named, and nothing that leads out of it.
  const { directory } = cluster.nodes.find(({ clientAddress }) => clientAddress === now) ?? {};
  const imports = join(directory ?? '', 'import');
  mkdirSync(imports, { recursive: true });
  symlinkSync(join(directory ?? '', 'meta.a'), join(imports, 'link'));
  for (const name of ['../meta.a', '/etc/passwd', 'link', '', '.', '..', 'missing']) {
    const answer = await tell(now, 'RAFT', 'SNAPSHOT', 'RESTORE', 'FILE', name);
    expect(answer).toBe("-ERR no such file in this node's folder import");
  }
  expect(await tell(now, 'RAFT', 'SNAPSHOT', 'UPLOAD', '../x', '0', 'x')).toMatch(
    /^-ERR a name is/,
  );
  expect(existsSync(join(directory ?? '', 'x'))).toBe(false);
  expect(await tell(now, 'RAFT', 'SNAPSHOT', 'UPLOAD', 'mine', '0', 'abc')).toBe('3');
  expect(await tell(now, 'RAFT', 'SNAPSHOT', 'UPLOAD', 'mine', '2', 'x')).toMatch(
    /^-ERR mine has 3/,
  );
  expect(await tell(now, 'RAFT', 'SNAPSHOT', 'UPLOAD', 'mine', '3', 'def')).toBe('6');
  expect(await tell(now, 'RAFT', 'SNAPSHOT', 'RESTORE', 'FILE', 'mine')).toMatch(/^-ERR .*mine /);
  expect(await tell(now, 'RAFT', 'SNAPSHOT', 'DISCARD', 'mine')).toBe('OK');
  expect(await agreedHash(addresses)).toBe(last);

  // What stopped nodes keep leads to the same state, restores among their entries included.
  await folder.stopAll();
  const verified = await runRaftdeck(['verify', ...cluster.nodes.map((one) => one.directory)]);
  expect([verified.code, verified.stderr]).toEqual([0, '']);
  expect(verified.stdout).toMatch(/nodes 1, 2, 3 agree: entries \d+ to \d+ are the same/);
  expect(verified.stdout).toContain(`is the same on 3 nodes: ${last}`);
});

/** A cluster with an old state and a snapshot of another one, too large to be copied at once. */
async function largeRestore(): Promise<{
  readonly cluster: LocalCluster;
  readonly addresses: readonly string[];
  readonly leaderId: string;
  readonly leaderAddress: string;
  readonly snapshot: string;
  readonly hashes: { readonly saved: string; readonly present: string };
}> {
  const cluster = await started(BASE_PORT + 10);
  const addresses = addressesOf(cluster);
  const { id: leaderId, clientAddress } = await leaderOf(addresses);
  const client = await RespClient.connect({ address: clientAddress });
  const value = Buffer.alloc(LARGE_BYTES, 'v');
  for (let number = 0; number < LARGE_COUNT; number += 1) {
    expect(textOf(await client.call(['SET', `large:${number}`, value]))).toBe('OK');
  }
  const saved = await agreedHash(addresses);
  const snapshot = await snapshotOf(clientAddress);
  for (let number = 0; number < LARGE_COUNT; number += 1) {
    expect(textOf(await client.call(['SET', `large:${number}`, 'small']))).toBe('OK');
  }
  client.close();
  const present = await agreedHash(addresses);
  const hashes = { saved, present };
  return { cluster, addresses, leaderId, leaderAddress: clientAddress, snapshot, hashes };
}

/** Delays what the leader sends, so that a restore takes seconds and can be met half way. */
async function slowDown(cluster: LocalCluster, leaderId: string): Promise<void> {
  const { clientAddress } = cluster.node(leaderId);
  for (const { id } of cluster.nodes.filter((node) => node.id !== leaderId)) {
    const words = ['OUT', 'DELAY', String(DELAY_MS), 'LEASE', '60000'];
    expect(await tell(clientAddress, 'RAFT', 'FAULT', 'LINK', id, ...words)).toMatch(/^f\d+$/);
  }
}

async function halfWay(address: string): Promise<void> {
  await until('the state is half copied', 30_000, async () => {
    const restore = (await statusOf(address))?.restore;
    if (restore?.step !== 'copying') return false;
    return restore.bytes > LARGE_BYTES;
  });
}

test('nodes killed in the middle of a restore have one state with the others afterwards', async () => {
  const { cluster, addresses, leaderId, leaderAddress, ...made } = await largeRestore();
  await slowDown(cluster, leaderId);
  const restore = tell(leaderAddress, 'RAFT', 'SNAPSHOT', 'RESTORE', made.snapshot);
  await halfWay(leaderAddress);
  const victim = cluster.nodes.find(({ id }) => id !== leaderId)?.id ?? '';
  await cluster.kill(victim);
  expect(await tell(leaderAddress, 'RAFT', 'FAULT', 'HEAL')).toBe('2');
  const answer = await restore;
  expect(answer).toContain(`keys=${LARGE_COUNT} `);
  cluster.restart(victim, ...FLAGS);
  expect(await agreedHash(addresses)).toBe(made.hashes.saved);
  const { directory } = cluster.node(leaderId);
  expect(statSync(join(directory, 'import')).mode & 0o777).toBe(0o700);

  const leader = await leaderOf(addresses);
  const saved = await snapshotOf(leader.clientAddress);
  expect(await tell(leader.clientAddress, 'SET', 'present', '1')).toBe('OK');
  const present = await agreedHash(addresses);
  await slowDown(cluster, leader.id);
  const cut = tell(leader.clientAddress, 'RAFT', 'SNAPSHOT', 'RESTORE', saved).catch(String);
  await halfWay(leader.clientAddress);
  await cluster.kill(leader.id);
  // Nobody was told that it is done, and it is not: the new leader drops what has come.
  expect(await cut).toMatch(/^ClientError/);
  const others = addresses.filter((address) => address !== leader.clientAddress);
  const { clientAddress } = await leaderOf(others);
  expect(await agreedHash(others)).toBe(present);
  await until('it is dropped', 30_000, async () => {
    return (await statusOf(clientAddress))?.restore === null;
  });
  cluster.restart(leader.id, ...FLAGS);
  expect(await agreedHash(addresses)).toBe(present);
  expect(await askLeader(addresses, 'SET', 'after', '1')).toBe('OK');
});
