import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import type { Reply } from '../../node-engine/resp/value.ts';
import { ask, leaderOf, statusOf, TestFolder, textOf } from '../cluster/local-cluster.ts';
import { runRaftdeck, until } from '../cluster/raftdeck-process.ts';

/* Snapshots out of a running node and back into a new cluster, by the command line alone. */

const PORT = 26_100;
const ADDRESS = `127.0.0.1:${PORT}`;
const NEW_PORT = 26_101;
const NEW_ADDRESS = `127.0.0.1:${NEW_PORT}`;

let folder: TestFolder;

beforeEach(() => {
  folder = new TestFolder();
});

afterEach(async () => {
  await folder.dispose();
});

async function tell(address: string, ...args: readonly string[]): Promise<string> {
  return textOf(await ask(address, ...args));
}

/** A node with some keys. */
async function writtenNode(): Promise<void> {
  folder.startNode('1', PORT);
  await leaderOf([ADDRESS]);
  for (let number = 0; number < 50; number += 1) {
    expect(await tell(ADDRESS, 'SET', `key:${number}`, `value ${number}`)).toBe('OK');
  }
  expect(await tell(ADDRESS, 'SET', 'short', 'lived', 'EX', '1000')).toBe('OK');
}

/** Starts the restored directory, and another node that joins it. */
async function startRestored(directory: string): Promise<void> {
  folder.start(['node', '-n', '7', '-a', NEW_ADDRESS, '-d', directory]);
  await leaderOf([NEW_ADDRESS]);
}

test('what a node had is in the cluster that its snapshot is restored to, and others can join', async () => {
  await writtenNode();
  const file = join(folder.path, 'backup.snapshot');
  const saved = await runRaftdeck(['snapshot', '-a', ADDRESS, file]);
  expect([saved.code, saved.stderr]).toEqual([0, '']);
  const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
  expect(saved.stdout).toContain(`SHA-256 ${hash}`);
  await tell(ADDRESS, 'SET', 'later', 'than the snapshot');

  const directory = join(folder.path, 'restored');
  const dry = await runRaftdeck(['restore', '--dry-run', file, directory]);
  expect([dry.code, existsSync(directory)]).toEqual([0, false]);
  expect(dry.stdout).toMatch(/machine kv at entry \d+ of term \d+; 51 keys, all whole/);
  const restored = await runRaftdeck(['restore', '-n', '7', '-a', NEW_ADDRESS, file, directory]);
  expect([restored.code, restored.stderr]).toEqual([0, '']);
  expect(await runRaftdeck(['verify', directory])).toMatchObject({ code: 0 });

  await startRestored(directory);
  expect(await tell(NEW_ADDRESS, 'GET', 'key:49')).toBe('value 49');
  expect(await tell(NEW_ADDRESS, 'GET', 'later')).toBe('null');
  expect(Number(await tell(NEW_ADDRESS, 'TTL', 'short'))).toBeGreaterThan(900);
  const [before, after] = [await statusOf(ADDRESS), await statusOf(NEW_ADDRESS)];
  expect(after?.clusterId).not.toBe(before?.clusterId);
  expect(after?.members.map(({ id }) => id)).toEqual(['7']);
  expect(await tell(NEW_ADDRESS, 'SET', 'new', '1')).toBe('OK');
  const joiner = `127.0.0.1:${NEW_PORT + 1}`;
  folder.startNode('8', NEW_PORT + 1, '-j', NEW_ADDRESS);
  await until('the joiner has everything', 30_000, async () => {
    return (await statusOf(joiner))?.keys === 52;
  });
});

test('a snapshot is read in ranges, its hash is that of the file, and only ids are ids', async () => {
  await writtenNode();
  const { snapshots } = (await tell(ADDRESS, 'RAFTSNAPSHOT'), await statusOf(ADDRESS)) ?? {};
  const id = snapshots?.[0]?.id ?? '';
  const read = (...args: readonly string[]): Promise<Reply> =>
    ask(ADDRESS, 'RAFT', 'SNAPSHOT', 'READ', ...args);
  const whole = (await read(id)) as Uint8Array;
  const [path, hash] = (await ask(ADDRESS, 'RAFT', 'SNAPSHOT', 'FILE', id, 'SHA256')) as Reply[];
  expect(Buffer.from(whole).equals(readFileSync(textOf(path ?? null)))).toBe(true);
  expect(textOf(hash ?? null)).toBe(createHash('sha256').update(whole).digest('hex'));
  expect(await tell(ADDRESS, 'RAFT', 'SNAPSHOT', 'FILE', id)).toBe(textOf(path ?? null));
  const part = (await read(id, 'RANGE', '100', '50')) as Uint8Array;
  expect(Buffer.from(part).equals(Buffer.from(whole).subarray(100, 150))).toBe(true);
  expect(await read(id, 'RANGE', String(whole.length), '10')).toBeNull();
  expect(await tell(ADDRESS, 'RAFT', 'SNAPSHOT', 'VERIFY', id)).toBe('OK');
  for (const odd of ['../node.json', `../snapshots/${id}`, `${id}/../../meta.a`, '', '1-1-1']) {
    for (const word of ['READ', 'FILE', 'VERIFY']) {
      const answer = await tell(ADDRESS, 'RAFT', 'SNAPSHOT', word, odd);
      expect(answer).toBe('-ERR no such snapshot on this node');
    }
  }
  for (const range of [
    ['RANGE', '0', '0'],
    ['RANGE', '-1', '5'],
    ['RANGE', '1'],
    ['X', '1', '1'],
  ]) {
    expect(textOf(await read(id, ...range))).toBe('-ERR syntax error');
  }
});

