import { afterEach, beforeEach, expect, test } from 'vitest';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';

import { ask, leaderOf, statusOf, TestFolder, textOf } from './local-cluster.ts';
import { runRaftdeck, until } from './raftdeck-process.ts';

/* Every start that cannot be: the right exit code, the reason, and nothing changed on disk. */

const PORT = 24_400;

let folder: TestFolder;
let servers: Server[] = [];

beforeEach(() => {
  folder = new TestFolder();
});

afterEach(async () => {
  for (const server of servers) server.close();
  servers = [];
  await folder.dispose();
});

async function node(...args: readonly string[]): ReturnType<typeof runRaftdeck> {
  return runRaftdeck(['node', ...args], { env: { RAFTDECK_HOME: folder.home } });
}

function directory(name: string): string {
  return join(folder.path, name);
}

/** Names, sizes and content of everything below a folder. */
function fingerprint(path: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' }).sort()) {
    hash.update(`${name}\0`);
    if (lstatSync(join(path, name)).isFile()) hash.update(readFileSync(join(path, name)));
  }
  return hash.digest('hex');
}

async function listenOn(port: number): Promise<void> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

/** A directory with the data of node 1 of a cluster of one, whose node has ended. */
async function usedDirectory(name: string, port: number): Promise<string> {
  const running = folder.start(['node', '-a', `127.0.0.1:${port}`, '-d', directory(name)]);
  await leaderOf([`127.0.0.1:${port}`]);
  expect(textOf(await ask(`127.0.0.1:${port}`, 'SET', 'a', 'b'))).toBe('OK');
  expect(await running.stop()).toEqual({ code: 0, signal: null });
  return directory(name);
}

test('a port in use is refused with the process that has it, and no directory is made', async () => {
  await listenOn(PORT);
  const { code, stderr } = await node('-a', `127.0.0.1:${PORT}`, '-d', directory('new'));
  expect(code).toBe(1);
  expect(stderr).toMatch(
    new RegExp(`cannot listen on 127\\.0\\.0\\.1:${PORT}: .*in use by .+ \\(PID ${process.pid}\\)`),
  );
  expect(readdirSync(folder.path)).not.toContain('new');
});

test("another node's directory, and one in use, are refused and left alone", async () => {
  const used = await usedDirectory('used', PORT + 1);
  const before = fingerprint(used);
  const other = await node('-n', '2', '-a', `127.0.0.1:${PORT + 1}`, '-d', used);
  expect(other.code).toBe(1);
  expect(other.stderr).toMatch(/used belongs to cluster [0-9a-f]{32} node 1$/m);
  expect(fingerprint(used)).toBe(before);

  const holder = folder.start(['node', '-a', `127.0.0.1:${PORT + 1}`, '-d', used]);
  await leaderOf([`127.0.0.1:${PORT + 1}`]);
  const second = await node('-a', `127.0.0.1:${PORT + 2}`, '-d', used);
  expect(second.code).toBe(1);
  expect(second.stderr).toContain(`is in use by process ${holder.pid}`);
  expect((await statusOf(`127.0.0.1:${PORT + 1}`))?.role).toBe('leader');
});

test('a directory that is a file, lies below one, or cannot be written is refused', async () => {
  writeFileSync(directory('file'), 'mine');
  for (const path of [directory('file'), join(directory('file'), 'below')]) {
    const { code, stderr } = await node('-a', `127.0.0.1:${PORT + 3}`, '-d', path);
    expect([code, stderr.includes(directory('file'))]).toEqual([1, true]);
  }
  expect(readFileSync(directory('file'), 'utf8')).toBe('mine');
  // Where nobody may make a folder, not even root; and a path that no system takes.
  for (const path of ['/sys/raftdeck', join(directory('deep'), 'x/'.repeat(2_500))]) {
    const { code, stderr } = await node('-a', `127.0.0.1:${PORT + 3}`, '-d', path);
    expect([code, /cannot make the folder .*(?:EPERM|EACCES|ENAMETOOLONG)/.test(stderr)]).toEqual([
      ...[1, true],
    ]);
  }
});

