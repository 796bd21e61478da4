import type { OutgoingHttpHeaders } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';

import type { Result } from '../../main/contract/errors.ts';
import { startWebServer, type WebServer } from '../../main/web/web-server.ts';
import { FakeHost } from '../contract/fake-host.ts';
import {
  enter,
  fetchRaw,
  type HttpAnswer,
  openSocket,
  sendBytes,
  TEST_FILES,
} from './web-client.ts';

let host: FakeHost;
let server: WebServer;
let port: number;
let cookie: string;
/** Time as the rate limits see it: it moves on with every request, except in a flood. */
let clockMs = 0;
let stepMs = 1000;

function nowMs(): number {
  clockMs += stepMs;
  return clockMs;
}

beforeEach(async () => {
  stepMs = 1000;
  host = new FakeHost();
  server = await startWebServer({
    host: host.service,
    files: TEST_FILES,
    port: 0,
    log: () => undefined,
    nowMs,
  });
  port = server.port;
  cookie = (await enter(port, server.newLink())) ?? '';
});

afterEach(async () => {
  await server.close();
});

const origin = (): string => `http://127.0.0.1:${String(port)}`;

describe('who is let in', () => {
  test('of 5 hosts, 5 origins and 3 cookies exactly the one right cell is served', async () => {
    const hosts = [
      `127.0.0.1:${String(port)}`,
      `localhost:${String(port)}`,
      `evil.example:${String(port)}`,
      '127.0.0.1',
      `0.0.0.0:${String(port)}`,
    ];
    const origins = [
      origin(),
      `http://127.0.0.1:${String(port + 1)}`,
      `https://127.0.0.1:${String(port)}`,
      'http://evil.example',
      'null',
    ];
    const cookies = [cookie, '', `${cookie.slice(0, -1)}${cookie.endsWith('A') ? 'B' : 'A'}`];
    const served: string[] = [];
    const upgraded: string[] = [];
    for (const [row, hostHeader] of hosts.entries()) {
      for (const [column, originHeader] of origins.entries()) {
        for (const [depth, cookieHeader] of cookies.entries()) {
          const headers = { host: hostHeader, origin: originHeader, cookie: cookieHeader };
          const cell = [row, column, depth].join('/');
          const answer = await fetchRaw(port, '/', { headers });
          if (answer.status === 200) served.push(cell);
          else expect([cell, answer.status]).toEqual([cell, row > 0 || column > 0 ? 403 : 401]);
          const socket = await openSocket(port, headers);
          if (typeof socket === 'number') continue;
          upgraded.push(cell);
          socket.terminate();
        }
      }
    }
    expect(served).toEqual(['0/0/0']);
    expect(upgraded).toEqual(['0/0/0']);
  });

  test('a page without an Origin header is served: browsers send none when one types an address', async () => {
    expect((await fetchRaw(port, '/', { headers: { cookie } })).status).toBe(200);
  });

  test('a WebSocket without an Origin header is refused: browsers always send one', async () => {
    expect(await openSocket(port, { cookie })).toBe(403);
  });

  test('a link lets in once; the second use is refused and says so', async () => {
    const link = server.newLink();
    expect(await enter(port, link)).toMatch(/^raftdeck-\d+=[\w-]{43}$/);
    const { pathname, search } = new URL(link);
    const again = await fetchRaw(port, `${pathname}${search}`);
    expect(again.status).toBe(401);
    expect(again.headers['set-cookie']).toBeUndefined();
    expect(again.body).toContain('used already');
  });

  test('whoever is in may reload the link', async () => {
    const { pathname, search } = new URL(server.newLink());
    await fetchRaw(port, `${pathname}${search}`);
    const again = await fetchRaw(port, `${pathname}${search}`, { headers: { cookie } });
    expect(again.status).toBe(200);
  });

  test('the cookie is out of reach of scripts and other sites, and the token leaves the address', async () => {
    const { pathname, search } = new URL(server.newLink());
    const answer = await fetchRaw(port, `${pathname}${search}`);
    expect(answer.headers['set-cookie']?.[0]).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
    expect(answer.body).toContain('<meta http-equiv="refresh" content="0;url=/">');
    // Without a word about it a browser asks for /favicon.ico, and complains that there is none.
    expect(answer.body).toContain('<link rel="icon" href="data:,">');
    expect(answer.headers['referrer-policy']).toBe('no-referrer');
  });

  test('a token is only taken at the root', async () => {
    const { search } = new URL(server.newLink());
    expect((await fetchRaw(port, `/assets/main.js${search}`)).status).toBe(401);
  });

  test('a person who comes without a session reads why, a program gets JSON', async () => {
    const page = await fetchRaw(port, '/', { headers: { accept: 'text/html' } });
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.body).toContain('Open the link');
    expect(page.body).toContain('<link rel="icon" href="data:,">');
    const program = await fetchRaw(port, '/');
    expect(JSON.parse(program.body)).toMatchObject({ error: { code: 'E_HTTP_401' } });
  });
});

