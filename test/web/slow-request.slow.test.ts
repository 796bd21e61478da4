import { connect } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { startWebServer, type WebServer } from '../../main/web/web-server.ts';
import { FakeHost } from '../contract/fake-host.ts';
import { enter, fetchRaw, sendBytes, TEST_FILES } from './web-client.ts';

let server: WebServer;

beforeEach(async () => {
  const host = new FakeHost();
  const log = (): void => undefined;
  server = await startWebServer({ host: host.service, files: TEST_FILES, port: 0, log });
});

afterEach(async () => {
  await server.close();
});

test('a request that does not end in time is answered with 408', async () => {
  const head = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${String(server.port)}\r\nX-Slow: `;
  const startedMs = performance.now();
  expect(await sendBytes(server.port, head)).toMatch(/^HTTP\/1\.1 408 /);
  expect(performance.now() - startedMs).toBeLessThan(15_000);
});

test('silent connections do not keep out who is in for long', async () => {
  const cookie = (await enter(server.port, server.newLink())) ?? '';
  const silent = Array.from({ length: 200 }, () => {
    const socket = connect({ host: '127.0.0.1', port: server.port });
    // Beyond its limit the server closes them at once.
    socket.on('error', () => undefined);
    return socket;
  });
  try {
    await expect
      .poll(
        async () => {
          const answer = await fetchRaw(server.port, '/', { headers: { cookie } }).catch(
            () => null,
          );
          return answer?.status;
        },
        { timeout: 30_000, interval: 500 },
      )
      .toBe(200);
  } finally {
    for (const socket of silent) socket.destroy();
  }
});
