import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';

import { RespClient, type ClientOptions } from '../../node-engine/client/resp-client.ts';
import { replyText } from '../../node-engine/client/reply-text.ts';
import { errorReply, OK, type Reply } from '../../node-engine/resp/value.ts';
import { until } from '../server/raw-client.ts';
import { ScriptedServer, unknownCommand, type Script } from './scripted-server.ts';

const disposals: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const dispose of disposals.splice(0).reverse()) await dispose();
});

async function startServer(script: Script): Promise<ScriptedServer> {
  const server = await ScriptedServer.start(script);
  disposals.push(() => server.stop());
  return server;
}

async function connect(
  server: { readonly address: string },
  options: Partial<ClientOptions> = {},
): Promise<RespClient> {
  const client = await RespClient.connect({ address: server.address, ...options });
  disposals.push(async () => {
    client.close();
  });
  return client;
}

/** A TCP server that answers every chunk with fixed bytes. */
async function startRaw(answer: string | null): Promise<{ address: string; server: Server }> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', () => (answer === null ? undefined : socket.write(answer)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  disposals.push(
    () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  );
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { address: `127.0.0.1:${port}`, server };
}

const echo: Script = (args) => (args[0] === 'ECHO' ? (args[1] ?? '') : unknownCommand(args));

describe('commands', () => {
  test('many at once are answered in order, each caller with its own reply', async () => {
    const client = await connect(await startServer(echo));
    const texts = Array.from({ length: 3000 }, (_, i) => `text ${i} €`);
    const replies = await Promise.all(texts.map((text) => client.call(['ECHO', text])));
    expect(replies.map(replyText)).toEqual(texts);
  });

  test('all kinds of RESP2 replies', async () => {
    const replies: Reply[] = [
      OK,
      7,
      2n ** 62n,
      null,
      ['a', [1, errorReply('ERR x')]],
      errorReply('NO y'),
    ];
    const client = await connect(await startServer((args) => replies[Number(args[1])]));
    const got = await Promise.all(replies.map((_, i) => client.call(['GIVE', String(i)])));
    expect(got).toEqual([
      Buffer.from('OK'),
      7,
      2n ** 62n,
      null,
      [Buffer.from('a'), [1, errorReply('ERR x')]],
      errorReply('NO y'),
    ]);
  });

  test('RESP3 tells all kinds apart', async () => {
    const replies: Reply[] = [
      OK,
      true,
      { type: 'double', value: 1.5 },
      { type: 'map', entries: [[1, 2]] },
    ];
    const server = await startServer((args) =>
      args[0] === 'GIVE' ? replies[Number(args[1])] : undefined,
    );
    const client = await connect(server, { protocol: 3 });
    expect(client.resp3).toBe(true);
    const got = await Promise.all(replies.map((_, i) => client.call(['GIVE', String(i)])));
    expect(got).toEqual(replies);
  });

  test('a server without HELLO is spoken to in RESP2, types told apart all the same', async () => {
    const server = await startServer((args) => (args[0] === 'GIVE' ? OK : unknownCommand(args)));
    const client = await connect(server, { protocol: 3, clientName: 'me' });
    expect(client.resp3).toBe(false);
    expect(await client.call(['GIVE'])).toEqual(OK);
    expect(server.commands).toEqual(['HELLO 3', 'CLIENT SETNAME me', 'GIVE']);
  });
});

describe('login', () => {
  const guarded: Script = (args) => {
    if (args[0] === 'HELLO') return undefined;
    if (args[0] === 'AUTH') return args.at(-1) === 'right' ? OK : errorReply('WRONGPASS no');
    return OK;
  };

  test('the password goes first', async () => {
    const server = await startServer(guarded);
    await connect(server, { password: 'right' });
    expect(server.commands).toEqual(['AUTH right']);
    const named = await startServer(guarded);
    await connect(named, { username: 'ann', password: 'right' });
    expect(named.commands).toEqual(['AUTH ann right']);
  });

  test('a wrong password is REFUSED, with the server’s own words', async () => {
    const server = await startServer(guarded);
    await expect(connect(server, { password: 'wrong' })).rejects.toMatchObject({
      code: 'REFUSED',
      message: `${server.address} refused the login: WRONGPASS no`,
    });
    const resp3 = await startServer(() => errorReply('WRONGPASS no'));
    await expect(connect(resp3, { password: 'x', protocol: 3 })).rejects.toMatchObject({
      code: 'REFUSED',
    });
  });
});

