import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';

import { errorReply, OK } from '../../node-engine/resp/value.ts';
import type { CommandBatch } from '../../node-engine/resp/command-batch.ts';
import type { Connection } from '../../node-engine/server/connection.ts';
import {
  listen,
  ListenError,
  type RespServer,
  type ServerNotice,
  type ServerOptions,
} from '../../node-engine/server/listener.ts';
import { startsWith } from '../../node-engine/server/sniffer.ts';
import { arrayForm } from '../resp/request-stream.ts';
import { RawClient, until } from './raw-client.ts';

const PING = arrayForm(['PING']);
const PONG = '+PONG\r\n';

const servers: RespServer[] = [];
const clients: RawClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(servers.splice(0).map((server) => server.close({ drainMs: 0 })));
});

/** What a test server notes: the names of all commands handled, and the notices. */
interface Notes {
  readonly handled: string[];
  readonly notices: ServerNotice[];
}

async function start(
  options: Partial<ServerOptions> = {},
): Promise<{ server: RespServer; notes: Notes }> {
  const notes: Notes = { handled: [], notices: [] };
  const server = await listen({
    host: '127.0.0.1',
    port: 0,
    onCommands: (connection, batch) => {
      answerAtOnce(connection, batch, notes);
    },
    onNotice: (notice) => notes.notices.push(notice),
    ...options,
  });
  servers.push(server);
  return { server, notes };
}

function answerAtOnce(connection: Connection, batch: CommandBatch, notes: Notes): void {
  for (let i = 0; i < batch.count; i++) {
    const [name = '', value = ''] = batch.args(i).map((arg) => Buffer.from(arg).toString('latin1'));
    notes.handled.push(name);
    if (name === 'PING') connection.reply({ type: 'simple', text: 'PONG' });
    else if (name === 'ECHO') connection.reply(batch.arg(i, 1));
    else if (name === 'FILL') connection.reply('x'.repeat(Number(value)));
    else connection.reply(errorReply(`ERR unknown command '${name}'`));
  }
}

async function open(server: RespServer): Promise<RawClient> {
  const client = await RawClient.open(server.port);
  clients.push(client);
  return client;
}

