import WebSocket from 'ws';

import type { Result } from '../../main/contract/errors.ts';
import type { WireResponse } from '../../main/contract/wire.ts';
import { startWebServer } from '../../main/web/web-server.ts';
import { enter, openSocket, TEST_FILES } from '../web/web-client.ts';
import { bindingSuite, type BindingClient } from './binding.suite.ts';

bindingSuite('the WebSocket binding', async (host, log) => {
  const server = await startWebServer({ host: host.service, files: TEST_FILES, port: 0, log });
  const { port } = server;
  const cookie = (await enter(port, server.newLink())) ?? '';
  return {
    connect: async () => {
      const origin = `http://127.0.0.1:${String(port)}`;
      const socket = await openSocket(port, { cookie, origin });
      if (typeof socket === 'number') throw new Error(`refused with status ${String(socket)}`);
      return clientOf(socket);
    },
    close: () => server.close(),
  };
});

/** The wire format spoken by hand, so that the test does not lean on the renderer. */
function clientOf(socket: WebSocket): BindingClient {
  const calls = new Map<number, (result: Result<unknown>) => void>();
  const listeners = new Map<number, (payload: unknown) => void>();
  let next = 1;
  socket.on('message', (data) => {
    if (!Buffer.isBuffer(data)) throw new Error('the host sends text');
    const message = JSON.parse(data.toString('utf8')) as WireResponse;
    if ('push' in message) listeners.get(message.push.key)?.(message.push.payload);
    else calls.get(message.id)?.(message.result);
  });
  const send = (message: unknown): void => socket.send(JSON.stringify(message));
  return {
    call: (name, request) =>
      new Promise((resolve) => {
        const id = next++;
        calls.set(id, resolve);
        send({ id, call: name, request });
      }),
    subscribe: (subscription, listener) => {
      const key = next++;
      listeners.set(key, listener);
      send({ subscribe: { key, subscription } });
      return () => send({ unsubscribe: { key } });
    },
    close: async () => {
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.close();
      await closed;
    },
  };
}
