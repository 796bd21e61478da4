import { afterEach, beforeEach, expect, test } from 'vitest';
import { connect } from 'node:net';
import { once } from 'node:events';

import { RespClient } from '../../node-engine/client/resp-client.ts';
import {
  CommandError,
  defineMachine,
  hijack,
  instead,
  OK,
  REFUSE,
  ReplyError,
  type HijackedConnection,
  type RunningNode,
} from '../../node-engine/framework.ts';
import { until } from '../cluster/raftdeck-process.ts';
import { leading, NodesInProcess, pipeline } from './nodes-in-process.ts';

/** What the machine below was told, by its hooks. */
let events: string[] = [];
let gate: Promise<void> = Promise.resolve();
let hijacked: HijackedConnection | null = null;

const board = defineMachine({
  name: 'board',
  version: '1.0.0',
  initial: (): { notes: Record<string, string> } => ({ notes: {} }),
  commands: {
    PIN: {
      kind: 'write',
      arity: 3,
      summary: 'Pins a note.',
      firstKey: 1,
      run: ({ state, args: [name = '', text = ''] }) => {
        state.notes[name] = text;
        return OK;
      },
    },
    SPILL: {
      kind: 'write',
      arity: 2,
      run: ({ state, args: [name = ''] }) => {
        state.notes[name] = 'half done';
        throw new RangeError('no room\r\non the board');
      },
    },
    READ: {
      kind: 'read',
      arity: 2,
      firstKey: 1,
      run: ({ state, args: [name = ''] }) => state.notes[name],
    },
    WHO: {
      kind: 'intermediate',
      arity: 1,
      summary: 'Says who asks.',
      run: ({ client, node, name }) => [name, node.id, String(client.context)],
    },
    LATER: {
      kind: 'intermediate',
      arity: 3,
      run: async ({ args: [name = '', text = ''] }) => {
        await gate;
        return instead('PIN', name, text);
      },
    },
    SOON: { kind: 'intermediate', run: ({ args }) => instead('READ', args[0] ?? '') },
    LOOP: { kind: 'intermediate', run: () => instead('LOOP') },
    NOPE: {
      kind: 'intermediate',
      run: () => {
        throw new CommandError('NOPE not today');
      },
    },
    BROKEN: { kind: 'intermediate', run: () => Promise.reject(new RangeError('out of shape')) },
    TAKE: {
      kind: 'intermediate',
      arity: 1,
      run: () =>
        hijack((connection) => {
          hijacked = connection;
          connection.write('yours');
          connection.onCommand((args) => {
            connection.write(args.map((word) => Buffer.from(word).toString()).join('+'));
          });
          connection.onClosed(() => events.push('hijacked closed'));
        }),
    },
    INSIDE: {
      kind: 'intermediate',
      run: async ({ node, args }) => {
        const local = node.connect({ remoteAddress: 'inside' });
        const answer = await local.run(...args);
        local.close();
        return typeof answer === 'string' ? answer : null;
      },
    },
  },
  catchAll: ({ name, args }) => [`no ${name}`, ...args],
  connections: {
    opened: ({ remoteAddress }) => {
      if (remoteAddress === 'unwelcome') return REFUSE;
      events.push(`opened ${remoteAddress.replace(/:\d+$/u, '')}`);
      return `guest of ${remoteAddress.replace(/:\d+$/u, '')}`;
    },
    closed: ({ remoteAddress, context }) => {
      events.push(`closed ${remoteAddress.replace(/:\d+$/u, '')}, ${String(context)}`);
    },
  },
  filter: ({ reply, name, args }) => {
    return name === 'read' && Buffer.from(args[0] ?? []).toString() === 'secret' ? '***' : reply;
  },
  snapshot: 'json',
});

let node: RunningNode;
let all = new NodesInProcess();

beforeEach(async () => {
  all = new NodesInProcess();
  events = [];
  hijacked = null;
  gate = Promise.resolve();
  node = await leading(await all.open(board));
});

afterEach(async () => {
  await all.dispose();
});

