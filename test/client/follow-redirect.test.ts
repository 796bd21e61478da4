import { afterEach, describe, expect, test, vi } from 'vitest';

import { followRedirect, type RedirectResult } from '../../node-engine/client/follow-redirect.ts';
import { errorReply, type Reply } from '../../node-engine/resp/value.ts';
import { ScriptedServer, type Script } from './scripted-server.ts';

const servers: ScriptedServer[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function start(script: Script): Promise<ScriptedServer> {
  const server = await ScriptedServer.start(script);
  servers.push(server);
  return server;
}

async function send(
  addresses: readonly string[],
  options: { readonly deadlineMs?: number } = {},
): Promise<{ readonly result: RedirectResult; readonly attempts: readonly string[] }> {
  const attempts: string[] = [];
  const result = await followRedirect({
    args: ['RAFTADDPEER', '127.0.0.1:1'],
    addresses,
    deadlineMs: options.deadlineMs ?? 60_000,
    random: () => 0,
    onAttempt: (address, outcome) => attempts.push(`${address} ${outcome}`),
  });
  return { result, attempts };
}

/** A clock that stands still, however slow the machine is, but for what is passed by hand. */
function standingClock(): (ms: number) => void {
  let nowMs = performance.now();
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  return (ms) => void (nowMs += ms);
}

/** Answers from a list, the last one for ever. */
function inTurn(...replies: Reply[]): Script {
  let turn = 0;
  return () => replies[Math.min(turn++, replies.length - 1)];
}

test('MOVED and TRY lead to the leader, whose answer counts', async () => {
  const leader = await start(() => 'done');
  const second = await start(() => errorReply(`TRY ${leader.address}`));
  const first = await start(() => errorReply(`MOVED 7 ${second.address}`));
  const { result } = await send([first.address]);
  expect(result).toEqual({
    outcome: 'answered',
    reply: Buffer.from('done'),
    address: leader.address,
  });
  expect([first, second, leader].map((server) => server.commands.length)).toEqual([1, 1, 1]);
});

test('a redirect that names only a port means the same host', async () => {
  const leader = await start(() => 'done');
  const first = await start(() => errorReply(`TRY :${leader.server.port}`));
  const { result } = await send([first.address]);
  expect(result).toMatchObject({ outcome: 'answered', address: leader.address });
});

test('an error about the command is the answer', async () => {
  const leader = await start(() => errorReply('ERR cannot reach 127.0.0.1:1: refused'));
  const { result } = await send([leader.address]);
  expect(result).toMatchObject({
    outcome: 'answered',
    reply: errorReply('ERR cannot reach 127.0.0.1:1: refused'),
  });
  expect(leader.commands.length).toBe(1);
});

test.each([
  'CLUSTERDOWN The cluster is down',
  'LOADING kv is loading the dataset in memory',
  'ERR leader not known',
  'leader not known',
  'TRYAGAIN an election runs',
  'TRY ',
])('%j is waited out', async (text) => {
  const node = await start(inTurn(errorReply(text), errorReply(text), 'done'));
  const { result, attempts } = await send([node.address]);
  expect(result).toMatchObject({ outcome: 'answered', address: node.address });
  expect(attempts.length).toBe(2);
});

test('a node that cannot be reached is passed over', async () => {
  const gone = await start(() => 'never');
  await gone.stop();
  const node = await start(() => 'done');
  const { result, attempts } = await send([gone.address, node.address]);
  expect(result).toMatchObject({ outcome: 'answered', address: node.address });
  expect(attempts).toEqual([
    `${gone.address} cannot connect to ${gone.address}: connection refused`,
  ]);
});

test('a redirect to a dead leader is not followed for ever', async () => {
  const gone = await start(() => 'never');
  await gone.stop();
  const node = await start(inTurn(errorReply(`MOVED 0 ${gone.address}`), 'done'));
  const { result } = await send([node.address]);
  expect(result).toMatchObject({ outcome: 'answered', address: node.address });
});

describe('the end of patience', () => {
  test('redirects in a circle end at the deadline, not done', async () => {
    const pass = standingClock();
    const sendTo = (other: () => ScriptedServer): Script => {
      return () => {
        pass(1_000);
        return errorReply(`TRY ${other().address}`);
      };
    };
    const first: ScriptedServer = await start(sendTo(() => second));
    const second: ScriptedServer = await start(sendTo(() => first));
    const { result } = await send([first.address], { deadlineMs: 12_000 });
    expect(result.outcome).toBe('not-done');
    expect(first.commands.length + second.commands.length).toBe(12);
  });

  test('no leader until the deadline is not done, with the last reason', async () => {
    const pass = standingClock();
    const node = await start(() => {
      pass(1_000);
      return errorReply('CLUSTERDOWN The cluster is down');
    });
    const { result } = await send([node.address], { deadlineMs: 3_000 });
    expect(result).toEqual({
      outcome: 'not-done',
      detail: `${node.address}: CLUSTERDOWN The cluster is down`,
    });
  });

  test('no address at all', async () => {
    const { result } = await send([]);
    expect(result).toEqual({ outcome: 'not-done', detail: 'there is no address to try' });
  });
});

describe('a command that may have been carried out is never sent again', () => {
  test('UNKNOWN', async () => {
    const node = await start(() => errorReply('UNKNOWN leadership lost after it was proposed'));
    const { result } = await send([node.address, node.address]);
    expect(result).toEqual({
      outcome: 'unknown',
      detail: 'UNKNOWN leadership lost after it was proposed',
      address: node.address,
    });
    expect(node.commands.length).toBe(1);
  });

  test('no reply until the deadline', async () => {
    const node = await start(() => undefined);
    const { result } = await send([node.address, node.address], { deadlineMs: 2_000 });
    expect(result.outcome).toBe('unknown');
    expect(node.commands.length).toBe(1);
  });

  test('the connection is lost before the reply', async () => {
    const node = await start((_args, connection) => {
      connection.destroy();
      return undefined;
    });
    const { result } = await send([node.address, node.address]);
    expect(result.outcome).toBe('unknown');
    expect(node.commands.length).toBe(1);
  });
});