test('nothing is made of a damaged file, nor over what is there', async () => {
  await writtenNode();
  const file = join(folder.path, 'backup.snapshot');
  await runRaftdeck(['snapshot', '-a', ADDRESS, file]);
  const again = await runRaftdeck(['snapshot', '-a', ADDRESS, file]);
  expect([again.code, again.stderr]).toMatchObject([1, expect.stringContaining('exists already')]);
  const half = join(folder.path, 'half.snapshot');
  writeFileSync(`${half}.tmp`, 'left by one that was killed');
  const leftover = await runRaftdeck(['snapshot', '-a', ADDRESS, half]);
  expect([leftover.code, leftover.stderr]).toMatchObject([
    1,
    expect.stringMatching(/half\.snapshot\.tmp exists already: .*remove it if none runs/),
  ]);
  expect([existsSync(half), existsSync(`${half}.tmp`)]).toEqual([false, true]);
  const bytes = readFileSync(file);
  for (const [name, damage] of [
    [
      'flipped',
      (copy: Buffer) => copy.writeUInt8(copy.readUInt8(copy.length >> 1) ^ 4, copy.length >> 1),
    ],
    ['cut', null],
    ['text', (copy: Buffer) => copy.fill('x')],
  ] as const) {
    const copy = damage === null ? bytes.subarray(0, -1) : Buffer.from(bytes);
    damage?.(copy);
    const bad = join(folder.path, name);
    writeFileSync(bad, copy);
    const directory = join(folder.path, `from-${name}`);
    const { code, stderr } = await runRaftdeck(['restore', bad, directory]);
    expect([name, code]).toEqual([name, 1]);
    expect(stderr).toContain(bad);
    expect(readdirSync(folder.path).filter((one) => one.startsWith('from-'))).toEqual([]);
  }
  const taken = await runRaftdeck(['restore', file, join(folder.path, 'node-1')]);
  expect([taken.code, taken.stderr]).toMatchObject([1, expect.stringContaining('exists already')]);
  const gone = await runRaftdeck(['restore', join(folder.path, 'none'), join(folder.path, 'x')]);
  expect([gone.code, gone.stderr]).toMatchObject([1, expect.stringContaining('cannot read')]);
  expect((await runRaftdeck(['restore', file])).code).toBe(2);
});

const NOW_NS = 1_760_000_000_000_000_000n;

/** A state.bin as Uhaha's kvdb example writes it. */
function uhahaSnapshot(
  keys: readonly (readonly [key: string, value: string, expiresNs: bigint])[],
): Buffer {
  const int64 = (value: bigint): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  };
  const uvarint = (value: number): Buffer =>
    value < 128
      ? Buffer.of(value)
      : Buffer.concat([Buffer.of((value % 128) | 128), uvarint(value >> 7)]);
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value);
    return Buffer.concat([uvarint(bytes.length), bytes]);
  };
  const rows = keys.map(([key, value, expiresNs]) =>
    Buffer.concat([text(key), text(value), int64(NOW_NS - 5n), int64(expiresNs)]),
  );
  const head = [Buffer.from('SNAP0001'), int64(NOW_NS - 1_000n), int64(NOW_NS), int64(-7n)];
  return Buffer.concat([...head, uvarint(keys.length), ...rows]);
}

