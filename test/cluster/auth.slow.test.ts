import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { commandBytes, WireClient } from '../conformance/wire-client.ts';
import { LocalCluster, STEADY, TestFolder } from './local-cluster.ts';
import { runRaftdeck, until } from './raftdeck-process.ts';

/* Clients that have to say who they are. */

const PORT = 26_700;
const WRONG = '-WRONGPASS invalid username-password pair or user is disabled.';
const NO_AUTH = '-NOAUTH Authentication required.';

let folder: TestFolder;

beforeEach(() => {
  folder = new TestFolder();
});

afterEach(async () => {
  await folder.dispose();
});

function secret(name: string, text: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  chmodSync(path, 0o600);
  return path;
}

test('a cluster with users forms, and everybody may do what their role says', async () => {
  const users = secret('users', 'ada admin one\nwil read-write two\nrob read-only three\n');
  const password = secret('password', 'master\n');
  const flags = ['--users-file', users, '--auth-file', password, '--redirect', 'forward'];
  const base = ['--base-port', String(PORT), '--nodes', '3', ...STEADY];
  const cluster = await LocalCluster.start(folder, [...base, ...flags]);
  const { clientAddress: leading } = cluster.node(cluster.leader);
  const port = Number(leading.split(':').at(-1));
  const client = await WireClient.open(port);
  for (const command of [['GET', 'k'], ['PING'], ['NOSUCH'], ['RAFT', 'STATUS'], ['SHUTDOWN']]) {
    expect(await client.ask(...command)).toBe(NO_AUTH);
  }
  expect(await client.ask('HELLO', '3')).toMatch(/^-NOAUTH HELLO must be called/);
  expect(await client.ask('AUTH', 'wrong')).toBe(WRONG);
  expect(await client.ask('AUTH', 'rob', 'two')).toBe(WRONG);
  expect(await client.ask('AUTH', 'a', 'b', 'c')).toBe('-ERR syntax error');

  expect(await client.ask('AUTH', 'rob', 'three')).toBe('+OK');
  expect(await client.ask('GET', 'k')).toBe('$-1');
  expect(await client.ask('SET', 'k', 'v')).toBe(
    "-NOPERM User rob has no permissions to run the 'set' command",
  );
  expect(await client.ask('MONITOR')).toMatch(/^-NOPERM User rob .*'monitor'/);
  // A wrong password does not take away what one has.
  expect(await client.ask('AUTH', 'wil', 'x')).toBe(WRONG);
  expect(await client.ask('GET', 'k')).toBe('$-1');

  expect(await client.ask('HELLO', '2', 'AUTH', 'wil', 'two', 'SETNAME', 'w')).toContain(
    '$proto :2',
  );
  expect(await client.ask('SET', 'k', 'v')).toBe('+OK');
  expect(await client.ask('CLIENT', 'GETNAME')).toBe('$w');
  for (const command of [
    ['SHUTDOWN'],
    ['RAFTREMOVEPEER', 'x'],
    ['RAFT', 'SERVER', 'REMOVE', '3'],
    ['RAFT', 'SNAPSHOT', 'NOW'],
  ]) {
    expect(await client.ask(...command)).toMatch(/^-NOPERM User wil /);
  }
  expect(await client.ask('AUTH', 'master')).toBe('+OK');
  expect(await client.ask('RAFT', 'SNAPSHOT', 'NOW')).toMatch(/^\*\[\$id /);
  expect(await client.ask('RESET')).toBe('+RESET');
  expect(await client.ask('GET', 'k')).toBe(NO_AUTH);
  client.close();

  // Nodes forward to each other although clients need a password.
  for (const { clientAddress } of cluster.nodes) {
    const other = await WireClient.open(Number(clientAddress.split(':').at(-1)));
    other.write(
      Buffer.concat([
        commandBytes('AUTH', 'wil', 'two'),
        commandBytes('SET', 'via', clientAddress),
      ]),
    );
    expect(await other.many(2)).toEqual(['+OK', '+OK']);
    other.close();
  }
});

test('the fifth wrong password ends the connection; limits hold before the first right one', async () => {
  const running = folder.startNode('1', PORT + 10, '--auth-file', secret('password', 'right'));
  await until('it listens', 30_000, () => running.stderr.includes('listens at'));
  // It listens some milliseconds before it has elected itself.
  await until('it leads', 30_000, async () => {
    const asking = await WireClient.open(PORT + 10);
    asking.write(Buffer.concat([commandBytes('AUTH', 'right'), commandBytes('RAFTSTATE')]));
    const [, state] = await asking.many(2);
    asking.close();
    return state === '$Leader';
  });
  const client = await WireClient.open(PORT + 10);
  for (let at = 0; at < 5; at += 1) expect(await client.ask('AUTH', `no ${at}`)).toBe(WRONG);
  expect(await client.next()).toBe('closed');
  const many = await WireClient.open(PORT + 10);
  many.write('*11\r\n');
  expect(await many.rest()).toBe('-ERR Protocol error: unauthenticated multibulk length\r\n');
  const long = await WireClient.open(PORT + 10);
  long.write('*2\r\n$16385\r\n');
  expect(await long.rest()).toBe('-ERR Protocol error: unauthenticated bulk length\r\n');
  // A command behind AUTH in the same packet is run as whoever AUTH made of the client.
  const good = await WireClient.open(PORT + 10);
  good.write(Buffer.concat([commandBytes('AUTH', 'right'), commandBytes('SET', 'k', 'v')]));
  expect(await good.many(2)).toEqual(['+OK', '+OK']);
  for (const one of [client, many, long, good]) one.close();
});

test('a password from the environment counts, one on the command line is refused', async () => {
  const env = { RAFTDECK_HOME: folder.home, RAFTDECK_AUTH: 'from outside' };
  const own = ['-a', `127.0.0.1:${PORT + 20}`, '-d', join(folder.path, 'n')];
  const running = folder.start(['node', ...own], { env });
  await until('it listens', 30_000, () => running.stderr.includes('listens at'));
  const client = await WireClient.open(PORT + 20);
  expect(await client.ask('PING')).toBe(NO_AUTH);
  expect(await client.ask('AUTH', 'from outside')).toBe('+OK');
  client.close();
  const refused = await runRaftdeck(['node', '--auth', 'visible'], { env });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(
    '--auth: a password on the command line can be read by every user',
  );
  expect(refused.stderr).not.toContain('visible');
});

test('an address that others can reach needs a password, a secret of its own, and a name', async () => {
  const env = { RAFTDECK_HOME: folder.home };
  const password = secret('password', 'right');
  const clusterSecret = secret('secret', '0123456789abcdef');
  const start = async (...flags: readonly string[]): Promise<string> => {
    const directory = join(folder.path, 'open');
    const { code, stderr } = await runRaftdeck(['node', '-d', directory, ...flags], { env });
    expect(code).toBe(1);
    return stderr;
  };
  const open = ['-a', `0.0.0.0:${PORT + 30}`];
  expect(await start(...open)).toContain('clients there would need no password');
  const withPassword = [...open, '--auth-file', password];
  expect(await start(...withPassword)).toContain("with the secret of this user's local nodes");
  expect(await start(...withPassword, '--secret-file', clusterSecret)).toContain('--advertise');
});
