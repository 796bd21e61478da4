import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { RespClient } from '../../node-engine/client/resp-client.ts';
import { kv } from '../../node-engine/machines/kv/kv.ts';
import type { RunningNode } from '../../node-engine/node/node-options.ts';
import { textOf } from '../cluster/local-cluster.ts';
import { until } from '../cluster/raftdeck-process.ts';
import { NodesInProcess, pipeline } from './nodes-in-process.ts';

/* READONLY over real sockets: what a connection to a follower is answered. */

const ROUNDS = 40;

async function ask(client: RespClient, line: string): Promise<string> {
  return textOf(await client.call(line.split(' ')));
}

describe('a connection to a follower', () => {
  const nodes = new NodesInProcess();
  let followerNode: RunningNode;
  let leader: RespClient;
  let follower: RespClient;

  beforeAll(async () => {
    const [first, second] = await nodes.cluster(3, kv);
    if (first === undefined || second === undefined) throw new Error('three nodes were opened');
    followerNode = second;
    leader = await nodes.client(first);
    follower = await nodes.client(second);
  });

  afterAll(() => nodes.dispose());

  test('is sent to the leader before READONLY and after READWRITE or RESET', async () => {
    expect(await ask(follower, 'GET a')).toMatch(/^-MOVED /);
    for (const end of ['READWRITE', 'RESET']) {
      expect(await pipeline(follower, 'READONLY', 'GET a', end)).not.toContainEqual(
        expect.stringMatching(/^-MOVED/),
      );
      expect(await ask(follower, 'GET a')).toMatch(/^-MOVED /);
    }
  });

  test.each(['READONLY', 'READONLY MAXAGE 0'])(
    'sees with %s what was answered before',
    async (mode) => {
      expect(await ask(follower, mode)).toBe('OK');
      for (let round = 0; round < ROUNDS; round += 1) {
        expect(await ask(leader, `SET a ${String(round)}`)).toBe('OK');
        expect(await ask(follower, 'GET a')).toBe(String(round));
      }
    },
  );

  test('is answered with ANYAGE from what is there, and its writes still go to the leader', async () => {
    expect(await ask(follower, 'READONLY ANYAGE')).toBe('OK');
    expect(await ask(follower, 'GET a')).toMatch(/^\d+$/);
    expect(await ask(follower, 'SET a x')).toMatch(/^-MOVED /);
  });

  test('learns with MAXAGE how old the state is, here as everywhere', async () => {
    expect(await ask(follower, 'READONLY MAXAGE 60000')).toBe('OK');
    expect(await ask(follower, 'GET a')).toMatch(/^\d+$/);
    expect(await ask(follower, 'INFO raft')).toMatch(/raft_state_age_ms:\d+\r\n/);
    const info = await follower.call(['RAFT', 'INFO', 'state_age']);
    expect(Array.isArray(info) ? info.map(textOf) : info).toEqual([
      'state_age',
      expect.stringMatching(/^\d+ms$/),
    ]);
    expect(followerNode.status()?.stateAgeMs).toBeGreaterThanOrEqual(0);
  });

  test.each([
    ['READONLY NOW', '-ERR syntax error'],
    ['READONLY MAXAGE', '-ERR syntax error'],
    ['READONLY ANYAGE 5', '-ERR syntax error'],
    ['READONLY MAXAGE 5 6', '-ERR syntax error'],
    ['READONLY MAXAGE -1', '-ERR MAXAGE is a whole number of milliseconds, at most 86400000'],
    ['READONLY MAXAGE 1.5', '-ERR MAXAGE is a whole number of milliseconds, at most 86400000'],
    ['READONLY MAXAGE 86400001', '-ERR MAXAGE is a whole number of milliseconds, at most 86400000'],
  ])('%s is refused and changes nothing', async (line, error) => {
    expect(await ask(follower, 'READWRITE')).toBe('OK');
    expect(await ask(follower, line)).toBe(error);
    expect(await ask(follower, 'GET a')).toMatch(/^-MOVED /);
  });
});

describe('a connection to a follower that forwards', () => {
  const nodes = new NodesInProcess();
  let all: readonly RunningNode[];
  let follower: RespClient;

  beforeAll(async () => {
    // Whoever leads is found by itself; in the end nobody does, and that is to be known soon.
    all = await nodes.cluster(3, kv, { redirect: 'forward', electionTimeoutMs: 400 });
    const [, second] = all;
    if (second === undefined) throw new Error('three nodes were opened');
    follower = await nodes.client(second);
  });

  afterAll(() => nodes.dispose());

  test.each(['READONLY', 'READONLY MAXAGE 0'])(
    'reads its own writes in the order they were sent, with %s',
    async (mode) => {
      expect(await ask(follower, mode)).toBe('OK');
      for (let round = 0; round < ROUNDS; round += 1) {
        const value = `${mode.length}:${round}`;
        expect(await pipeline(follower, `SET b ${value}`, 'GET b')).toEqual(['OK', value]);
      }
    },
  );

  test('says how old its state is once nobody can be asked', async () => {
    const [first, second, third] = all;
    expect(await ask(follower, 'READONLY MAXAGE 0')).toBe('OK');
    await ask(follower, 'GET b');
    await first?.close();
    await third?.close();
    await until('no leader is known', 20_000, () => second?.status()?.leaderId === null);
    const age = /^-STALE the state of this node may be \d+ ms old; this connection accepts 1 ms$/;
    expect(await pipeline(follower, 'READONLY MAXAGE 1', 'GET b')).toEqual([
      'OK',
      expect.stringMatching(age),
    ]);
    expect(await pipeline(follower, 'READONLY', 'GET b')).toEqual([
      'OK',
      expect.stringMatching(/^-(?:TRYAGAIN|CLUSTERDOWN) /),
    ]);
    const bounded = await pipeline(follower, 'READONLY MAXAGE 86400000', 'GET b');
    expect(bounded).toEqual(['OK', expect.stringMatching(/^\d+:\d+$/)]);
  });
});
