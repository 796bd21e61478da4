import { afterEach, beforeEach, expect, test } from 'vitest';
import { performance } from 'node:perf_hooks';

import { ask, leaderOf, LocalCluster, statusOf, TestFolder, textOf } from './local-cluster.ts';
import { until } from './raftdeck-process.ts';
import { missingFrom, WriteStream } from './write-stream.ts';

const BASE_PORT = 24_000;
/** A follower waits 400 to 800 ms, then an election takes a few round trips and a sync. */
const NEW_LEADER_LIMIT_MS = 2_000;
const WRITERS = 8;

let folder: TestFolder;
let port = BASE_PORT;

beforeEach(() => {
  folder = new TestFolder();
  port += 10;
});

afterEach(async () => {
  await folder.dispose();
});

test('a leader that is killed is replaced within 2 s, and no acknowledged write is lost', async () => {
  const cluster = await LocalCluster.start(folder, ['--base-port', String(port)]);
  const addresses = cluster.nodes.map(({ clientAddress }) => clientAddress);
  const stream = new WriteStream(addresses);
  stream.start(WRITERS);
  await until('200 writes', 10_000, () => stream.acknowledged.length >= 200);

  const killed = (await leaderOf(addresses, 5_000)).id;
  const survivors = cluster.nodes.filter(({ id }) => id !== killed);
  await cluster.kill(killed);
  const killedAtMs = performance.now();
  const next = await until('another leader', 10_000, async () => {
    const statuses = await Promise.all(survivors.map((node) => statusOf(node.clientAddress)));
    return statuses.find((status) => status?.role === 'leader') ?? null;
  });
  const electedAfterMs = performance.now() - killedAtMs;
  const atKill = stream.acknowledged.length;
  await until('writes go on', 10_000, () => stream.acknowledged.length >= atKill + 200);
  await stream.stop();
  const gapMs = stream.longestGapMs(killedAtMs, performance.now());
  expect(electedAfterMs).toBeLessThan(NEW_LEADER_LIMIT_MS);
  expect(gapMs).toBeLessThan(NEW_LEADER_LIMIT_MS);
  expect(stream.surprises).toEqual([]);
  expect(next.id).not.toBe(killed);

  const leader = await leaderOf(
    survivors.map((node) => node.clientAddress),
    5_000,
  );
  expect(await missingFrom(leader.clientAddress, stream.acknowledged)).toEqual([]);
  expect(cluster.up.stderr).toMatch(
    new RegExp(`node ${killed} \\(PID \\d+\\) ended: SIGKILL\\. It stays dead`),
  );

  cluster.restart(killed);
  const back = cluster.node(killed).clientAddress;
  await until('the killed node has caught up', 20_000, async () => {
    const [own, theirs] = await Promise.all([statusOf(back), statusOf(leader.clientAddress)]);
    return own?.health === 'ok' && own.voter && own.appliedIndex === theirs?.commitIndex;
  });
  expect(await missingFrom(back, stream.acknowledged, { readonly: true })).toEqual([]);
  const hashes = await Promise.all(
    addresses.map(async (address) => textOf(await ask(address, 'RAFT', 'STATUS', 'HASH'))),
  );
  expect(new Set(hashes).size).toBe(1);
});

test('three nodes killed at once come back with every acknowledged write', async () => {
  const args = ['--base-port', String(port)];
  const cluster = await LocalCluster.start(folder, args);
  const addresses = cluster.nodes.map(({ clientAddress }) => clientAddress);
  const stream = new WriteStream(addresses);
  stream.start(WRITERS);
  await until('500 writes', 20_000, () => stream.acknowledged.length >= 500);
  await Promise.all(cluster.nodes.map(({ id }) => cluster.kill(id)));
  const atKill = stream.acknowledged.length;
  expect(await cluster.up.ended).toEqual({ code: 1, signal: null });
  expect(cluster.up.stderr).toContain('no node lives any more');

  const again = await LocalCluster.start(folder, []);
  expect(again.clusterId).toBe(cluster.clusterId);
  expect(again.nodes.map(({ id, clientAddress }) => [id, clientAddress])).toEqual(
    cluster.nodes.map(({ id, clientAddress }) => [id, clientAddress]),
  );
  await until('writes go on', 10_000, () => stream.acknowledged.length >= atKill + 100);
  await stream.stop();
  const leader = await leaderOf(addresses, 5_000);
  expect(await missingFrom(leader.clientAddress, stream.acknowledged)).toEqual([]);
  expect(stream.surprises).toEqual([]);
});

test('an idle cluster writes nothing', async () => {
  const cluster = await LocalCluster.start(folder, ['--base-port', String(port)]);
  const addresses = cluster.nodes.map(({ clientAddress }) => clientAddress);
  const figures = async (): Promise<unknown> => {
    const statuses = await Promise.all(addresses.map(statusOf));
    return statuses.map((status) => [
      status?.lastIndex,
      status?.logBytes,
      status?.counters.logWrites,
      status?.term,
    ]);
  };
  const before = await figures();
  // Twenty heartbeats and a few election timeouts; nothing but time can show that nothing happens.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(await figures()).toEqual(before);
});