describe('what is served', () => {
  test('files come from the table, whatever the path tries', async () => {
    const paths: readonly (readonly [string, number])[] = [
      ['/', 200],
      ['/index.html', 200],
      ['/assets/main.js', 200],
      ['/assets/../index.html', 200],
      ['/../package.json', 404],
      ['/..%2f..%2fetc/passwd', 404],
      ['/%2e%2e/%2e%2e/etc/passwd', 404],
      ['/assets\\..\\..\\package.json', 404],
      ['/assets/', 404],
      ['/__proto__', 404],
      ['/constructor', 404],
      ['/index.html%00.js', 404],
      ['//elsewhere/index.html', 400],
      ['http://evil.example/', 400],
    ];
    for (const [path, status] of paths) {
      const answer = await fetchRaw(port, path, { headers: { cookie } });
      expect([path, answer.status]).toEqual([path, status]);
    }
  });

  test('every answer carries the security headers and no permission for other origins', async () => {
    const answers = [
      await fetchRaw(port, '/', { headers: { cookie } }),
      await fetchRaw(port, '/none', { headers: { cookie } }),
      await fetchRaw(port, '/'),
      await fetchRaw(port, '/', { headers: { host: 'evil.example' } }),
    ];
    for (const { headers } of answers) {
      expect(headers['content-security-policy']).toContain("default-src 'none'");
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['content-security-policy']).not.toContain('unsafe');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['x-frame-options']).toBe('DENY');
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  test('HEAD gives the headers of GET without a body', async () => {
    const answer = await fetchRaw(port, '/', { method: 'HEAD', headers: { cookie } });
    expect([answer.status, answer.body]).toEqual([200, '']);
    expect(answer.headers['content-length']).toBe('23');
  });

  test('other methods are refused, and a preflight grants nothing', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
      const answer = await fetchRaw(port, '/', { method, headers: { cookie } });
      expect([method, answer.status]).toEqual([method, 405]);
      expect(answer.headers.allow).toBe('GET, HEAD');
    }
  });
});

