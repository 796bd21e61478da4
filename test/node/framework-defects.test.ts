import { afterEach, beforeEach, expect, test } from 'vitest';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { defineMachine, OK, type RunningNode, type Service } from '../../node-engine/framework.ts';
import { textOf } from '../cluster/local-cluster.ts';
import { until } from '../cluster/raftdeck-process.ts';
import { leading, NodesInProcess, pipeline } from './nodes-in-process.ts';

/*
 * Defects of Finn (F) and Uhaha (U) where a machine's author would meet them, each by the number that
 * docs/compatibility.md gives it.
 */

function notes(version: string, commands: readonly string[]): ReturnType<typeof defineMachine> {
  return defineMachine({
    ...{ name: 'notes', version, snapshot: 'json' },
    initial: (): { kept: string[] } => ({ kept: [] }),
    commands: {
      ...Object.fromEntries(
        commands.map((name) => [
          name,
          {
            kind: 'write' as const,
            run: ({ state, args }: { state: { kept: string[] }; args: readonly string[] }) => {
              state.kept.push(args.join(' '));
              return OK;
            },
          },
        ]),
      ),
      ALL: { kind: 'read', run: ({ state }) => state.kept.join(',') },
      COUNT: { kind: 'read', run: ({ state }) => state.kept.length },
    },
  });
}

let all = new NodesInProcess();
const sockets: Socket[] = [];

beforeEach(() => {
  all = new NodesInProcess();
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await all.dispose();
});

