import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import {
  askLeader,
  leaderOf,
  LocalCluster,
  setKey,
  statusOf,
  TestFolder,
} from './local-cluster.ts';
import { until } from './raftdeck-process.ts';

const BASE_PORT = 24_900;
const WRITES = 300;

let folder: TestFolder;
let port = BASE_PORT;

beforeEach(() => {
  folder = new TestFolder();
  port += 10;
});

afterEach(async () => {
  await folder.dispose();
});

/** Flips one bit in the middle of every file of LevelDB that holds records. */
function flipBits(log: string): void {
  for (const name of readdirSync(log).filter((file) => /\.(log|ldb)$/.test(file))) {
    const path = join(log, name);
    const bytes = readFileSync(path);
    const offset = Math.floor(bytes.length / 2);
    bytes[offset] = (bytes[offset] ?? 0) ^ 8;
    writeFileSync(path, bytes);
  }
}

const DAMAGES: readonly (readonly [string, 'leader' | 'follower', (log: string) => void])[] = [
  ['a follower with flipped bits', 'follower', flipBits],
  ['a leader with flipped bits', 'leader', flipBits],
  ['a follower without its log', 'follower', (log) => rmSync(log, { recursive: true })],
  ['a leader without CURRENT', 'leader', (log) => rmSync(join(log, 'CURRENT'))],
];

test.each(DAMAGES)(
  '%s is killed, and is brought back by the others',
  async (_what, role, damage) => {
    const cluster = await LocalCluster.start(folder, ['--base-port', String(port)]);
    const addresses = cluster.nodes.map(({ clientAddress }) => clientAddress);
    const first = await leaderOf(addresses);
    for (let number = 0; number < WRITES; number += 1) {
      await setKey([first.clientAddress, ...addresses], `key:${number}`, `${number}`);
    }
    const leader = await leaderOf(addresses);
    const follower = cluster.nodes.find(({ id }) => id !== leader.id)?.id ?? '';
    const victim = cluster.node(role === 'leader' ? leader.id : follower);

    await cluster.kill(victim.id);
    damage(join(victim.directory, 'log'));
    const others = addresses.filter((address) => address !== victim.clientAddress);
    await leaderOf(others);
    const restarted = cluster.restart(victim.id);
    await until('the node is well again', 30_000, async () => {
      const status = await statusOf(victim.clientAddress);
      return status?.health === 'ok' && status.commitIndex === status.lastIndex;
    });
    await until('it said so', 30_000, () => restarted.stderr.includes('is damaged'));

    expect(readdirSync(victim.directory).some((name) => name.startsWith('log.damaged-'))).toBe(
      role === 'leader' || damage === flipBits,
    );
    // It counts again: with the leader gone, the two that are left need each other.
    const next = await leaderOf(addresses);
    const gone = next.id === victim.id ? others[0] : next.clientAddress;
    await cluster.kill(cluster.nodes.find((node) => node.clientAddress === gone)?.id ?? '');
    const rest = addresses.filter((address) => address !== gone);
    const last = await leaderOf(rest);
    for (let number = 0; number < WRITES; number += 1) {
      const found = await askLeader([last.clientAddress, ...rest], 'GET', `key:${number}`);
      expect(found).toBe(`${number}`);
    }
  },
);

test('a node that has lost its vote is refused, and says what is left to do', async () => {
  const cluster = await LocalCluster.start(folder, ['--base-port', String(port)]);
  const [victim] = cluster.nodes;
  if (victim === undefined) throw new Error('a cluster has nodes');
  await cluster.kill(victim.id);
  rmSync(join(victim.directory, 'meta.a'));
  rmSync(join(victim.directory, 'meta.b'));
  const restarted = cluster.restart(victim.id);
  expect((await restarted.ended).code).toBe(1);
  expect(restarted.stderr).toContain('can only rejoin under a new id');
});
