import { expect, test } from 'vitest';

import { joinCluster, type JoinOutcome } from '../../node-engine/node/join.ts';
import { errorReply, type Reply } from '../../node-engine/resp/value.ts';

const OWN = '127.0.0.1:9002';

/** A cluster whose members answer from a script, in order; the last answer stands. */
async function joinWith(
  script: readonly (Reply | Error)[],
  list: Reply | Error = [],
  info: Reply | Error = Buffer.from('# Server\r\nmachine:kv\r\n'),
): Promise<{ readonly outcome: JoinOutcome; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  let position = 0;
  const outcome = await joinCluster(
    {
      address: OWN,
      ...{ id: '2', machine: 'kv' },
      nonVoter: false,
      isMember: () => false,
      isClosing: () => false,
      log: () => undefined,
      ask: async (address, args) => {
        if (args[0] === 'INFO') {
          if (info instanceof Error) throw info;
          return info;
        }
        asked.push(`${address} ${args.join(' ')}`);
        const isList = args.join(' ') === 'RAFT SERVER LIST';
        const answer = isList ? list : script[Math.min(position, script.length - 1)];
        if (!isList) position += 1;
        if (answer instanceof Error) throw answer;
        return answer ?? null;
      },
    },
    '127.0.0.1:9001',
  );
  return { outcome, asked };
}

function row(id: string, address: string, voter: boolean): Reply {
  const words = ['id', id, 'address', address, 'leader', 'false', 'voter', String(voter)];
  return words.map((word) => Buffer.from(word));
}

const KNOWN = errorReply('ERR peer already known');

test('a redirect is followed, and an election or a silence waited out', async () => {
  const { outcome, asked } = await joinWith([
    new Error('connect ECONNREFUSED'),
    errorReply('CLUSTERDOWN The cluster is down'),
    errorReply('MOVED 0 127.0.0.1:9003'),
    'OK',
  ]);
  expect(outcome).toEqual({ ok: true });
  expect(asked).toEqual([
    '127.0.0.1:9001 RAFTADDPEER 127.0.0.1:9002',
    '127.0.0.1:9001 RAFTADDPEER 127.0.0.1:9002',
    '127.0.0.1:9001 RAFTADDPEER 127.0.0.1:9002',
    '127.0.0.1:9003 RAFTADDPEER 127.0.0.1:9002',
  ]);
});

test('a node that the cluster knows as this one, still without a vote, has joined', async () => {
  const { outcome } = await joinWith([KNOWN], [row('1', 'h:1', true), row('2', OWN, false)]);
  expect(outcome).toEqual({ ok: true });
});

test('a voter that has lost its data is not let in again', async () => {
  const { outcome } = await joinWith([KNOWN], [row('2', OWN, true)]);
  expect(outcome).toEqual({
    ok: false,
    reason:
      'node 2 was a voter of this cluster and has no data here; ' +
      'remove it from the cluster and add it again under a new id',
  });
});

test("another node with this one's id or address is named", async () => {
  expect((await joinWith([KNOWN], [row('2', 'h:7', false)])).outcome).toEqual({
    ok: false,
    reason: 'ERR peer already known: node 2 is at h:7',
  });
  expect((await joinWith([KNOWN], [row('5', OWN, false)])).outcome).toEqual({
    ok: false,
    reason: `ERR peer already known: ${OWN} is node 5`,
  });
});

test('when the members cannot be asked, the attempt is made again', async () => {
  const { outcome, asked } = await joinWith([KNOWN, 'OK'], new Error('closed'));
  expect(outcome).toEqual({ ok: true });
  expect(asked).toHaveLength(3);
});

test('a cluster of another machine is final, one that does not say which it runs is not', async () => {
  const other = await joinWith(['OK'], [], Buffer.from('# Server\r\nmachine:ticket line\r\n'));
  expect(other).toEqual({
    outcome: {
      ok: false,
      reason: 'it runs the machine ticket line, and this node kv',
    },
    asked: [],
  });
  for (const silent of [new Error('connect ECONNREFUSED'), errorReply('LOADING'), 'none']) {
    expect((await joinWith(['OK'], [], silent)).outcome).toEqual({ ok: true });
  }
});

test('another cluster is final', async () => {
  const refusal = errorReply('ERR 127.0.0.1:9002 belongs to another cluster (abc)');
  expect((await joinWith([refusal])).outcome).toEqual({ ok: false, reason: refusal.text });
});

test('a wrong secret is final, a node that is not open yet is not', async () => {
  const wrong = new Error('h:1 refused the login: WRONGPASS invalid username-password pair');
  expect((await joinWith([wrong])).outcome).toEqual({ ok: false, reason: wrong.message });
  const early = new Error('h:1 refused the login: LOADING raftdeck is loading the dataset');
  const { outcome, asked } = await joinWith([early, 'OK']);
  expect(outcome).toEqual({ ok: true });
  expect(asked).toHaveLength(2);
});