async function silentConnection(node: RunningNode): Promise<Socket> {
  const socket = connect(Number(node.address.split(':')[1]), '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

test('U2 a QUIT with commands behind it ends its connection and nothing else', async () => {
  const node = await leading(await all.open(notes('1', ['KEEP'])));
  const socket = await silentConnection(node);
  let received = '';
  socket.on('data', (bytes: Buffer) => (received += bytes.toString()));
  socket.write('KEEP a\r\nQUIT\r\nKEEP b\r\nKEEP c\r\n');
  await once(socket, 'close');
  expect(received).toBe('+OK\r\n+OK\r\n');
  expect(await pipeline(await all.client(node), 'ALL')).toEqual(['a']);
});

test('U3 connections that say nothing hold up no client and no service', async () => {
  const taken: string[] = [];
  const hello: Service = {
    name: 'hello',
    recognise: (first) => {
      const text = Buffer.from(first).toString('latin1');
      if (text.startsWith('HI!')) return 'yes';
      return 'HI!'.startsWith(text) ? 'undecided' : 'no';
    },
    take: (socket, first) => {
      taken.push(Buffer.from(first).toString());
      socket.on('data', () => undefined);
      socket.end('hello yourself');
    },
  };
  const node = await leading(await all.open(notes('1', ['KEEP']), { services: [() => hello] }));
  for (let i = 0; i < 20; i += 1) await silentConnection(node);
  const half = await silentConnection(node);
  half.write('H');
  expect(await pipeline(await all.client(node), 'KEEP a', 'ALL')).toEqual(['OK', 'a']);
  let received = '';
  half.on('data', (bytes: Buffer) => (received += bytes.toString()));
  half.write('I!');
  await until('the service answers', 20_000, () => received === 'hello yourself');
  expect(taken).toEqual(['HI!']);
});

test('U15 every change of role is told as it happens, and the last one is the role it has', async () => {
  const roles: string[] = [];
  const node = await leading(
    await all.open(notes('1', []), { onRole: (role) => roles.push(role) }),
  );
  expect(roles.at(-1)).toBe('leader');
  expect(new Set(roles).has('candidate')).toBe(true);
  expect(roles.every((role, place) => role !== roles[place - 1])).toBe(true);
  expect(node.role).toBe('leader');
});

test('U19 an idle node writes nothing, and one whose machine asks for ticks does', async () => {
  const ticking = defineMachine({
    ...{ name: 'ticking', version: '1', snapshot: 'json' },
    initial: () => ({ ticks: 0 }),
    commands: { TICKS: { kind: 'read', run: ({ state }) => state.ticks } },
    tick: { intervalMs: 20, run: ({ state }) => void (state.ticks += 1) },
  });
  const idle = await leading(await all.open(notes('1', ['KEEP']), { id: 'idle' }));
  const busy = await leading(await all.open(ticking, { id: 'busy' }));
  const before = idle.status()?.lastIndex;
  const client = await all.client(busy);
  await until('ten ticks', 20_000, async () => Number((await pipeline(client, 'TICKS'))[0]) >= 10);
  expect(idle.status()?.lastIndex).toBe(before);
  expect(busy.status()?.lastIndex ?? 0).toBeGreaterThanOrEqual(10);
});

test('U21 a write that this version does not know is refused, and one in the log does not end the node', async () => {
  const older = await leading(await all.open(notes('1', ['KEEP', 'ADD']), { backend: 'leveldb' }));
  expect(await pipeline(await all.client(older), 'KEEP a', 'ADD b')).toEqual(['OK', 'OK']);
  await older.close();
  const newer = await all.open(notes('2', ['KEEP']), {
    ...{ id: '1', backend: 'leveldb', address: older.address },
  });
  await leading(newer);
  const lastIndex = newer.status()?.lastIndex;
  const client = await all.client(newer);
  const [refused = '', kept] = await pipeline(client, 'ADD c', 'ALL');
  expect(refused).toMatch(/^-ERR unknown command 'ADD'/);
  expect(newer.status()?.lastIndex, 'nothing was appended').toBe(lastIndex);
  expect(kept).toBe('a');
});

test('F9 a snapshot holds what there was when it began, and writes go on beside it', async () => {
  const node = await leading(await all.open(notes('1', ['KEEP']), { backend: 'leveldb' }));
  const client = await all.client(node);
  await pipeline(client, ...Array.from({ length: 500 }, (_, i) => `KEEP ${'x'.repeat(2000)}${i}`));
  const replies = await pipeline(client, 'RAFT SNAPSHOT NOW', 'KEEP after', 'COUNT');
  expect(replies.slice(1)).toEqual(['OK', '501']);
  await node.close();
  const again = await leading(
    await all.open(notes('1', ['KEEP']), {
      ...{ id: '1', backend: 'leveldb', address: node.address },
    }),
  );
  expect(again.status()?.snapshotIndex).toBeGreaterThan(500);
  expect(await pipeline(await all.client(again), 'COUNT')).toEqual(['501']);
});

test('U6 a memory node that is restarted is told what it lost, and comes back under a new id', async () => {
  const machine = notes('1', ['NOTE']);
  const [first, , third] = await all.cluster(3, machine);
  if (first === undefined || third === undefined) throw new Error('three nodes were asked for');
  const client = await all.client(first);
  expect(textOf(await client.call(['NOTE', 'kept']))).toBe('OK');
  const { address } = third;
  await third.close();
  const again = await all.open(machine, { id: '3', address, join: first.address });
  // It does not wait for ever for a vote it must not have; it ends, and says why and what to do.
  const { reason } = await again.ended;
  expect(reason).toMatch(/node 3 was a voter of this cluster and has no data here; remove it/);
  const removed = await client.call(['RAFT', 'SERVER', 'REMOVE', '3'], { timeoutMs: 20_000 });
  expect(textOf(removed)).toBe('1');
  const fresh = await all.open(machine, { id: '4', address, join: first.address });
  await until('the new member has a vote and the data', 20_000, () => {
    const [status, leader] = [fresh.status(), first.status()];
    // It counts as a voter before the entry that says so is committed: that one is waited for.
    if (leader?.membershipCommitted !== true || leader.appliedIndex !== leader.lastIndex)
      return false;
    return status?.voter === true && status.appliedIndex === leader.lastIndex;
  });
  const copy = await all.client(fresh);
  expect(await copy.call(['RAFT', 'STATUS', 'HASH'])).toEqual(
    await client.call(['RAFT', 'STATUS', 'HASH']),
  );
});