test('a snapshot of Uhaha is taken over, without what had expired', async () => {
  const file = join(folder.path, 'state.bin');
  const far = BigInt(Date.now() + 3_600_000) * 1_000_000n;
  const plain = uhahaSnapshot([
    ['plain', 'v'.repeat(300), 0n],
    ['späte', 'hour', far],
    ['gone', 'x', NOW_NS],
    ['', '', 0n],
  ]);
  writeFileSync(file, gzipSync(plain));
  const directory = join(folder.path, 'restored');
  const restored = await runRaftdeck(['restore', '-n', '7', '-a', NEW_ADDRESS, file, directory]);
  expect(restored.stderr).toBe('');
  expect(restored.stdout).toContain(
    "a snapshot of Uhaha's kvdb, 1 keys expired and left out; 3 keys",
  );
  await startRestored(directory);
  expect(await tell(NEW_ADDRESS, 'GET', 'plain')).toBe('v'.repeat(300));
  expect(Number(await tell(NEW_ADDRESS, 'TTL', 'späte'))).toBeGreaterThan(3_500);
  expect(await tell(NEW_ADDRESS, 'EXISTS', 'gone', '')).toBe('1');

  // The same file into the cluster that runs now, whose state it replaces.
  const hash = await tell(NEW_ADDRESS, 'RAFT', 'STATUS', 'HASH');
  expect(await tell(NEW_ADDRESS, 'SET', 'plain', 'another')).toBe('OK');
  const into = await runRaftdeck(['restore', '--into', NEW_ADDRESS, file]);
  expect([into.code, into.stderr]).toEqual([0, '']);
  expect(into.stdout).toMatch(/in force from entry \d+ on, with 3 keys\n.*RESTORE FILE before-/);
  const [, wanted] = JSON.parse(hash) as unknown[];
  expect(JSON.parse(await tell(NEW_ADDRESS, 'RAFT', 'STATUS', 'HASH'))).toEqual([
    expect.any(Number),
    wanted,
  ]);
  const text = join(folder.path, 'text');
  writeFileSync(text, 'no state at all');
  const refused = await runRaftdeck(['restore', '--into', NEW_ADDRESS, text]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/text-[0-9a-f]+ .*; nothing was changed/);
  // Nor is anything left of the file: what is there is the state from before the restore.
  const left = readdirSync(join(directory, 'import'));
  expect(left).toEqual([expect.stringMatching(/^before-/)]);
  expect((await runRaftdeck(['restore', '--into', NEW_ADDRESS, file, directory])).code).toBe(2);
  const odd = await runRaftdeck(['restore', '--into', NEW_ADDRESS, '-n', '2', file]);
  expect([odd.code, odd.stderr]).toMatchObject([2, expect.stringContaining('takes no -n\n')]);

  for (const [name, bytes, reason] of [
    ['cut', gzipSync(plain.subarray(0, -3)), 'cut short'],
    ['long', gzipSync(Buffer.concat([plain, Buffer.of(0)])), 'goes on behind its 4 keys'],
    ['torn', gzipSync(plain).subarray(0, -20), 'cannot be unpacked'],
    ['other', gzipSync('SNAP0002 and more'), 'no SNAP0001'],
    [
      'twice',
      gzipSync(
        uhahaSnapshot([
          ['k', '1', 0n],
          ['k', '2', 0n],
        ]),
      ),
      'a key twice',
    ],
  ] as const) {
    const bad = join(folder.path, name);
    writeFileSync(bad, bytes);
    const { code, stderr } = await runRaftdeck(['restore', bad, join(folder.path, 'made')]);
    expect([name, code, existsSync(join(folder.path, 'made'))]).toEqual([name, 1, false]);
    expect(stderr).toContain(reason);
  }
});

test('verify finds each kind of damage, and reads on behind a directory that is none', async () => {
  await writtenNode();
  await tell(ADDRESS, 'RAFTSNAPSHOT');
  await tell(ADDRESS, 'SET', 'one', 'more');
  await folder.stopAll();
  const directory = join(folder.path, 'node-1');
  const whole = await runRaftdeck(['verify', directory]);
  expect(whole).toMatchObject({ code: 0, stderr: '' });
  expect(whole.stdout).toMatch(/: whole; \d+ records with \d+ entries, 1 snapshots\n$/);
  const copy = join(folder.path, 'copy');
  cpSync(directory, copy, { recursive: true });
  const another = await runRaftdeck(['verify', '--machine', 'ticket', directory, copy]);
  expect(another).toMatchObject({ code: 0, stderr: '' });
  expect(another.stdout).toContain('cannot be compared');
  expect(another.stdout).toContain('is of machine kv, this node runs ticket');
  const [snapshot = ''] = readdirSync(join(directory, 'snapshots'));
  const path = join(directory, 'snapshots', snapshot);
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 200) ^ 1, bytes.length - 200);
  writeFileSync(path, bytes);
  writeFileSync(join(directory, 'meta.b'), 'nothing');
  const found = await runRaftdeck(['verify', '--json', join(folder.path, 'none'), directory]);
  expect(found.code).toBe(1);
  const document = JSON.parse(found.stdout) as {
    readonly whole: boolean;
    readonly directories: readonly { readonly problems: readonly string[] }[];
  };
  expect(document.whole).toBe(false);
  expect(document.directories[0]?.problems).toHaveLength(1);
  const problems = document.directories[1]?.problems.join('\n') ?? '';
  expect(problems).toContain('meta.b');
  expect(problems).toContain(`snapshot ${snapshot} has a bad checksum`);
  expect((await runRaftdeck(['verify'])).code).toBe(2);
});
