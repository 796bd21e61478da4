import { afterEach, beforeEach, expect, test } from 'vitest';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { RespClient } from '../../node-engine/client/resp-client.ts';
import {
  ask,
  askLeader,
  leaderOf,
  LocalCluster,
  setKey,
  statusOf,
  TestFolder,
  textOf,
} from '../cluster/local-cluster.ts';
import { until } from '../cluster/raftdeck-process.ts';

const BASE_PORT = 24_600;
/** `up` gives up after a minute by itself, and then says what was missing. */
const READY_LIMIT_MS = 70_000;

let folder: TestFolder;
let port = BASE_PORT;

beforeEach(() => {
  folder = new TestFolder();
  port += 20;
});

afterEach(async () => {
  await folder.dispose();
});

test('a cluster comes up, says how to talk to it, and ends with the first Ctrl-C', async () => {
  const args = ['up', '--base-port', String(port), '--dir', join(folder.path, 'c')];
  const up = folder.start(args, { ownGroup: true });
  await up.printed(new RegExp(`redis-cli -c -p ${port}\n`), READY_LIMIT_MS);
  expect(up.stdout).toMatch(/^Cluster [0-9a-f]{32} is ready after \d+\.\d s:$/m);
  expect(up.stdout.match(/PID \d+/g)).toHaveLength(3);
  const pids = [...up.stdout.matchAll(/PID (\d+)/g)].map((match) => Number(match[1]));
  // The terminal tells the nodes too, and up tells them once more.
  up.signalGroup('SIGINT');
  expect(await up.ended).toEqual({ code: 0, signal: null });
  const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);
  expect(pids.filter(isAlive)).toEqual([]);
  expect(up.stderr).toBe('');
});

test('Ctrl-C while the nodes are being started ends them as cleanly', async () => {
  const dir = join(folder.path, 'c');
  const up = folder.start(['up', '--base-port', String(port), '--dir', dir]);
  await until('the last node is started', 30_000, () =>
    existsSync(join(dir, 'nodes', '3', 'stderr.log')),
  );
  up.signal('SIGINT');
  expect(await up.ended).toEqual({ code: 0, signal: null });
  expect([up.stdout, up.stderr]).toEqual(['', '']);
});

test('the same directory is the same cluster, and asking for another one there is refused', async () => {
  const first = await LocalCluster.start(folder, ['--base-port', String(port), '--nodes', '2']);
  const addresses = first.nodes.map(({ clientAddress }) => clientAddress);
  await setKey(addresses, 'a', 'b');
  const pids = first.nodes.map(({ pid }) => pid);
  expect(await first.up.stop()).toEqual({ code: 0, signal: null });

  const again = await LocalCluster.start(folder, []);
  expect(again.clusterId).toBe(first.clusterId);
  expect(again.nodes.map(({ pid }) => pid)).not.toEqual(pids);
  expect(await askLeader(addresses, 'GET', 'a')).toBe('b');

  const dir = ['up', '--dir', join(folder.path, 'cluster')];
  const second = folder.start(dir);
  expect((await second.ended).code).toBe(1);
  expect(second.stderr).toContain(`is run by another raftdeck up (PID ${again.up.pid})`);
  await again.up.stop();
  const larger = folder.start([...dir, '--nodes', '3']);
  expect((await larger.ended).code).toBe(1);
  expect(larger.stderr).toMatch(/has 2 nodes and not 3 .*RAFTADDPEER/);
});

test('a base port that is taken is passed over, and the cluster says where it is', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(port + 1, '127.0.0.1', resolve));
  try {
    const cluster = await LocalCluster.start(folder, ['--base-port', String(port)]);
    expect(cluster.node('1').clientAddress).toBe(`127.0.0.1:${port + 10}`);
    expect(cluster.up.stderr).toContain(`The cluster takes ${port + 10} and on.`);
  } finally {
    taken.close();
  }
});

test('a cluster file is what runs', async () => {
  const file = join(folder.path, 'cluster.yaml');
  const members = [
    `  - {id: a, address: "127.0.0.1:${port}"}`,
    `  - {id: b, address: "127.0.0.1:${port + 1}"}`,
  ];
  const settings = ['electionTimeout: 300', 'heartbeat: 50', 'consistency: low'];
  writeFileSync(file, [...settings, 'members:', ...members, ''].join('\n'));
  const cluster = await LocalCluster.start(folder, ['-f', file]);
  expect(cluster.nodes.map(({ id }) => id)).toEqual(['a', 'b']);
  const status = await statusOf(`127.0.0.1:${port + 1}`);
  expect(status).toMatchObject({
    id: 'b',
    consistency: 'low',
    electionTimeoutMinMs: 300,
    electionTimeoutMaxMs: 600,
    heartbeatIntervalMs: 50,
  });
});