test('spaces, letters of other scripts, locale and time zone do not matter', async () => {
  const path = directory('a b ğ İ 数');
  const env = {
    ...{ RAFTDECK_HOME: directory('home ı'), TZ: 'Asia/Kathmandu' },
    ...{ LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
  };
  const address = `127.0.0.1:${PORT + 14}`;
  // Capital letters of backend and level: in Turkish the small i is not that of these words.
  const running = folder.start(
    ['node', '-a', address, '-d', path, '--backend', 'FASTLOG', '--consistency', 'HIGH'],
    { env },
  );
  await leaderOf([address]);
  expect(textOf(await ask(address, 'set', 'i', 'İ'))).toBe('OK');
  expect(textOf(await ask(address, 'get', 'i'))).toBe('İ');
  expect(await running.stop()).toEqual({ code: 0, signal: null });
  expect(readdirSync(path)).toContain('node.json');
});

test('a cluster file that is a folder, a pipe or far too large is refused at once', async () => {
  const pipe = directory('pipe');
  const large = directory('large.yaml');
  execFileSync('mkfifo', [pipe]);
  writeFileSync(large, '');
  truncateSync(large, 100_000_000);
  for (const [path, reason] of [
    [folder.path, 'it is no file'],
    [pipe, 'it is no file'],
    [large, 'it has 100000000 bytes; at most 1048576 are read'],
  ] as const) {
    const { code, stderr } = await runRaftdeck(['up', '-f', path]);
    expect([code, stderr.split('\n')[0]]).toEqual([
      ...[2, `raftdeck: cannot read ${path}: ${reason}`],
    ]);
  }
});

test('a member that is started on another address is refused, unless it says the old one', async () => {
  const used = await usedDirectory('moved', PORT + 12);
  const other = `127.0.0.1:${PORT + 13}`;
  const { code, stderr } = await node('-a', other, '-d', used);
  expect(code).toBe(1);
  expect(stderr).toContain(
    `advertise address change from "127.0.0.1:${PORT + 12}" to "${other}": node 1 is the former`,
  );
  folder.start(['node', '-a', other, '--advertise', `127.0.0.1:${PORT + 12}`, '-d', used]);
  const leader = await leaderOf([other]);
  expect(leader.clientAddress).toBe(`127.0.0.1:${PORT + 12}`);
  expect(textOf(await ask(other, 'GET', 'a'))).toBe('b');
});

test('a directory of a newer format is refused and left alone', async () => {
  const used = await usedDirectory('newer', PORT + 4);
  const identity = join(used, 'node.json');
  const document = JSON.parse(readFileSync(identity, 'utf8')) as Record<string, unknown>;
  writeFileSync(identity, JSON.stringify({ ...document, formatVersion: 99 }));
  const before = fingerprint(used);
  const { code, stderr } = await node('-a', `127.0.0.1:${PORT + 4}`, '-d', used);
  expect(code).toBe(1);
  expect(stderr).toMatch(/format 99/);
  expect(fingerprint(used)).toBe(before);
});

test('a node is not started with another machine than it had, nor taken into its cluster', async () => {
  const used = await usedDirectory('machine', PORT + 15);
  const address = `127.0.0.1:${PORT + 15}`;
  const before = readFileSync(join(used, 'machine.json'), 'utf8');
  const { code, stderr } = await node('-a', address, '-d', used, '--machine', 'ticket');
  expect(code).toBe(1);
  expect(stderr).toContain(`holds a log of the machine kv, and this node runs ticket`);
  expect(readFileSync(join(used, 'machine.json'), 'utf8')).toBe(before);
  // What cannot be read refuses nobody, and is written anew.
  writeFileSync(join(used, 'machine.json'), '{');
  folder.start(['node', '-a', address, '-d', used]);
  await leaderOf([address]);
  expect(readFileSync(join(used, 'machine.json'), 'utf8')).toBe(before);
  expect(textOf(await ask(address, 'GET', 'a'))).toBe('b');
  const joiner = [
    '-a',
    `127.0.0.1:${PORT + 16}`,
    '-n',
    '2',
    '-d',
    directory('joiner'),
    '-j',
    address,
  ];
  const refused = await node(...joiner, '--machine', 'ticket');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('it runs the machine kv, and this node ticket');
  // It has nothing yet: the same directory is good for the right machine.
  folder.start(['node', ...joiner]);
  await until('two members', 20_000, async () => (await statusOf(address))?.members.length === 2);
});

test('joining what already has that id is refused', async () => {
  const first = `127.0.0.1:${PORT + 5}`;
  folder.start(['node', '-a', first, '-d', directory('first')]);
  await leaderOf([first]);
  const twin = folder.start([
    ...['node', '-n', '1', '-a', `127.0.0.1:${PORT + 6}`, '-d', directory('twin'), '-j', first],
  ]);
  expect(await twin.ended).toEqual({ code: 1, signal: null });
  expect(twin.stderr).toContain('peer already known');
  expect((await statusOf(first))?.members.map(({ id }) => id)).toEqual(['1']);
});

test('a join address that nobody answers is tried until somebody does', async () => {
  const first = `127.0.0.1:${PORT + 7}`;
  const joiner = folder.startNode('2', PORT + 8, '-j', first);
  await until('node 2 waits', 30_000, async () => {
    return (await statusOf(`127.0.0.1:${PORT + 8}`))?.health === 'waiting';
  });
  folder.startNode('1', PORT + 7);
  await until('node 2 is a member', 30_000, async () => {
    return (await statusOf(`127.0.0.1:${PORT + 8}`))?.health === 'ok';
  });
  expect(joiner.ending).toBeNull();
});

test('a secret that differs keeps a node out', async () => {
  const secret = directory('secret');
  writeFileSync(secret, 'another secret of many bytes', { mode: 0o600 });
  const first = `127.0.0.1:${PORT + 9}`;
  folder.start(['node', '-a', first, '-d', directory('inside')]);
  await leaderOf([first]);
  folder.startNode('2', PORT + 10, '--wait', '--secret-file', secret);
  await until('node 2 waits', 30_000, async () => {
    return (await statusOf(`127.0.0.1:${PORT + 10}`))?.health === 'waiting';
  });
  const answer = textOf(await ask(first, 'RAFTADDPEER', `127.0.0.1:${PORT + 10}`));
  expect(answer).toMatch(/^-ERR cannot reach 127\.0\.0\.1:\d+: .*secret/);
  expect((await statusOf(first))?.members.map(({ id }) => id)).toEqual(['1']);
});

test('a secret file that others can read, and a home that is a file, are refused', async () => {
  const open = directory('open-secret');
  writeFileSync(open, 'a secret of many many bytes', { mode: 0o644 });
  const where = ['-a', `127.0.0.1:${PORT + 11}`, '-d', directory('none')];
  const shown = await node(...where, '--secret-file', open);
  expect([shown.code, /can be read or changed by others/.test(shown.stderr)]).toEqual([1, true]);
  const home = directory('home-file');
  writeFileSync(home, '');
  expect((await node(...where, '--home', home)).code).toBe(1);
  mkdirSync(directory('linked-home'));
  symlinkSync(open, join(directory('linked-home'), 'local.secret'));
  const linked = await node(...where, '--home', directory('linked-home'));
  expect([linked.code, /symbolic link/.test(linked.stderr)]).toEqual([1, true]);
  expect(readdirSync(folder.path)).not.toContain('none');
});

test.each([
  [['node', '--for'], 2, /unknown flag --for/],
  [['node', '-a', '70000'], 2, /invalid port 70000/],
  [['node', '-a', '0.0.0.0:24499'], 1, /refusing to listen on 0\.0\.0\.0:24499/],
  [['node', '--heartbeat', '300'], 2, /it must be 601 to 60000 ms/],
  [['up', '--nodes', '0'], 2, /invalid --nodes: 0 is not a whole number from 1 to 9/],
  [['up', '-f', 'none.yaml'], 2, /cannot read none\.yaml/],
  [['up', '--machine', 'kvv'], 2, /unknown machine 'kvv'/],
  [['nod'], 2, /unknown command nod \(did you mean node\?\)/],
])('raftdeck %j ends with %d and says why', async (args, code, reason) => {
  const cwd = folder.path;
  const ending = await runRaftdeck(args, { env: { RAFTDECK_HOME: folder.home }, cwd });
  expect(ending.code).toBe(code);
  expect(ending.stderr).toMatch(reason);
  expect(ending.stdout).toBe('');
  expect(readdirSync(folder.path)).toEqual([]);
});
