import { afterEach, beforeEach, expect, test } from 'vitest';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  agreedHash,
  ask,
  leaderOf,
  LocalCluster,
  setKey,
  statusOf,
  TestFolder,
  textOf,
} from '../cluster/local-cluster.ts';
import { runRaftdeck, until } from '../cluster/raftdeck-process.ts';

const PORT = 24_820;
const ADDRESS = `127.0.0.1:${PORT}`;
const KEYS = 20;

let folder: TestFolder;

beforeEach(() => {
  folder = new TestFolder();
});

afterEach(async () => {
  await folder.dispose();
});

/** A node of a cluster of one with some keys, ended. */
async function writtenNode(): Promise<string> {
  const node = folder.startNode('1', PORT);
  await leaderOf([ADDRESS]);
  for (let number = 0; number < KEYS; number += 1) {
    expect(textOf(await ask(ADDRESS, 'SET', `key:${number}`, 'x'.repeat(500)))).toBe('OK');
  }
  expect(await node.stop()).toEqual({ code: 0, signal: null });
  return join(folder.path, 'node-1');
}

/** Flips a bit two thirds into the newest file of the log. */
function damageLog(directory: string): void {
  const name = readdirSync(join(directory, 'log'))
    .filter((file) => file.endsWith('.log'))
    .sort()
    .at(-1);
  const path = join(directory, 'log', name ?? '');
  const bytes = readFileSync(path);
  const offset = Math.floor((bytes.length * 2) / 3);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ 1, offset);
  writeFileSync(path, bytes);
}

test('a whole directory needs no repair', async () => {
  const directory = await writtenNode();
  const { code, stdout } = await runRaftdeck(['repair', '--accept-loss', directory]);
  expect([code, stdout]).toEqual([0, `${directory} is whole: there is nothing to repair.\n`]);
});

test.each([[false], [true]])(
  'a cluster of one that lost entries says which, and goes on without them (started in between: %s)',
  async (isStartedFirst) => {
    const directory = await writtenNode();
    damageLog(directory);
    if (isStartedFirst) {
      const refused = folder.startNode('1', PORT);
      expect((await refused.ended).code).toBe(1);
      expect(refused.stderr).toMatch(/Entries \d+ to \d+ were acknowledged/);
      expect(refused.stderr).toContain(`raftdeck repair --accept-loss '${directory}'`);
      const names = readdirSync(directory);
      expect(names.filter((name) => name.includes('damaged'))).toEqual([]);
    }

    const asked = await runRaftdeck(['repair', directory]);
    expect(asked.code).toBe(1);
    const loss = /^Entries (\d+) to (\d+) were acknowledged and are lost\.$/m.exec(asked.stdout);
    const [from, to] = [Number(loss?.[1]), Number(loss?.[2])];
    expect(from).toBeLessThanOrEqual(to);

    const repaired = await runRaftdeck(['repair', '--accept-loss', directory]);
    expect(repaired.stdout).toContain(`Went on without entries ${from} to ${to}. `);
    expect(repaired.code).toBe(0);
    expect(readdirSync(folder.path).filter((name) => name.includes('.damaged-'))).toHaveLength(1);

    folder.startNode('1', PORT);
    await leaderOf([ADDRESS]);
    expect(textOf(await ask(ADDRESS, 'GET', 'key:0'))).toBe('x'.repeat(500));
    expect(textOf(await ask(ADDRESS, 'DBSIZE'))).toBe(String(KEYS - (to - from + 1)));
    expect(textOf(await ask(ADDRESS, 'SET', 'more', 'y'))).toBe('OK');
  },
);

test('a member of many is not repaired but healed by its leader', async () => {
  const cluster = await LocalCluster.start(folder, ['--base-port', String(PORT + 1)]);
  const addresses = cluster.nodes.map(({ clientAddress }) => clientAddress);
  const leader = cluster.node(cluster.leader).clientAddress;
  for (let number = 0; number < KEYS; number += 1) {
    await setKey([leader, ...addresses], `key:${number}`, 'x'.repeat(500));
  }
  const { id: leaderId } = await leaderOf(addresses);
  const victim = cluster.nodes.find(({ id }) => id !== leaderId) ?? cluster.node('1');
  await cluster.kill(victim.id);
  await until('it is dead', 30_000, () => cluster.up.stderr.includes('ended: SIGKILL'));
  damageLog(victim.directory);
  const refused = await runRaftdeck(['repair', '--accept-loss', victim.directory]);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining(`node ${victim.id} is one of 3 voters: start it`),
  ]);

  cluster.restart(victim.id);
  await until('the node is whole again', 30_000, async () => {
    const statuses = await Promise.all(addresses.map(statusOf));
    return statuses.find((status) => status?.id === victim.id)?.health === 'ok';
  });
  await agreedHash(addresses);
});
