import { createClient, createCluster } from '@redis/client';
import Redis, { Cluster } from 'ioredis';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { RespClient } from '../../node-engine/client/resp-client.ts';
import { findTool, requireTool } from '../require-tool.ts';
import { LocalCluster, STEADY, TestFolder, textOf } from './local-cluster.ts';
import { runRaftdeck, until } from './raftdeck-process.ts';
import { startRedisPy } from './redis-py-process.ts';

/*
 * The clients that people have, against three nodes that speak TLS and want a user and a password;
 * then the leader is killed under all of them at once.
 */

const PORT = 26_900;
const PORTS = [PORT, PORT + 1, PORT + 2];
const USER = 'wil';
const PASSWORD = 'open-sesame';

const run = promisify(execFile);

let folder: TestFolder;
let cluster: LocalCluster;
let caPath = '';
let ca = Buffer.alloc(0);

beforeAll(async () => {
  folder = new TestFolder();
  const users = join(folder.path, 'users');
  writeFileSync(users, `${USER} admin ${PASSWORD}\n`, { mode: 0o600 });
  const flags = ['--base-port', String(PORT), '--tls', '--users-file', users, ...STEADY];
  cluster = await LocalCluster.start(folder, flags);
  expect(cluster.nodes.map(({ clientAddress }) => clientAddress)).toEqual(
    PORTS.map((port) => `127.0.0.1:${port}`),
  );
  caPath = cluster.authority ?? '';
  ca = readFileSync(caPath);
});

afterAll(async () => {
  await folder.dispose();
});

/** A reply as text, or null from a node that is not there. */
async function ask(port: number, ...args: readonly string[]): Promise<string | null> {
  let client: RespClient;
  try {
    client = await RespClient.connect({ address: `127.0.0.1:${port}`, tls: { ca } });
  } catch {
    return null;
  }
  try {
    expect(textOf(await client.call(['AUTH', USER, PASSWORD]))).toBe('OK');
    return textOf(await client.call(args, { timeoutMs: 30_000 }));
  } finally {
    client.close();
  }
}

/** The port of the node that leads, as all others that answer say too. */
async function leaderPort(): Promise<number> {
  return until('a leader', 30_000, async () => {
    const said = await Promise.all(PORTS.map((port) => ask(port, 'RAFTLEADER')));
    const named = new Set(said.filter((address) => address !== null));
    const [address = ''] = named;
    if (named.size !== 1) return null;
    const port = Number(address.split(':').at(-1));
    return (await ask(port, 'RAFTSTATE')) === 'Leader' ? port : null;
  });
}

async function followerPort(): Promise<number> {
  const leader = await leaderPort();
  return PORTS.find((port) => port !== leader) ?? 0;
}

/** The flags of redis-cli and redis-benchmark. */
function flags(port: number): readonly string[] {
  return ['--tls', '--cacert', caPath, '-h', '127.0.0.1', '-p', String(port)];
}

const asUser = ['--user', USER, '-a', PASSWORD];

test('redis-cli logs in with --user and -a over --tls and follows the leader', async (context) => {
  const cli = requireTool('redis-cli', context);
  const port = await followerPort();
  const type = async (...args: readonly string[]): Promise<string> =>
    (await run(cli, [...flags(port), ...args])).stdout.trim();
  expect(await type('GET', 'cli')).toBe('NOAUTH Authentication required.');
  expect(await type(...asUser, '-c', 'SET', 'cli', 'v')).toBe('OK');
  expect(await type(...asUser, '-c', '-3', 'GET', 'cli')).toBe('v');
});

test('redis-benchmark runs over --tls with a user', async (context) => {
  const benchmark = requireTool('redis-benchmark', context);
  const load = ['-t', 'set,get', '-P', '16', '-n', '5000', '-c', '10', '-q'];
  const args = [...flags(await leaderPort()), ...asUser, ...load];
  const { stdout, stderr } = await run(benchmark, args, { timeout: 60_000 });
  expect(stdout).toMatch(/SET: [\d.]+ requests per second/);
  expect(stdout).toMatch(/GET: [\d.]+ requests per second/);
  expect(stdout + stderr).not.toMatch(/error|NOAUTH/i);
});

test('raftdeck snapshot and restore --into log in over TLS', async () => {
  const env = { RAFTDECK_HOME: folder.home };
  const passwordFile = join(folder.path, 'password');
  writeFileSync(passwordFile, PASSWORD, { mode: 0o600 });
  const file = join(folder.path, 'state.snapshot');
  const address = `127.0.0.1:${await leaderPort()}`;
  const login = ['--tls-ca', caPath, '--user', USER, '--auth-file', passwordFile];
  const save = (...how: readonly string[]): ReturnType<typeof runRaftdeck> =>
    runRaftdeck(['snapshot', '-a', address, ...how, file], { env });
  expect(await ask(await leaderPort(), 'SET', 'saved', 'yes')).toBe('OK');
  expect((await save('--tls-ca', caPath)).stderr).toContain('NOAUTH');
  expect((await save('--user', USER, '--auth-file', passwordFile)).code).toBe(1);
  expect((await save('--user', USER)).stderr).toContain('--user needs a password');
  expect(await save(...login)).toMatchObject({ code: 0, stderr: '' });
  expect(await ask(await leaderPort(), 'SET', 'saved', 'no')).toBe('OK');
  const restored = await runRaftdeck(['restore', '--into', address, ...login, file], { env });
  expect(restored).toMatchObject({ code: 0, stderr: '' });
  expect(await ask(await leaderPort(), 'GET', 'saved')).toBe('yes');
});