test('an intermediate command runs where it arrives and knows who asks', async () => {
  const client = await all.client(node);
  expect(await client.call(['WHO'])).toEqual(
    ['who', '1', 'guest of 127.0.0.1'].map((t) => Buffer.from(t)),
  );
  expect(await pipeline(client, 'WHO me')).toEqual([
    "-ERR wrong number of arguments for 'who' command",
  ]);
});

test('U12 a command that becomes another one runs and answers in its place in the pipeline', async () => {
  let open = (): void => undefined;
  gate = new Promise((resolve) => {
    open = resolve;
  });
  const client = await all.client(node);
  const replies = pipeline(client, 'PIN a 1', 'LATER a 2', 'READ a', 'PIN a 3', 'SOON a', 'PING');
  const second = await all.client(node);
  expect(await pipeline(second, 'READ a'), 'what stands behind it waits').toEqual(['1']);
  open();
  expect(await replies).toEqual(['OK', 'OK', '2', 'OK', '3', 'PONG']);
});

test('errors of an intermediate command are its answer', async () => {
  const client = await all.client(node);
  expect(await pipeline(client, 'NOPE', 'BROKEN', 'LOOP', 'PING')).toEqual([
    '-NOPE not today',
    '-ERR machine error: out of shape',
    '-ERR a command can only be replaced by one that the node or its log runs',
    'PONG',
  ]);
});

test('the catch-all gets every name that nobody else has, in lower case', async () => {
  const client = await all.client(node);
  expect(await client.call(['FETCH', 'x'])).toEqual([Buffer.from('no fetch'), Buffer.from('x')]);
  expect(await pipeline(client, 'PING')).toEqual(['PONG']);
});

test('U12 a hijacked connection gets what stands behind the command, and answers come first', async () => {
  const client = await all.client(node);
  expect(await pipeline(client, 'PIN a 1', 'READ a', 'TAKE', 'GET x', 'PING')).toEqual([
    'OK',
    '1',
    'yours',
    'GET+x',
    'PING',
  ]);
  hijacked?.writeRaw(Buffer.from('+raw\r\n'));
  expect(await pipeline(client, 'SET y'), 'the raw line answers first').toEqual(['raw']);
  client.close();
  await until('the owner hears of the end', 20_000, () => events.includes('hijacked closed'));
});

test('a hijacked connection can be closed by its owner, and the node goes on', async () => {
  const socket = connect(Number(node.address.split(':')[1]), '127.0.0.1');
  socket.write('TAKE\r\n');
  const [first] = (await once(socket, 'data')) as [Buffer];
  expect(first.toString()).toBe('$5\r\nyours\r\n');
  hijacked?.close();
  await once(socket, 'close');
  expect(await pipeline(await all.client(node), 'PING')).toEqual(['PONG']);
});

test('hooks see every client come and go, with its context', async () => {
  const client = await all.client(node);
  await pipeline(client, 'PING');
  client.close();
  await until('the client is gone', 20_000, () => events.length === 2);
  expect(events).toEqual(['opened 127.0.0.1', 'closed 127.0.0.1, guest of 127.0.0.1']);
});

test('a client that is refused is closed without a word', async () => {
  const picky = defineMachine({
    ...{ name: 'picky', version: '1.0.0', initial: () => ({}), commands: {}, snapshot: 'json' },
    connections: {
      opened: () => REFUSE,
      closed: () => events.push('closed'),
    },
  });
  const refusing = await all.open(picky, { id: '2' });
  const socket = connect(Number(refusing.address.split(':')[1]), '127.0.0.1');
  socket.write('PING\r\n');
  const received: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => received.push(bytes));
  socket.on('error', () => undefined);
  await once(socket, 'close');
  expect(Buffer.concat(received).toString()).toBe('');
  expect(events).toEqual([]);
});

test('the filter changes what the machine answered, and nothing else', async () => {
  const client = await all.client(node);
  expect(
    await pipeline(client, 'PIN secret plain', 'READ secret', 'PIN open plain', 'READ open'),
  ).toEqual(['OK', '***', 'OK', 'plain']);
});

