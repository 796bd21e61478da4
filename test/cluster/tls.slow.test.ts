import { execFile, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { RespClient } from '../../node-engine/client/resp-client.ts';
import { requireTool } from '../require-tool.ts';
import { STEADY, textOf, TestFolder } from './local-cluster.ts';
import { runRaftdeck, until, type RaftdeckProcess } from './raftdeck-process.ts';

/* A cluster whose port speaks TLS and nothing else. */

const PORT = 26_800;

const run = promisify(execFile);

let folder: TestFolder;

beforeEach(() => {
  folder = new TestFolder();
});

afterEach(async () => {
  await folder.dispose();
});

async function certificates(name: string, ...flags: readonly string[]): Promise<string> {
  const directory = join(folder.path, name);
  const { code, stderr } = await runRaftdeck(['tls', 'init', '-d', directory, ...flags]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return directory;
}

/** The flags of a node with the certificate of node `as`, from a folder of certificates. */
function tlsFlags(directory: string, as: string): readonly string[] {
  return [
    ...['--tls-cert', join(directory, `node-${as}.pem`)],
    ...['--tls-key', join(directory, `node-${as}.key`)],
    ...['--tls-ca', join(directory, 'ca.pem')],
  ];
}

async function ask(port: number, ca: string, ...args: readonly string[]): Promise<string> {
  const tls = { ca: readFileSync(ca) };
  const client = await RespClient.connect({ address: `127.0.0.1:${port}`, tls });
  try {
    return textOf(await client.call(args));
  } finally {
    client.close();
  }
}

function handshake(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ...options }, () => resolve(socket));
    socket.once('error', reject);
  });
}

async function listening(node: RaftdeckProcess): Promise<void> {
  await until(
    'the node listens',
    30_000,
    () => node.stderr.includes('listens at'),
    () => node.stderr,
  );
}

test('three nodes form a cluster over TLS; who has no certificate of it stays out', async () => {
  const tls = await certificates('tls', '--nodes', '1,2,3,4');
  const other = await certificates('other');
  const ca = join(tls, 'ca.pem');
  await listening(folder.startNode('1', PORT, ...tlsFlags(tls, '1'), ...STEADY));
  const join1 = ['-j', `127.0.0.1:${PORT}`];
  folder.startNode('2', PORT + 1, ...tlsFlags(tls, '2'), ...join1, ...STEADY);
  const third = folder.startNode('3', PORT + 2, ...tlsFlags(tls, '3'), ...join1, ...STEADY);
  // Who renews certificates does not look whether a node is just starting.
  await until('node 3 starts', 30_000, () => third.stderr.includes('starting raftdeck'));
  third.signal('SIGHUP');
  await until(
    'three voters',
    30_000,
    async () => (await voters(ca)) === 3,
    () => folder.logs(),
  );
  await until('node 3 has obeyed', 30_000, () => third.stderr.includes('were read again'));
  expect(await ask(PORT, ca, 'SET', 'k', 'v')).toBe('OK');
  expect(await ask(PORT + 1, ca, 'GET', 'k')).toMatch(
    new RegExp(`^-MOVED \\d+ 127\\.0\\.0\\.1:${PORT}$`),
  );

  // A client that trusts another authority, and one that offers only an old version, do not get in.
  const strange = handshake(PORT, { ca: readFileSync(join(other, 'ca.pem')) });
  await expect(strange).rejects.toThrow(/unable to verify|self.signed|certificate/);
  const old = { ca: readFileSync(ca), maxVersion: 'TLSv1.1', minVersion: 'TLSv1' } as const;
  await expect(handshake(PORT, old)).rejects.toThrow();

  // In the clear there is an alert and nothing else.
  const plain = await new Promise<Buffer>((resolve) => {
    const socket = connectPlain({ host: '127.0.0.1', port: PORT }, () => socket.write('PING\r\n'));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    // A reset is how the system ends a connection whose last bytes were not read.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks)));
  });
  expect([...plain]).toEqual([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x28]);

  // A node with a certificate of another authority, and one with that of another node, are no peers.
  const stranger = folder.startNode('4', PORT + 3, ...tlsFlags(other, '1'), '--wait');
  await listening(stranger);
  expect(await ask(PORT, ca, 'RAFTADDPEER', `127.0.0.1:${PORT + 3}`)).toMatch(/^-ERR cannot reach/);
  await stranger.stop();
  await listening(folder.startNode('5', PORT + 4, ...tlsFlags(tls, '4'), '--wait'));
  expect(await ask(PORT, ca, 'RAFTADDPEER', `127.0.0.1:${PORT + 4}`)).toMatch(
    /^-ERR cannot reach .* its certificate is that of node 4, not of node 5$/,
  );
  expect(await voters(ca)).toBe(3);
});

