import { afterEach, beforeEach, expect, test } from 'vitest';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

import {
  agreedHash,
  leaderOf,
  LocalCluster,
  statusOf,
  STEADY,
  TestFolder,
} from './local-cluster.ts';
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
  await until('200 writes', 30_000, () => stream.acknowledged.length >= 200);

  const killed = (await leaderOf(addresses)).id;
  const survivors = cluster.nodes.filter(({ id }) => id !== killed);
  await cluster.kill(killed);
  const killedAtMs = performance.now();
  const next = await until('another leader', 30_000, async () => {
    const statuses = await Promise.all(survivors.map((node) => statusOf(node.clientAddress)));
    return statuses.find((status) => status?.role === 'leader') ?? null;
  });
  const electedAfterMs = performance.now() - killedAtMs;
  const atKill = stream.acknowledged.length;
  await until('writes go on', 30_000, () => stream.acknowledged.length >= atKill + 200);
  const goneOnAtMs = performance.now();
  await stream.stop();
  const gapMs = stream.longestGapMs(killedAtMs, goneOnAtMs);
  expect(electedAfterMs).toBeLessThan(NEW_LEADER_LIMIT_MS);
  expect(gapMs).toBeLessThan(NEW_LEADER_LIMIT_MS);
  expect(stream.surprises).toEqual([]);
  expect(next.id).not.toBe(killed);

  const leader = await leaderOf(survivors.map((node) => node.clientAddress));
  expect(await missingFrom(leader.clientAddress, stream.acknowledged)).toEqual([]);
  const report = new RegExp(`node ${killed} \\(PID \\d+\\) ended: SIGKILL\\. It stays dead`);
  await until('up reports it', 30_000, () => report.test(cluster.up.stderr));

  cluster.restart(killed);
  const back = cluster.node(killed).clientAddress;
  await until('the killed node is back', 30_000, async () => {
    const own = await statusOf(back);
    return own?.health === 'ok' && own.voter && own.leaderId !== null;
  });
  await agreedHash(addresses);
  expect(await missingFrom(back, stream.acknowledged, { readonly: true })).toEqual([]);
});

test('three nodes killed at once come back with every acknowledged write', async () => {
  const args = ['--base-port', String(port)];
  const cluster = await LocalCluster.start(folder, args);
  const addresses = cluster.nodes.map(({ clientAddress }) => clientAddress);
  const stream = new WriteStream(addresses);
  stream.start(WRITERS);
  await until('500 writes', 30_000, () => stream.acknowledged.length >= 500);
  await Promise.all(cluster.nodes.map(({ id }) => cluster.kill(id)));
  const atKill = stream.acknowledged.length;
  expect(await cluster.up.ended).toEqual({ code: 1, signal: null });
  expect(cluster.up.stderr).toContain('no node lives any more');

  const again = await LocalCluster.start(folder, []);
  expect(again.clusterId).toBe(cluster.clusterId);
  expect(again.nodes.map(({ id, clientAddress }) => [id, clientAddress])).toEqual(
    cluster.nodes.map(({ id, clientAddress }) => [id, clientAddress]),
  );
  await until('writes go on', 30_000, () => stream.acknowledged.length >= atKill + 100);
  await stream.stop();
  const leader = await leaderOf(addresses);
  expect(await missingFrom(leader.clientAddress, stream.acknowledged)).toEqual([]);
  expect(stream.surprises).toEqual([]);
});

/** The files of a node's data, each with its size and the time of its last change. */
function filesOf(directory: string): readonly string[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  return names.flatMap((name) => {
    const stat = lstatSync(join(directory, name), { throwIfNoEntry: false });
    // What it prints is no data.
    const isData = stat?.isFile() === true && !/^std(?:out|err)\.log$/.test(name);
    return isData ? [`${name}: ${stat.size} bytes, ${stat.mtimeMs}`] : [];
  });
}

test('an idle cluster writes nothing', async () => {
  // A machine that stalls must not make somebody stand for election: that is written, with reason.
  const cluster = await LocalCluster.start(folder, ['--base-port', String(port), ...STEADY]);
  const addresses = cluster.nodes.map(({ clientAddress }) => clientAddress);
  const figures = (): Promise<unknown> =>
    until('every node answers', 30_000, async () => {
      const statuses = await Promise.all(addresses.map(statusOf));
      const found = statuses.flatMap((status) =>
        status === null ? [] : [[status.lastIndex, status.counters.logWrites, status.term]],
      );
      const files = cluster.nodes.map(({ directory }) => filesOf(directory));
      return found.length === addresses.length ? [found, files] : null;
    });
  // What was written last is still on its way to the disks of the followers when the cluster is ready.
  let before = await figures();
  await until('it is idle', 30_000, async () => {
    const earlier = before;
    await new Promise((resolve) => setTimeout(resolve, 300));
    before = await figures();
    return JSON.stringify(before) === JSON.stringify(earlier);
  });
  // Dozens of heartbeats; nothing but time can show that nothing happens.
  await new Promise((resolve) => setTimeout(resolve, 2_700));
  expect(await figures()).toEqual(before);
});
