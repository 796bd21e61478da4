import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { BACKENDS } from '../../main/cli/node/node-choices.ts';
import { backendName, levelName } from '../../node-engine/node/finn-names.ts';
import { NodeGroup } from './node-group.ts';
import { commandBytes, WireClient } from './wire-client.ts';

/*
 * What Finn's own tests check, against nodes with `--dialect finn`: three on neighbouring ports, the
 * second and third joining the first; each check on every backend and every level of reading.
 * docs/compatibility.md lists the checks by number, and where our answer is another.
 */

const BASE = 26_000;
const KEYS = 1_000;
const LEVELS = ['low', 'medium', 'high'];
const FINN_BACKENDS = ['leveldb', 'bolt', 'fastlog', 'inmem'].filter((name) =>
  Object.hasOwn(BACKENDS, name),
);

const COMBINATIONS = FINN_BACKENDS.flatMap((backend, row) =>
  LEVELS.map((consistency, column) => ({
    backend,
    consistency,
    base: BASE + 10 * (LEVELS.length * row + column),
  })),
);

describe.each(COMBINATIONS)('$backend, reads $consistency', ({ backend, consistency, base }) => {
  let group: NodeGroup;
  const ALL = [0, 1, 2];
  const FOLLOWERS = [1, 2];

  beforeAll(() => {
    const flags = ['--dialect', 'finn', '-backend', backend, '-consistency', consistency];
    group = new NodeGroup(base, ...flags);
  });

  afterAll(async () => {
    await group.dispose();
  });

  test('6.1#1 each node knows the leader within 10 s', async () => {
    await group.form(3);
  });

  test('6.1#2 all three name the same leader', async () => {
    for (const node of ALL)
      expect(await group.ask(node, 'raftleader')).toBe(`$${group.address(0)}`);
  });

  test('6.1#3 SET on the leader; the followers say whom to try', async () => {
    expect(await group.ask(0, 'set', 'hello', 'world')).toBe('+OK');
    for (const node of FOLLOWERS) {
      expect(await group.ask(node, 'set', 'hello', 'world')).toBe(`-TRY ${group.address(0)}`);
    }
  });

  test('6.1#4 GET on the leader', async () => {
    expect(await group.ask(0, 'get', 'hello')).toBe('$world');
  });

  test('6.1#5 1000 writes, and a snapshot on every node', async () => {
    const client = await WireClient.open(group.port(0));
    for (let key = 0; key < KEYS; key += 1) {
      expect(await client.ask('set', `key:${key}`, `val:${key}`)).toBe('+OK');
    }
    client.close();
    for (const node of ALL) expect(await group.ask(node, 'raftsnapshot')).toBe('+OK');
    // Twice at the same entry is no error either.
    expect(await group.ask(0, 'raftsnapshot')).toBe('+OK');
  });

  test('6.1#6 PING on every node', async () => {
    for (const node of ALL) {
      expect(await group.ask(node, 'ping')).toBe('+PONG');
      expect(await group.ask(node, 'ping', 'HELLO')).toBe('$HELLO');
      expect(await group.ask(node, 'ping', 'HELLO', 'WORLD')).toBe(
        "-ERR wrong number of arguments for 'ping' command",
      );
    }
  });

  test('6.1#7 RAFTSHRINKLOG shrinks on every backend', async () => {
    for (const node of ALL) {
      expect(await group.ask(node, 'raftshrinklog')).toBe('+OK');
      expect(await group.ask(node, 'raftshrinklog', 'abc')).toBe(
        "-ERR wrong number of arguments for 'raftshrinklog' command",
      );
    }
  });

  test('6.1#8 RAFTSTATS on every node', async () => {
    for (const node of ALL) {
      const stats = await group.ask(node, 'raftstats');
      expect(stats).toContain('$applied_index');
      expect(stats).toContain('$num_peers');
      expect(stats.match(/\$/g)).toHaveLength(22);
      expect(await group.ask(node, 'raftstats', 'abc')).toBe(
        "-ERR wrong number of arguments for 'raftstats' command",
      );
    }
  });

  test('6.1#9 RAFTSTATE on every node', async () => {
    expect(await group.ask(0, 'raftstate')).toBe('$Leader');
    for (const node of FOLLOWERS) expect(await group.ask(node, 'raftstate')).toBe('$Follower');
    for (const node of ALL) {
      expect(await group.ask(node, 'raftstate', 'abc')).toBe(
        "-ERR wrong number of arguments for 'raftstate' command",
      );
    }
  });

  test('6.1#10 a fourth node joins', async () => {
    group.start(3, '-join', group.address(0));
    expect(await group.untilLed(3)).toBe(`$${group.address(0)}`);
    expect(await group.ask(3, 'set', 'hello', 'world')).toBe(`-TRY ${group.address(0)}`);
    await group.untilVoters(0, 4);
    expect(await group.ask(3, 'raftsnapshot')).toBe('+OK');
  });

  test('6.1#11 a peer is removed on the leader only, and once', async () => {
    const address = group.address(3);
    expect(await group.ask(1, 'raftremovepeer', address)).toBe(`-TRY ${group.address(0)}`);
    expect(await group.ask(0, 'raftremovepeer', address)).toBe('+OK');
    expect(await group.ask(0, 'raftremovepeer', address)).toBe('-peer is unknown');
  });

  test('6.1#13 exact bytes at every depth of pipelining', async () => {
    const cases = [
      { command: commandBytes('PING'), reply: '+PONG\r\n' },
      { command: commandBytes('set', 'key:1', 'val:1'), reply: '+OK\r\n' },
      { command: commandBytes('get', 'key:na'), reply: '$-1\r\n' },
    ];
    for (const depth of [1, 4, 16, 64]) {
      for (const { command, reply } of cases) {
        const client = await WireClient.open(group.port(0));
        const quit = commandBytes('QUIT');
        client.write(Buffer.concat([...Array.from({ length: depth }, () => command), quit]));
        expect(await client.rest()).toBe(`${reply.repeat(depth)}+OK\r\n`);
        client.close();
      }
    }
  });
});

test('6.1#12 levels and backends have names, and what is none is unknown', () => {
  expect([-99, -1, 0, 1].map(levelName)).toEqual(['unknown', 'low', 'medium', 'high']);
  const names = ['fastlog', 'bolt', 'inmem', 'leveldb'];
  expect([-99, 0, 1, 2, 3].map(backendName)).toEqual(['unknown', ...names]);
});