describe('who is on the line', () => {
  test('a silent connection does not keep others waiting', async () => {
    const { server } = await start();
    await open(server);
    const peerLike = await open(server);
    peerLike.send('*');
    const client = await open(server);
    client.send(PING);
    expect(await client.receive(PONG.length)).toBe(PONG);
  });

  test('a client that is silent at first is a RESP client when its time is up', async () => {
    const { server } = await start({ limits: { sniffMs: 20 } });
    const client = await open(server);
    await until(() => server.connectionCount === 1);
    client.send(PING);
    expect(await client.receive(PONG.length)).toBe(PONG);
  });

  test('undecided first bytes are RESP when the time is up', async () => {
    const { server } = await start({ limits: { sniffMs: 20 } });
    const client = await open(server);
    client.send('P');
    await until(() => server.connectionCount === 1);
    client.send('ING\r\n');
    expect(await client.receive(PONG.length)).toBe(PONG);
  });

  test('TLS on a plain port is closed silently, with a notice', async () => {
    const { server, notes } = await start();
    const client = await open(server);
    client.send('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03');
    expect(await client.receiveAll()).toBe('');
    expect(notes.notices.map(({ kind, detail }) => [kind, detail])).toEqual([
      ['tls-refused', 'TLS on plain port'],
    ]);
  });

  test.each([
    'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    'POST /x HTTP/1.1\r\nContent-Length: 14\r\n\r\n*1\r\n$4\r\nPING\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'OPTIONS * HTTP/1.0\r\n',
    'CONNECT 127.0.0.1:80 HTTP/1.1\n',
  ])('HTTP is closed silently and runs nothing: %j', async (request) => {
    const { server, notes } = await start();
    for (const pieces of [
      [request],
      [request.slice(0, 3), request.slice(3, 9), request.slice(9)],
    ]) {
      const client = await open(server);
      for (const piece of pieces) {
        client.send(piece);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      expect(await client.receiveAll()).toBe('');
    }
    expect(notes.handled).toEqual([]);
    expect(notes.notices.map((notice) => notice.kind)).toEqual(['http-refused', 'http-refused']);
  });

  test.each(['POST', 'post', 'Host:', 'HOST: localhost'])(
    'the line %j ends a connection silently',
    async (line) => {
      const { server, notes } = await start();
      const client = await open(server);
      client.send(`PING\r\n${line}\r\n${PING}`);
      await client.receiveAll();
      expect(notes.handled).toEqual(['PING']);
      expect(notes.notices.map((notice) => notice.kind)).toEqual(['http-in-stream']);
    },
  );

  test('an inline GET is a command', async () => {
    const { server, notes } = await start();
    const client = await open(server);
    client.send('GET a\r\n');
    await client.receive(1);
    expect(notes.handled).toEqual(['GET']);
  });

  test('a sniffer takes the connections that begin its way, cut anywhere', async () => {
    const beginning = Buffer.from('*2\r\n$5\r\nHELLO');
    const taken: { socket: Socket; first: string }[] = [];
    const { server } = await start({
      sniffers: [
        {
          name: 'hello',
          recognise: (first) => startsWith(first, beginning),
          take: (socket, first) => {
            taken.push({ socket, first: Buffer.from(first).toString() });
            socket.on('error', () => socket.destroy());
            socket.on('data', (chunk: Buffer) => socket.write(chunk));
          },
        },
      ],
    });
    const peer = await open(server);
    peer.send('*2\r\n$5');
    await new Promise((resolve) => setTimeout(resolve, 5));
    peer.send('\r\nHELLO more');
    await until(() => taken.length === 1);
    expect(taken[0]?.first).toBe('*2\r\n$5\r\nHELLO more');
    peer.send('echo');
    expect(await peer.receive(4)).toBe('echo');
    expect(server.connectionCount).toBe(0);
    const client = await open(server);
    client.send('*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n');
    expect(await client.receive(8)).toBe('$2\r\nhi\r\n');
  });
});

describe('too many', () => {
  test('one client more than allowed is told so and closed; a free place is taken', async () => {
    const { server, notes } = await start({ limits: { clientsMax: 2 } });
    const [first, second, third] = [await open(server), await open(server), await open(server)];
    first.send(PING);
    second.send(PING);
    await first.receive(PONG.length);
    await second.receive(PONG.length);
    third.send(PING);
    expect(await third.receiveAll()).toBe('-ERR max number of clients reached\r\n');
    expect(notes.handled).toEqual(['PING', 'PING']);
    first.close();
    await until(() => server.connectionCount === 1);
    const fourth = await open(server);
    fourth.send(PING);
    expect(await fourth.receive(PONG.length)).toBe(PONG);
    expect([server.acceptedClients, server.refusedClients]).toEqual([3, 1]);
  });

  test('silent connections do not keep a new one out: the oldest of them goes', async () => {
    const { server, notes } = await start({ limits: { clientsMax: 1, undecidedMax: 2 } });
    const silent = [await open(server), await open(server), await open(server)];
    const client = await open(server);
    client.send(PING);
    expect(await client.receive(PONG.length)).toBe(PONG);
    await until(() => silent[0]?.closed === true);
    expect(silent.map((one) => one.closed)).toEqual([true, false, false]);
    expect(notes.notices.map((notice) => notice.kind)).toEqual(['max-clients']);
  });
});

describe('closing', () => {
  test('a port in use is a typed error that names the address', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const failed = listen({ host: '127.0.0.1', port, onCommands: () => expect.unreachable() });
    await expect(failed).rejects.toThrow(ListenError);
    await expect(failed).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
      message: `cannot listen on 127.0.0.1:${port}: the address is already in use`,
    });
    await new Promise((resolve) => other.close(resolve));
  });

  test('close answers what was taken, takes no more, and refuses newcomers', async () => {
    const taken: (readonly [Connection, number])[] = [];
    const { server } = await start({
      onCommands: (connection, batch) => taken.push([connection, connection.reserve(batch.count)]),
    });
    const client = await open(server);
    client.send(PING);
    await until(() => taken.length === 1);
    const closed = server.close({ drainMs: 10_000 });
    client.send(PING);
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (const [connection, ticket] of taken) connection.fill(ticket, OK);
    expect(await client.receiveAll()).toBe('+OK\r\n');
    await closed;
    expect(taken.length).toBe(1);
    const refused = await new Promise<string>((resolve) => {
      const late = connect({ host: '127.0.0.1', port: 1 });
      late.on('error', (error: NodeJS.ErrnoException) => {
        resolve(error.code ?? '');
      });
    });
    expect(refused).toBe('ECONNREFUSED');
  });

  test('close cuts off what is not answered in time', async () => {
    const { server } = await start({
      onCommands: (connection, batch) => connection.reserve(batch.count),
    });
    const client = await open(server);
    client.send(PING);
    await until(() => server.connectionCount === 1);
    await server.close({ drainMs: 20 });
    expect(await client.receiveAll()).toBe('');
  });
});