describe('bad requests', () => {
  test('a body of more than 1 MiB is refused before it is read', async () => {
    const head = `POST / HTTP/1.1\r\nHost: 127.0.0.1:${String(port)}\r\nCookie: ${cookie}\r\n`;
    const answer = await sendBytes(port, `${head}Content-Length: 2000000\r\n\r\nx`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  test.each([
    ['no HTTP', 'SET hello world\r\n\r\n', 400],
    [
      'both lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc',
      400,
    ],
    ['a bad chunk', 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n', 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['long headers', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
  ])('%s', async (_name, bytes, status) => {
    const answer = await sendBytes(port, bytes);
    const statusLine = answer.split('\r\n')[0];
    // A request that is complete may be refused for its Host before its body turns out to be bad.
    expect(statusLine).toMatch(new RegExp(`^HTTP/1\\.1 (${String(status)}|403) `));
    expect(host.calls).toEqual([]);
  });

  test('an address of more than 4 KiB is refused', async () => {
    const answer = await fetchRaw(port, `/${'a'.repeat(5_000)}`, { headers: { cookie } });
    expect(answer.status).toBe(414);
  });

  test('strangers who knock in a flood are refused, and do not keep out who is in', async () => {
    stepMs = 0;
    const knocks = await Promise.all(Array.from({ length: 150 }, () => fetchRaw(port, '/')));
    expect(new Set(knocks.map(({ status }) => status))).toEqual(new Set([401, 429]));
    expect((await fetchRaw(port, '/', { headers: { cookie } })).status).toBe(200);
  });
});

describe('bad messages on the WebSocket', () => {
  async function connected(): Promise<WebSocket> {
    const socket = await openSocket(port, { cookie, origin: origin() });
    if (typeof socket === 'number') throw new Error(`refused with status ${String(socket)}`);
    return socket;
  }

  function closeOf(socket: WebSocket): Promise<{ readonly code: number; readonly reason: string }> {
    return new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }));
    });
  }

  test.each<[string, string | Buffer, number]>([
    ['no JSON', '{"id":1,', 1008],
    ['no object', '[]', 1008],
    ['nothing known', '{"hello":1}', 1008],
    ['a call without an id', '{"call":"appInfo","request":{}}', 1008],
    ['an id that is no number', '{"id":"1","call":"appInfo","request":{}}', 1008],
    ['an unknown topic', '{"subscribe":{"key":1,"subscription":{"topic":"x"}}}', 1008],
    ['bytes', Buffer.from([1, 2, 3]), 1008],
    ['more than 1 MiB', 'x'.repeat(1024 * 1024 + 1), 1009],
  ])('%s ends it', async (_name, message, code) => {
    const socket = await connected();
    const closed = closeOf(socket);
    socket.send(message);
    expect((await closed).code).toBe(code);
    expect(host.calls).toEqual([]);
  });

  test('the end of a subscription that never was is no fault', async () => {
    const socket = await connected();
    socket.send('{"unsubscribe":{"key":99}}');
    const answer = new Promise((resolve) => {
      socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString('utf8'))));
    });
    socket.send('{"id":5,"call":"appInfo","request":{}}');
    expect(await answer).toEqual({ id: 5, result: { ok: true, value: null } });
    socket.terminate();
  });

  test('a key that is in use ends it', async () => {
    const socket = await connected();
    const closed = closeOf(socket);
    const subscribe = '{"subscribe":{"key":1,"subscription":{"topic":"clusters"}}}';
    socket.send(subscribe);
    socket.send(subscribe);
    expect((await closed).code).toBe(1008);
  });

  test('a path that is not the socket is none', async () => {
    expect(await openSocket(port, { cookie, origin: origin() }, '/other')).toBe(404);
  });

  test('a browser that does not read gets the newest picture when it reads again', async () => {
    const socket = await connected();
    const terms: number[] = [];
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as { push: { payload: { term?: number } } };
      if (message.push.payload.term !== undefined) terms.push(message.push.payload.term);
    });
    socket.send('{"subscribe":{"key":1,"subscription":{"topic":"cluster","clusterId":"c1"}}}');
    await expect.poll(() => host.subscriptions).toBe(1);
    socket.pause();
    const filler = 'x'.repeat(64 * 1024);
    for (let term = 1; term <= 400; term += 1) {
      host.push({ topic: 'cluster', clusterId: 'c1' }, { term, filler });
    }
    socket.resume();
    await expect.poll(() => terms.at(-1)).toBe(400);
    expect(terms.length).toBeLessThan(200);
    expect(terms).toEqual([...terms].sort((left, right) => left - right));
    socket.terminate();
  });
});

describe('files that were offered', () => {
  const bytes = Buffer.from('the whole file');

  function offer(cut = false): string[] {
    const taken: string[] = [];
    host.download = async (token) => {
      taken.push(token);
      const send = async (sink: (part: Uint8Array) => Promise<void>): Promise<Result<null>> => {
        await sink(bytes.subarray(0, 4));
        if (cut) return { ok: false, error: { code: 'E_UNREACHABLE', message: 'node-1 is gone' } };
        await sink(bytes.subarray(4));
        return { ok: true, value: null };
      };
      return { ok: true, value: { fileName: 'a.bin', sizeBytes: bytes.length, send } };
    };
    return taken;
  }

  test('are sent to who is let in, as something to save', async () => {
    const taken = offer();
    const headers = { cookie, origin: origin() };
    const answer = await fetchRaw(port, '/download/abc', { headers });
    expect([answer.status, answer.body]).toEqual([200, 'the whole file']);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename="a.bin"',
      'x-content-type-options': 'nosniff',
    });
    expect(taken).toEqual(['abc']);
  });

  test('are not even asked for by anybody else, nor by HEAD', async () => {
    const taken = offer();
    const ask = (headers: OutgoingHttpHeaders, method = 'GET'): Promise<HttpAnswer> =>
      fetchRaw(port, '/download/abc', { headers, method });
    expect((await ask({})).status).toBe(401);
    expect((await ask({ cookie, origin: 'http://evil.example' })).status).toBe(403);
    expect((await ask({ cookie, host: 'evil.example' })).status).toBe(403);
    expect((await ask({ cookie }, 'HEAD')).status).toBe(404);
    expect((await ask({ cookie }, 'POST')).status).toBe(405);
    expect(taken).toEqual([]);
  });

  test('that break off in the middle do not look whole', async () => {
    offer(true);
    await expect(fetchRaw(port, '/download/abc', { headers: { cookie } })).rejects.toThrow(
      /aborted|hang up/,
    );
  });

  test('that are not there any more are said to be gone', async () => {
    const answer = await fetchRaw(port, '/download/abc', { headers: { cookie } });
    expect([answer.status, answer.body]).toEqual([404, expect.stringContaining('already')]);
  });
});
