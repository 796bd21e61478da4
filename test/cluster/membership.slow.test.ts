import { afterEach, beforeEach, expect, test } from 'vitest';

import type { NodeStatus } from '../../node-engine/node/status.ts';
import { ask, leaderOf, LocalCluster, statusOf, TestFolder, textOf } from './local-cluster.ts';
import { until } from './raftdeck-process.ts';
import { missingFrom, WriteStream } from './write-stream.ts';

const BASE_PORT = 24_100;

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

async function untilVoter(leader: string, id: string): Promise<void> {
  await until(`node ${id} votes`, 20_000, async () =>
    votersOf(await statusOf(leader)).includes(id),
  );
}

test('a node that joins through a follower is promoted; a leader that is removed hands over', async () => {
  const cluster = await LocalCluster.start(folder, ['--base-port', String(port)]);
  const addresses = cluster.nodes.map(({ clientAddress }) => clientAddress);
  const stream = new WriteStream(addresses);
  stream.start(4);
  await until('100 writes', 10_000, () => stream.acknowledged.length >= 100);
  const leader = await leaderOf(addresses, 5_000);
  const follower = cluster.nodes.find(({ id }) => id !== leader.id);

  const fourth = `127.0.0.1:${port + 3}`;
  const joiner = folder.startNode('4', port + 3, '-j', follower?.clientAddress ?? '');
  await untilVoter(leader.clientAddress, '4');

  const removedAtMs = performance.now();
  expect(textOf(await ask(leader.clientAddress, 'RAFTREMOVEPEER', leader.clientAddress))).toBe(
    'OK',
  );
  const rest = [...addresses, fourth].filter((address) => address !== leader.clientAddress);
  const next = await leaderOf(rest, 5_000);
  expect(next.id).not.toBe(leader.id);
  expect(next.members.map(({ id }) => id).sort()).toEqual(
    [...cluster.nodes.map(({ id }) => id), '4'].filter((id) => id !== leader.id).sort(),
  );
  const count = stream.acknowledged.length;
  await until('writes go on', 10_000, () => stream.acknowledged.length > count + 50);
  await stream.stop();
  // Handing over is a few round trips; nobody waits for an election timeout.
  expect(stream.longestGapMs(removedAtMs, performance.now())).toBeLessThan(1_000);
  expect(stream.surprises).toEqual([]);
  expect(stream.unknown).toEqual([]);
  expect(await missingFrom(next.clientAddress, stream.acknowledged)).toEqual([]);
  expect((await statusOf(leader.clientAddress))?.health).toBe('removed');
  expect(joiner.ending).toBeNull();
});

test('a waiting node is added with RAFTADDPEER; a non-voter stays one until it is promoted', async () => {
  const first = folder.startNode('1', port);
  const waiting = folder.startNode('2', port + 1, '--wait');
  const address = `127.0.0.1:${port}`;
  await leaderOf([address], 10_000);
  await until('node 2 waits', 10_000, async () => {
    return (await statusOf(`127.0.0.1:${port + 1}`))?.health === 'waiting';
  });
  expect(textOf(await ask(address, 'RAFTADDPEER', `127.0.0.1:${port + 1}`))).toBe('OK');
  await untilVoter(address, '2');
  expect(textOf(await ask(address, 'RAFTADDPEER', `127.0.0.1:${port + 1}`))).toBe(
    '-ERR peer already known',
  );

  folder.startNode('3', port + 2, '-j', address, '--nonvoter');
  await until('node 3 is a member', 20_000, async () => {
    const own = await statusOf(`127.0.0.1:${port + 2}`);
    return own?.health === 'ok' && own.appliedIndex > 0;
  });
  expect(votersOf(await statusOf(address))).toEqual(['1', '2']);
  expect(textOf(await ask(address, 'RAFT', 'SERVER', 'PROMOTE', '3'))).toBe('1');
  await untilVoter(address, '3');
  expect([first.ending, waiting.ending]).toEqual([null, null]);
});

test('adding what cannot be reached, and removing what is not there, changes nothing', async () => {
  folder.startNode('1', port);
  const address = `127.0.0.1:${port}`;
  const before = await leaderOf([address], 10_000);
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