test('with --tls the nodes get certificates of their own, and keep them', async () => {
  const args = ['--base-port', String(port), '--nodes', '2'];
  const first = await LocalCluster.start(folder, [...args, '--tls']);
  const { clientAddress } = first.node(first.leader);
  const directory = join(folder.path, 'cluster', 'tls');
  const ca = readFileSync(join(directory, 'ca.pem'));
  expect(first.authority).toBe(join(directory, 'ca.pem'));
  const askSecurely = async (...command: readonly string[]): Promise<string> => {
    const client = await RespClient.connect({ address: clientAddress, tls: { ca } });
    try {
      return textOf(await client.call(command));
    } finally {
      client.close();
    }
  };
  expect(await askSecurely('PING')).toBe('PONG');
  await expect(ask(clientAddress, 'PING')).rejects.toThrow();
  for (const name of ['ca.key', 'node-1.key', 'node-2.key']) {
    expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
  }
  await first.up.stop();
  // Without the authority's key, which may be kept elsewhere, the cluster comes back as it was.
  rmSync(join(directory, 'ca.key'));
  const again = folder.start(['up', '--dir', join(folder.path, 'cluster')]);
  await again.printed(
    new RegExp(`redis-cli -c -p ${port} --tls --cacert .*ca\\.pem\n`),
    READY_LIMIT_MS,
  );
  expect(await askSecurely('PING')).toBe('PONG');
});

test('a node that is killed is reported and stays dead; the others go on', async () => {
  const cluster = await LocalCluster.start(folder, ['--base-port', String(port)]);
  await cluster.kill('2');
  await until('the report', 30_000, () => cluster.up.stderr.includes('ended: SIGKILL'));
  expect(cluster.up.stderr.match(/ended:/g)).toHaveLength(1);
  const rest = cluster.nodes.filter(({ id }) => id !== '2').map((node) => node.clientAddress);
  const leader = await leaderOf(rest);
  await setKey([leader.clientAddress, ...rest], 'a', 'b');
  expect(await statusOf(cluster.node('2').clientAddress)).toBeNull();
  expect(await cluster.up.stop()).toEqual({ code: 0, signal: null });
});

test('a new cluster whose node cannot start says why, and nothing is left running', async () => {
  const open = join(folder.path, 'secret');
  writeFileSync(open, 'short', { mode: 0o600 });
  const dir = join(folder.path, 'c');
  const args = ['up', '--base-port', String(port), '--dir', dir, '--secret-file', open];
  const up = folder.start(args);
  expect((await up.ended).code).toBe(1);
  expect(up.stderr).toContain('holds 5 bytes; at least 16 are needed');
  expect(up.stderr).toContain('whole or not at all: the others are stopped');
  expect(up.stderr).not.toContain('the others go on');
  expect(await statusOf(`127.0.0.1:${port}`)).toBeNull();
});

test('a cluster one of whose nodes was removed comes back without it', async () => {
  const cluster = await LocalCluster.start(folder, ['--base-port', String(port)]);
  const addresses = cluster.nodes.map(({ clientAddress }) => clientAddress);
  const removed = cluster.nodes.find(({ id }) => id !== cluster.leader);
  const removedAddress = removed?.clientAddress ?? '';
  expect(await askLeader(addresses, 'RAFTREMOVEPEER', removedAddress)).toBe('OK');
  await cluster.up.stop();
  const again = await LocalCluster.start(folder, []);
  expect(again.clusterId).toBe(cluster.clusterId);
  const status = await statusOf(again.node(again.leader).clientAddress);
  expect(status?.members.map(({ id }) => id)).not.toContain(removed?.id);
});

test('nodes that keep nothing on disk form their cluster anew each time', async () => {
  const args = ['--base-port', String(port), '--backend', 'memory', '--nodes', '2'];
  const first = await LocalCluster.start(folder, args);
  await first.up.stop();
  const again = await LocalCluster.start(folder, []);
  expect(again.clusterId).not.toBe(first.clusterId);
  expect(again.nodes.map(({ clientAddress }) => clientAddress)).toEqual(
    first.nodes.map(({ clientAddress }) => clientAddress),
  );
});