test('redis-cli comes in with --tls, a password, and sees what others send', async (context) => {
  const cli = requireTool('redis-cli', context);
  const tls = await certificates('tls', '--nodes', '1');
  const password = join(folder.path, 'password');
  writeFileSync(password, 'open sesame', { mode: 0o600 });
  const port = PORT + 30;
  await listening(folder.startNode('1', port, ...tlsFlags(tls, '1'), '--auth-file', password));
  const own = ['--tls', '--cacert', join(tls, 'ca.pem'), '-h', '127.0.0.1', '-p', String(port)];
  const env = { ...process.env, REDISCLI_AUTH: 'open sesame' };
  const type = async (...args: readonly string[]): Promise<string> =>
    (await run(cli, [...own, ...args], { env })).stdout.trim();
  // It listens some milliseconds before it has elected itself.
  await until('it leads', 30_000, async () => (await type('RAFTSTATE')) === 'Leader');
  expect((await run(cli, [...own, 'GET', 'k'])).stdout.trim()).toBe(
    'NOAUTH Authentication required.',
  );
  expect(await type('SET', 'k', 'v')).toBe('OK');
  expect(await type('GET', 'k')).toBe('v');
  const monitor = spawn(cli, [...own, 'MONITOR'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let seen = '';
  monitor.stdout.on('data', (chunk) => (seen += String(chunk)));
  try {
    await until('MONITOR has begun', 30_000, () => seen.includes('OK'));
    expect(await type('-a', 'open sesame', 'SET', 'k', 'w')).toBe('OK');
    await until('the write is shown', 30_000, () => seen.includes('"set" "k" "w"'));
    expect(seen).not.toContain('sesame');
  } finally {
    monitor.kill('SIGKILL');
  }
});

test('SIGHUP puts new certificates in force without a restart; bad ones stay out', async () => {
  const first = await certificates('tls', '--nodes', '1');
  const second = await certificates('next', '--nodes', '1');
  const node = folder.startNode('1', PORT + 10, ...tlsFlags(first, '1'));
  await listening(node);
  const kept = await RespClient.connect({
    address: `127.0.0.1:${PORT + 10}`,
    tls: { ca: readFileSync(join(first, 'ca.pem')) },
  });
  copyFileSync(join(second, 'ca.pem'), join(first, 'ca.pem'));
  node.signal('SIGHUP');
  await until('the refusal is said', 30_000, () => node.stderr.includes('stay as they were'));
  for (const name of ['node-1.pem', 'node-1.key'])
    copyFileSync(join(second, name), join(first, name));
  node.signal('SIGHUP');
  await until('they are read', 30_000, () => node.stderr.includes('were read again'));
  expect(await ask(PORT + 10, join(second, 'ca.pem'), 'PING')).toBe('PONG');
  expect(textOf(await kept.call(['PING']))).toBe('PONG');
  kept.close();
});

test('certificates that cannot serve are refused at the start, with the file', async () => {
  const tls = await certificates('tls', '--nodes', '1,2');
  const other = await certificates('other', '--nodes', '1');
  const twice = join(folder.path, 'twice');
  const refused = await runRaftdeck(['tls', 'init', '-d', twice, '--nodes', '1,2,1']);
  expect([refused.code, existsSync(twice)]).toEqual([2, false]);
  expect(refused.stderr).toContain('--nodes names node 1 twice');
  const again = await runRaftdeck(['tls', 'init', '-d', tls, '--nodes', '2,3']);
  expect(again.stdout).toContain('ca.pem is there and is kept');
  expect(again.stdout).toContain('node-2.pem is there and is kept');
  const start = async (...flags: readonly string[]) => {
    const own = ['-a', `127.0.0.1:${PORT + 20}`, '-d', join(folder.path, 'data')];
    return runRaftdeck(['node', ...own, ...flags]);
  };
  const cert = join(tls, 'node-1.pem');
  const key = join(tls, 'node-1.key');
  const open = join(tls, 'open.key');
  copyFileSync(key, open);
  chmodSync(open, 0o644);
  const cases: readonly (readonly [readonly string[], number, string])[] = [
    [['--tls-cert', cert], 2, 'flag --tls-key cannot be empty when --tls-cert is provided'],
    [['--tls-key', key], 2, 'flag --tls-cert cannot be empty when --tls-key is provided'],
    [['--tls-cert', cert, '--tls-key', join(tls, 'node-2.key')], 1, 'is not the key of'],
    [['--tls-cert', cert, '--tls-key', open], 1, 'can be read or changed by others'],
    [
      ['--tls-cert', cert, '--tls-key', key, '--tls-ca', join(other, 'ca.pem')],
      1,
      'was not issued by',
    ],
  ];
  for (const [flags, code, reason] of cases) {
    const ended = await start(...flags);
    expect(ended.stderr).toContain(reason);
    expect(ended.code).toBe(code);
  }
});

/** Voters as the first node lists them. */
async function voters(ca: string): Promise<number> {
  const status = await ask(PORT, ca, 'RAFT', 'STATUS');
  const { members } = JSON.parse(status) as { members: readonly { voter: boolean }[] };
  return members.filter(({ voter }) => voter).length;
}