/** One client with its own commands for the same three things. */
interface Subject {
  readonly name: string;
  readonly set: (key: string, value: string) => Promise<unknown>;
  readonly get: (key: string) => Promise<unknown>;
  /** SET, INCR and GET of one key, sent together: their replies. */
  readonly pipeline: (key: string) => Promise<unknown>;
  readonly close: () => void;
}

function ioredisSubject(name: string, client: Redis | Cluster): Subject {
  client.on('error', () => undefined);
  return {
    name,
    set: (key, value) => client.set(key, value),
    get: (key) => client.get(key),
    pipeline: async (key) => {
      const replies = await client.pipeline().set(key, '1').incr(key).get(key).exec();
      return replies?.map(([error, reply]) => error ?? reply);
    },
    close: () => client.disconnect(),
  };
}

interface NodeRedis {
  set(key: string, value: string): Promise<unknown>;
  get(key: string): Promise<unknown>;
  incr(key: string): Promise<unknown>;
  destroy(): void;
}

function nodeRedisSubject(name: string, client: NodeRedis): Subject {
  return {
    name,
    set: (key, value) => client.set(key, value),
    get: (key) => client.get(key),
    // It sends together what is asked for together.
    pipeline: (key) => Promise.all([client.set(key, '1'), client.incr(key), client.get(key)]),
    close: () => client.destroy(),
  };
}

const host = '127.0.0.1';

async function subjects(leading: number): Promise<readonly Subject[]> {
  const login = { username: USER, password: PASSWORD };
  const single = new Redis({ host, port: leading, tls: { ca }, ...login });
  const many = new Cluster(
    PORTS.map((port) => ({ host, port })),
    // Without this it would look up the address and hold the name it found against the certificate.
    { dnsLookup: (name, done) => done(null, name), redisOptions: { tls: { ca }, ...login } },
  );
  const socket = (port: number) => ({ host, port, tls: true, ca }) as const;
  const found = [ioredisSubject('ioredis', single), ioredisSubject('ioredis.Cluster', many)];
  for (const RESP of [2, 3] as const) {
    const client = createClient({ socket: socket(leading), RESP, ...login });
    // A node that goes away is what this test is about; the client reports it here.
    client.on('error', () => undefined);
    const many = createCluster({
      RESP,
      rootNodes: PORTS.map((port) => ({ socket: socket(port) })),
      defaults: { socket: { tls: true, ca }, ...login },
    });
    many.on('error', () => undefined);
    await Promise.all([client.connect(), many.connect()]);
    found.push(nodeRedisSubject(`@redis/client, RESP${RESP}`, client));
    found.push(nodeRedisSubject(`@redis/client's cluster client, RESP${RESP}`, many));
  }
  return found;
}

async function writesAgain({ name, set, get }: Subject): Promise<void> {
  // A client that has lost its leader may write to the new one by luck and read from another node.
  await until(`${name} writes again, and reads that`, 30_000, async () => {
    const found = await set(name, 'after').then(
      () => get(name),
      () => null,
    );
    return found === 'after';
  });
}

test('every client sets, gets, pipelines and survives a failover over TLS with a user', async (context) => {
  const python = findTool('python3-redis');
  const leading = await leaderPort();
  const all = await subjects(leading);
  const addresses = [leading, ...PORTS.filter((port) => port !== leading)].map(
    (port) => `${host}:${port}`,
  );
  const login = { username: USER, password: PASSWORD };
  const py =
    'path' in python
      ? await startRedisPy(python.path, { nodes: addresses, ca: caPath, ...login })
      : null;
  try {
    for (const { name, set, get, pipeline } of all) {
      expect([name, await set(name, 'before')]).toEqual([name, 'OK']);
      expect([name, await get(name)]).toEqual([name, 'before']);
      expect([name, await pipeline(`${name} n`)]).toEqual([name, ['OK', 2, '2']]);
    }
    await cluster.kill(String(leading - PORT + 1));
    expect(await leaderPort()).not.toBe(leading);
    // A single client knows one node alone, which is dead: it is the cluster clients that go on.
    const clusterClients = all.filter(({ name }) => /cluster/i.test(name));
    await Promise.all([py?.goOn(), ...clusterClients.map(writesAgain)]);
    if (py !== null) expect(await py.end()).toBe(0);
  } finally {
    for (const { close } of all) close();
    py?.kill();
  }
  // All the others have been through it; that one was not is said, or fails.
  requireTool('python3-redis', context);
});