test('a client inside the process goes the same way as one from a socket', async () => {
  expect(() => node.connect({ remoteAddress: 'unwelcome' })).toThrow('the client was refused');
  const local = node.connect();
  expect(await Promise.all([local.run('PIN', 'n', 7), local.run('READ', 'n')])).toEqual([
    'OK',
    '7',
  ]);
  expect(await local.run('WHO')).toEqual(['who', '1', 'guest of local']);
  expect(await local.call(['READ', 'n'])).toEqual(Buffer.from('7'));
  expect(await local.run('READ', 'secret')).toBe('***');
  await expect(local.run('PIN', 'n')).rejects.toThrow(
    new ReplyError("ERR wrong number of arguments for 'pin' command"),
  );
  await expect(local.run('TAKE')).rejects.toThrow('cannot be taken over');
  expect(await local.run('RAFT', 'LEADER')).toBe(node.address);
  local.close();
  await expect(local.run('PING')).rejects.toThrow('the connection is closed');
  expect(events).toEqual(['opened local', 'closed local, guest of local']);
});

test('a handler can be a client of its own node', async () => {
  const client = await all.client(node);
  expect(await pipeline(client, 'PIN a 5', 'INSIDE READ a', 'INSIDE PIN a')).toEqual([
    'OK',
    '5',
    "-ERR machine error: ERR wrong number of arguments for 'pin' command",
  ]);
});

test('many commands of one local client are answered in order', async () => {
  const local = node.connect();
  const answers = await Promise.all(
    Array.from({ length: 500 }, (_, i) =>
      i % 2 === 0 ? local.run('PIN', 'k', i) : local.run('READ', 'k'),
    ),
  );
  expect(answers).toEqual(
    Array.from({ length: 500 }, (_, i) => (i % 2 === 0 ? 'OK' : String(i - 1))),
  );
});

test('U11 an observer that does not look loses commands, is told how many, and holds up nobody', async () => {
  const observer = node.observe({ queueMax: 3 });
  const client = await all.client(node);
  const lines = Array.from({ length: 10 }, (_, i) => `PIN k${i} v`);
  expect(new Set(await pipeline(client, ...lines))).toEqual(new Set(['OK']));
  const names: string[] = [];
  for (let i = 0; i < 3; i += 1) {
    const { value } = (await observer.next()) as { value: { name: string; args: Uint8Array[] } };
    names.push(`${value.name} ${Buffer.from(value.args[0] ?? []).toString()}`);
  }
  expect(names).toEqual(['pin k0', 'pin k1', 'pin k2']);
  await pipeline(client, 'FETCH x', 'RAFT LEADER', 'PING');
  const next = await observer.next();
  expect(next.value).toMatchObject({
    name: 'fetch',
    lost: 7,
    remoteAddress: expect.stringMatching(/^127/) as unknown,
  });
  expect((await observer.next()).value).toMatchObject({ name: 'ping', lost: 0 });
  const last = observer.next();
  await observer.return();
  expect(await last).toEqual({ done: true, value: undefined });
});

test("a command with a name of the node's own is said not to be reached", async () => {
  const log: string[] = [];
  const shy = defineMachine({
    ...{ name: 'shy', version: '1.0.0', initial: () => ({}), snapshot: 'json' },
    commands: { PING: { kind: 'read', run: () => 'mine' } },
  });
  const other = await all.open(shy, {
    id: 'shy',
    log: (level, text) => log.push(`${level} ${text}`),
  });
  expect(log).toContain("warning clients get the node's own ping, not the machine's");
  expect(await pipeline(await all.client(other), 'PING')).toEqual(['PONG']);
});

test('a client whose reply is too large is closed, and the log says why', async () => {
  const log: string[] = [];
  const wide = defineMachine({
    ...{ name: 'wide', version: '1.0.0', initial: () => ({}), snapshot: 'json' },
    commands: { ALL: { kind: 'read', arity: 1, run: () => 'x'.repeat(70_000_000) } },
  });
  const node = await all.open(wide, {
    id: 'wide',
    log: (level, text) => log.push(`${level} ${text}`),
  });
  await leading(node);
  const client = await all.client(node);
  await expect(client.call(['ALL'])).rejects.toThrow();
  await until('the log says so', 5000, () => log.some((line) => line.includes('output-limit')));
  expect(log.find((line) => line.includes('output-limit'))).toMatch(
    /^warning 127\.0\.0\.1:\d+: output-limit: \d+ bytes of output were not read$/,
  );
  expect(await pipeline(await all.client(node), 'PING')).toEqual(['PONG']);
});

