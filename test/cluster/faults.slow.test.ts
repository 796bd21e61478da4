import { afterEach, beforeEach, expect, test } from 'vitest';

import { RespClient } from '../../node-engine/client/resp-client.ts';
import type { NodeStatus } from '../../node-engine/node/status.ts';
import {
  agreedHash,
  leaderOf,
  LocalCluster,
  setKey,
  statusOf,
  TestFolder,
  textOf,
} from './local-cluster.ts';
import { until } from './raftdeck-process.ts';
import { missingFrom, WriteStream } from './write-stream.ts';

const BASE_PORT = 24_340;
const ROUNDS = 9;
const WRITES_PER_ROUND = 100;
/** Longer than any election timeout: a leader that sleeps so long is replaced. */
const FROZEN_MS = 1_500;

let folder: TestFolder;
let port = BASE_PORT;

beforeEach(() => {
  folder = new TestFolder();
  port += 20;
});

afterEach(async () => {
  await folder.dispose();
});

/** Waits until every node follows one leader and has applied what it has. */
async function untilConverged(addresses: readonly string[]): Promise<string> {
  return until('all nodes agree', 30_000, async () => {
    const statuses = await Promise.all(addresses.map(statusOf));
    const leader = statuses.find((status) => status?.role === 'leader');
    const agree = statuses.every(
      (status) =>
        status?.health === 'ok' &&
        status.leaderId === leader?.id &&
        status.appliedIndex === leader.lastIndex,
    );
    return leader !== undefined && leader !== null && agree ? leader.clientAddress : null;
  });
}

/** Has the leader, whichever that is by then, acknowledge a value on the connection that is left. */
async function wroteAtLeader(
  addresses: readonly string[],
  value: string,
): Promise<{ readonly asleep: NodeStatus; readonly reader: RespClient }> {
  return until(`the leader has ${value}`, 30_000, async () => {
    const asleep = await leaderOf(addresses);
    const reader = await RespClient.connect({ address: asleep.clientAddress });
    const answer = await reader.call(['SET', 'value', value]).then(textOf, String);
    if (answer === 'OK') return { asleep, reader };
    reader.close();
    return null;
  });
}

test('kills and freezes under load lose no acknowledged write and end with equal states', async () => {
  const cluster = await LocalCluster.start(folder, ['--base-port', String(port)]);
  const addresses = cluster.nodes.map(({ clientAddress }) => clientAddress);
  const stream = new WriteStream(addresses);
  stream.start(6);
  for (let round = 0; round < ROUNDS; round += 1) {
    const goal = stream.acknowledged.length + WRITES_PER_ROUND;
    await until(`round ${round}: writes go on`, 30_000, () => stream.acknowledged.length >= goal);
    const leader = await leaderOf(addresses);
    const follower = cluster.nodes.find(({ id }) => id !== leader.id)?.id ?? '';
    const victim = round % 3 === 1 ? follower : leader.id;
    if (round % 3 === 2) {
      await cluster.freeze(victim);
      await new Promise((resolve) => setTimeout(resolve, FROZEN_MS));
      cluster.signal(victim, 'SIGCONT');
    } else {
      await cluster.kill(victim);
      cluster.restart(victim);
    }
  }
  await stream.stop();
  expect(stream.surprises).toEqual([]);
  const leader = await untilConverged(addresses);
  expect(await missingFrom(leader, stream.acknowledged)).toEqual([]);
  await agreedHash(addresses);
});

test('a leader that wakes up after it was replaced answers no read with an old value', async () => {
  const cluster = await LocalCluster.start(folder, ['--base-port', String(port)]);
  const addresses = cluster.nodes.map(({ clientAddress }) => clientAddress);
  for (let round = 0; round < 4; round += 1) {
    const { asleep, reader } = await wroteAtLeader(addresses, `old ${round}`);
    await cluster.freeze(asleep.id);
    const rest = addresses.filter((address) => address !== asleep.clientAddress);
    // Sent while it sleeps: it finds the reads in its socket before it hears of the new leader.
    const reads = Array.from({ length: 50 }, () =>
      reader.call(['GET', 'value'], { timeoutMs: 60_000 }).then(textOf, String),
    );
    const { clientAddress } = await leaderOf(rest);
    await setKey([clientAddress, ...rest], 'value', `new ${round}`);
    cluster.signal(asleep.id, 'SIGCONT');
    const answers = new Set(await Promise.all(reads));
    reader.close();
    expect([...answers].filter((answer) => answer === `old ${round}`)).toEqual([]);
    await untilConverged(addresses);
  }
});
