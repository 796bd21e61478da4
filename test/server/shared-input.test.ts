import { once } from 'node:events';
import { createServer, Socket, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';

import { SharedInput } from '../../node-engine/server/shared-input.ts';
import { RawClient, until } from './raw-client.ts';

const servers: Server[] = [];
const clients: RawClient[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const server of servers.splice(0)) server.close();
});

/** A client, the socket that took its connection over, and what that has read. */
interface Adopted {
  readonly client: RawClient;
  readonly socket: Socket;
  readonly read: { text: string; memory: ArrayBufferLike | null };
}

/** Connections as a listener adopts them: once their first bytes, `hi`, are in. */
async function adopt(input: SharedInput): Promise<Adopted> {
  const read: Adopted['read'] = { text: '', memory: null };
  const server = createServer({ allowHalfOpen: true });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const adopted = new Promise<Socket | null>((resolve) => {
    server.once('connection', (accepted: Socket) => {
      accepted.once('data', (first: Buffer) => {
        read.text += first.toString('latin1');
        const take = (bytes: Uint8Array): void => {
          read.text += Buffer.from(bytes).toString('latin1');
          read.memory = bytes.buffer;
        };
        resolve(input.adopt(accepted, take));
      });
    });
  });
  const address = server.address();
  const client = await RawClient.open(typeof address === 'object' ? (address?.port ?? 0) : 0);
  clients.push(client);
  client.send('hi');
  const socket = await adopted;
  if (socket === null) throw new Error('this version of Node does not let a connection be adopted');
  return { client, socket, read };
}

describe('shared input', () => {
  test('connections read into one memory, and none gets the bytes of another', async () => {
    const input = new SharedInput();
    const all = [await adopt(input), await adopt(input), await adopt(input)];
    for (const [at, { client }] of all.entries()) client.send(String(at).repeat(100_000));
    for (const [at, { read }] of all.entries()) {
      await until(() => read.text.length === 100_002);
      expect(read.text).toBe(`hi${String(at).repeat(100_000)}`);
    }
    const memory = new Set(all.map(({ read }) => read.memory));
    expect(memory.size).toBe(1);
    // A view that was kept by mistake holds nothing of anybody.
    const bytes = new Uint8Array(all[0]?.read.memory ?? new ArrayBuffer(1));
    expect(bytes.length).toBeGreaterThan(1_000);
    expect(bytes.every((byte) => byte === 0)).toBe(true);
  });

  test('what is written arrives, and the client may be done sending before', async () => {
    const { client, socket, read } = await adopt(new SharedInput());
    socket.on('end', () => socket.end(`bye after ${read.text}`));
    client.send(' there');
    client.socket.end();
    expect(await client.receiveAll()).toBe('bye after hi there');
  });

  test('a paused connection reads no further until it is resumed', async () => {
    const input = new SharedInput();
    const paused = await adopt(input);
    const other = await adopt(input);
    paused.socket.pause();
    expect(paused.socket.isPaused()).toBe(true);
    paused.client.send('x'.repeat(100_000));
    other.client.send('y'.repeat(100_000));
    await until(() => other.read.text.length === 100_002);
    expect(paused.read.text).toBe('hi');
    paused.socket.resume();
    await until(() => paused.read.text.length === 100_002);
  });

  test('a connection that the other side resets is closed', async () => {
    const { client, socket } = await adopt(new SharedInput());
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    client.reset();
    await closed;
    expect(socket.destroyed).toBe(true);
  });

  test('what is no plain connection is left as it is', () => {
    const socket = new Socket();
    expect(new SharedInput().adopt(socket, () => undefined)).toBeNull();
    expect(socket.destroyed).toBe(false);
  });
});
