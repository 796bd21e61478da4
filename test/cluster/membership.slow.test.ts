import { afterEach, beforeEach, expect, test } from 'vitest';

import type { NodeStatus } from '../../node-engine/node/status.ts';
import {
  ask,
  leaderOf,
  LocalCluster,
  statusOf,
  STEADY,
  TestFolder,
  textOf,
} from './local-cluster.ts';
import { until } from './raftdeck-process.ts';
import { missingFrom, WriteStream } from './write-stream.ts';

const BASE_PORT = 24_100;
const ELECTION_TIMEOUT_MS = 4_000;

let folder: TestFolder;
let port = BASE_PORT;

beforeEach(() => {
  folder = new TestFolder();
  port += 10;
});

afterEach(async () => {
  await folder.dispose();
});

function votersOf(status: NodeStatus | null): readonly string[] {
  return (status?.members ?? []).filter(({ voter }) => voter).map(({ id }) => id);
}

/** Waits until a node votes by a committed membership: until then another change would be refused. */
async function untilVoter(leader: string, id: string): Promise<void> {
  await until(`node ${id} votes`, 30_000, async () => {
    const status = await statusOf(leader);
    return votersOf(status).includes(id) && status?.membershipCommitted === true;
  });
}

async function untilWaits(address: string): Promise<void> {
  await until(`${address} waits`, 30_000, async () => {
    return (await statusOf(address))?.health === 'waiting';
  });
}

test('a node that joins through a follower is promoted; a leader that is removed hands over', async () => {
  const timing = ['--election-timeout', String(ELECTION_TIMEOUT_MS), '--heartbeat', '80'];
  const cluster = await LocalCluster.start(folder, ['--base-port', String(port), ...timing]);
  const addresses = cluster.nodes.map(({ clientAddress }) => clientAddress);
  const stream = new WriteStream(addresses);
  stream.start(4);
  await until('100 writes', 30_000, () => stream.acknowledged.length >= 100);
  const leader = await leaderOf(addresses);
  const follower = cluster.nodes.find(({ id }) => id !== leader.id);

  const fourth = `127.0.0.1:${port + 3}`;
  const joiner = folder.startNode(
    ...(['4', port + 3, '-j', follower?.clientAddress ?? ''] as const),
    ...timing,
  );
  await untilVoter(leader.clientAddress, '4');

  const removedAtMs = performance.now();
  expect(textOf(await ask(leader.clientAddress, 'RAFTREMOVEPEER', leader.clientAddress))).toBe(
    'OK',
  );
  const rest = [...addresses, fourth].filter((address) => address !== leader.clientAddress);
  const next = await leaderOf(rest);
  expect(next.id).not.toBe(leader.id);
  expect(next.members.map(({ id }) => id).sort()).toEqual(
    [...cluster.nodes.map(({ id }) => id), '4'].filter((id) => id !== leader.id).sort(),
  );
  const count = stream.acknowledged.length;
  await until('writes go on', 30_000, () => stream.acknowledged.length > count + 50);
  const goneOnAtMs = performance.now();
  await stream.stop();
  // Handing over is a few round trips; nobody waits for an election timeout.
  expect(stream.longestGapMs(removedAtMs, goneOnAtMs)).toBeLessThan(ELECTION_TIMEOUT_MS);
  expect(stream.surprises).toEqual([]);
  expect(stream.unknown).toEqual([]);
  expect(await missingFrom(next.clientAddress, stream.acknowledged)).toEqual([]);
  await until('the removed node has heard of it', 30_000, async () => {
    return (await statusOf(leader.clientAddress))?.health === 'removed';
  });
  expect(joiner.ending).toBeNull();
});

test('a waiting node is added with RAFTADDPEER; a non-voter stays one until it is promoted', async () => {
  const first = folder.startNode('1', port, ...STEADY);
  const waiting = folder.startNode('2', port + 1, '--wait', ...STEADY);
  const address = `127.0.0.1:${port}`;
  await leaderOf([address]);
  await untilWaits(`127.0.0.1:${port + 1}`);
  expect(textOf(await ask(address, 'RAFTADDPEER', `127.0.0.1:${port + 1}`))).toBe('OK');
  await untilVoter(address, '2');
  expect(textOf(await ask(address, 'RAFTADDPEER', `127.0.0.1:${port + 1}`))).toBe(
    '-ERR peer already known',
  );

  folder.startNode('3', port + 2, '-j', address, '--nonvoter', ...STEADY);
  // The leader's word: only a member that it knows to have the whole log is promoted.
  await until('node 3 is a member that has caught up', 30_000, async () => {
    const own = await statusOf(`127.0.0.1:${port + 2}`);
    const { membershipCommitted, followers, lastIndex } = (await statusOf(address)) ?? {};
    const third = followers?.find(({ id }) => id === '3');
    const hasAll = third?.connected === true && third.matchIndex === lastIndex;
    return own?.health === 'ok' && membershipCommitted === true && hasAll;
  });
  expect(votersOf(await statusOf(address))).toEqual(['1', '2']);
  expect(textOf(await ask(address, 'RAFT', 'SERVER', 'PROMOTE', '3'))).toBe('1');
  await untilVoter(address, '3');
  expect([first.ending, waiting.ending]).toEqual([null, null]);
});

test('adding what cannot be reached, and removing what is not there, changes nothing', async () => {
  folder.startNode('1', port);
  const address = `127.0.0.1:${port}`;
  const before = await leaderOf([address]);
  const unreachable = `127.0.0.1:${port + 9}`;
  expect(textOf(await ask(address, 'RAFTADDPEER', unreachable))).toMatch(
    new RegExp(`^-ERR cannot reach ${unreachable}: `),
  );
  expect(textOf(await ask(address, 'RAFTADDPEER', 'nonsense'))).toMatch(/^-ERR .*not an address/);
  expect(textOf(await ask(address, 'RAFTREMOVEPEER', unreachable))).toBe('-ERR peer is unknown');
  expect(textOf(await ask(address, 'RAFTREMOVEPEER', address))).toBe(
    '-ERR a cluster needs at least one voter',
  );
  const after = await statusOf(address);
  expect(after?.lastIndex).toBe(before.lastIndex);
  expect(after?.members).toEqual(before.members);
});