test('a user who may only read runs no intermediate command and no catch-all', async () => {
  const users = [{ name: 'guest', role: 'read-only' as const, password: 'a long password' }];
  const guarded = await leading(await all.open(board, { id: 'guarded', users }));
  const client = await RespClient.connect({
    ...{ address: guarded.address, username: 'guest', password: 'a long password' },
  });
  try {
    expect(await pipeline(client, 'READ a', 'WHO', 'FETCH x', 'PIN a 1')).toEqual([
      'null',
      "-NOPERM User guest has no permissions to run the 'who' command",
      "-NOPERM User guest has no permissions to run the 'fetch' command",
      "-NOPERM User guest has no permissions to run the 'pin' command",
    ]);
  } finally {
    client.close();
  }
});

test('close answers what is under way, and then says that it is closing', async () => {
  const local = node.connect();
  const answers = Promise.all(Array.from({ length: 50 }, (_, i) => local.run('PIN', 'k', i)));
  await node.close();
  expect(new Set(await answers)).toEqual(new Set(['OK']));
  await expect(local.run('PING')).rejects.toThrow('the connection is closed');
  expect(() => node.connect()).toThrow('the node is closing');
  expect(await node.ended).toEqual({ reason: null });
});

test('a write that throws is an error, changes nothing, and is the same on every node', async () => {
  const cluster = await all.cluster(3, board);
  const locals = cluster.map((member) => member.connect());
  const [leading] = locals;
  expect(await leading?.run('PIN', 'a', '1')).toBe('OK');
  await expect(leading?.run('SPILL', 'a')).rejects.toThrow('ERR machine error: no room');
  expect(await leading?.run('PIN', 'b', '2')).toBe('OK');
  expect(await leading?.run('READ', 'a')).toBe('1');
  await until('equal states at the same entry', 20_000, async () => {
    const hashes = await Promise.all(locals.map((local) => local.run('RAFT', 'STATUS', 'HASH')));
    return new Set(hashes.map((hash) => JSON.stringify(hash))).size === 1;
  });
});

test('three nodes in one process: roles are told, and a follower names the leader', async () => {
  const roles: string[] = [];
  const cluster = await all.cluster(3, board, { onRole: (role) => roles.push(role) });
  const [leader, follower] = cluster;
  expect(roles).toContain('leader');
  await until('the follower knows', 20_000, () => follower?.leader() === leader?.address);
  const local = follower?.connect();
  const error: unknown = await local?.run('PIN', 'a', '1').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ReplyError);
  expect((error as ReplyError).code).toBe('MOVED');
  expect((error as ReplyError).message).toMatch(
    new RegExp(`^MOVED \\d+ ${leader?.address ?? ''}$`),
  );
});

test('a machine that cannot write its state costs a snapshot, not the node', async () => {
  let isBroken = false;
  const counter = defineMachine({
    name: 'counter',
    version: '1.0.0',
    initial: () => ({ count: 0 }),
    commands: { COUNT: { kind: 'write', arity: 1, run: ({ state }) => ++state.count } },
    snapshot: {
      write: ({ count }) => {
        if (isBroken) throw new TypeError('cannot write it');
        return [String(count)];
      },
      read: (bytes) => ({ count: Number(Buffer.from(bytes).toString()) }),
    },
  });
  const writer = await leading(await all.open(counter, { backend: 'leveldb', snapshotEntries: 5 }));
  const client = writer.connect();
  isBroken = true;
  for (let count = 1; count <= 20; count += 1) expect(await client.run('COUNT')).toBe(count);
  await expect(client.run('RAFT', 'SNAPSHOT', 'NOW')).rejects.toThrow(
    'ERR the snapshot failed: the machine failed: cannot write it',
  );
  isBroken = false;
  expect(await client.run('COUNT')).toBe(21);
  expect(await client.run('RAFT', 'SNAPSHOT', 'NOW')).toBeInstanceOf(Map);
});