describe('what goes wrong', () => {
  test('nobody listens: REFUSED, and nothing was sent', async () => {
    const server = await startServer(echo);
    const { address } = server;
    await server.stop();
    await expect(RespClient.connect({ address })).rejects.toMatchObject({
      code: 'REFUSED',
      sent: false,
      message: `cannot connect to ${address}: connection refused`,
    });
  });

  test('no address at all: REFUSED', async () => {
    await expect(RespClient.connect({ address: 'nonsense' })).rejects.toMatchObject({
      code: 'REFUSED',
      message: "'nonsense' is not a host:port",
    });
  });

  test('no reply in time: TIMEOUT; the connection goes on without the late reply', async () => {
    const server = await startServer((args) => (args[0] === 'SLOW' ? undefined : args[1]));
    const client = await connect(server);
    const slow = client.call(['SLOW'], { timeoutMs: 20 });
    const behind = client.call(['ECHO', 'next']);
    await expect(slow).rejects.toMatchObject({
      code: 'TIMEOUT',
      sent: true,
      message: `SLOW: no reply from ${server.address} within 20 ms`,
    });
    await until(() => server.commands.length === 2);
    server.connections[0]?.fill(0, 'late');
    expect(replyText(await behind)).toBe('next');
  });

  test('the server goes away: CLOSED for all that wait and all that come later', async () => {
    const server = await startServer((args) => (args[0] === 'SLOW' ? undefined : OK));
    const ends: unknown[] = [];
    const client = await connect(server, { onClose: (error) => ends.push(error?.code) });
    const waiting = [client.call(['SLOW']), client.call(['SLOW'])];
    await until(() => server.commands.length === 2);
    server.connections[0]?.destroy();
    for (const one of waiting)
      await expect(one).rejects.toMatchObject({ code: 'CLOSED', sent: true });
    await expect(client.call(['ECHO'])).rejects.toMatchObject({ code: 'CLOSED', sent: false });
    expect(ends).toEqual(['CLOSED']);
    expect(client.closed).toBe(true);
  });

  test('close by us rejects what waits and reports no error', async () => {
    const server = await startServer(() => undefined);
    const ends: unknown[] = [];
    const client = await connect(server, { onClose: (error) => ends.push(error) });
    const waiting = client.call(['SLOW']);
    client.close();
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' });
    expect(ends).toEqual([null]);
  });

  test.each([2, 3] as const)('no RESP at all: PROTOCOL (RESP%i parser)', async (protocol) => {
    const raw = await startRaw('HTTP/1.1 400 Bad Request\r\n\r\n');
    const client = connect(raw, { protocol, password: 'x' });
    await expect(client).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: `${raw.address} does not answer in RESP: unexpected type byte 0x48`,
    });
  });

  test('a message beyond the limit: PROTOCOL', async () => {
    const raw = await startRaw('$999999999\r\n');
    const client = await connect(raw);
    await expect(client.call(['GET', 'a'])).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: `${raw.address} does not answer in RESP: a message is larger than 134217728 bytes`,
    });
  });

  test('an answer too many: PROTOCOL', async () => {
    const ends: unknown[] = [];
    const raw = await startRaw('+OK\r\n+OK\r\n');
    const client = await connect(raw, { onClose: (error) => ends.push(error?.code) });
    await client.call(['PING']);
    await until(() => ends.length > 0);
    expect(ends).toEqual(['PROTOCOL']);
  });
});

describe('streams', () => {
  const watchable: Script = (args, connection) => {
    if (args[0] === 'RAFT') {
      const message = (kind: string, json: string): Reply => ({
        type: 'push',
        items: ['raft-watch', kind, json],
      });
      setImmediate(() => {
        connection.push(message('figures', '{"b":"€"}'));
        connection.push(message('trace', '[]'));
      });
      return message('status', `{"args":"${args.join(' ')}"}`);
    }
    if (args[0] === 'HELLO') return undefined;
    return args[0] === 'ECHO' ? (args[1] ?? '') : unknownCommand(args);
  };

  test.each([2, 3] as const)('RAFT WATCH in RESP%i', async (protocol) => {
    const client = await connect(await startServer(watchable), { protocol });
    const messages: [string, string][] = [];
    const refused = await client.watch({ events: true, intervalMs: 250 }, (kind, json) =>
      messages.push([kind, json]),
    );
    expect(refused).toBeNull();
    await until(() => messages.length === 3);
    expect(messages).toEqual([
      ['status', '{"args":"RAFT WATCH EVENTS INTERVAL 250"}'],
      ['figures', '{"b":"€"}'],
      ['trace', '[]'],
    ]);
  });

  test('a watch behind other commands begins at its own answer', async () => {
    const client = await connect(await startServer(watchable));
    const messages: string[] = [];
    const before = client.call(['ECHO', 'first']);
    const watching = client.watch({}, (kind) => messages.push(kind));
    expect(replyText(await before)).toBe('first');
    expect(await watching).toBeNull();
    await until(() => messages.length === 3);
    await expect(client.call(['ECHO', 'x'])).rejects.toMatchObject({
      code: 'PROTOCOL',
      sent: false,
    });
  });

  test('in RESP3 commands and pushes share the connection', async () => {
    const client = await connect(await startServer(watchable), { protocol: 3 });
    const messages: string[] = [];
    await client.watch({}, (kind) => messages.push(kind));
    expect(replyText(await client.call(['ECHO', 'x']))).toBe('x');
    await until(() => messages.length === 3);
  });

  test('a refused watch is an error reply, and the connection stays usable', async () => {
    const server = await startServer((args) => (args[0] === 'ECHO' ? 'x' : unknownCommand(args)));
    const client = await connect(server);
    const refused = await client.watch({}, () => expect.unreachable());
    expect(refused).toEqual(errorReply("ERR unknown command 'RAFT'"));
    expect(replyText(await client.call(['ECHO']))).toBe('x');
  });

  test('a watch that gets something else ends with PROTOCOL', async () => {
    const ends: unknown[] = [];
    const client = await connect(await startServer(() => 'hello'), {
      onClose: (error) => ends.push(error?.code),
    });
    await client.watch({}, () => expect.unreachable()).catch(() => undefined);
    expect(ends).toEqual(['PROTOCOL']);
  });
});
