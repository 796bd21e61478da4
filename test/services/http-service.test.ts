import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';

import { httpService, type RunningNode } from '../../node-engine/framework.ts';
import type { UserSource } from '../../node-engine/node/auth/users.ts';
import { kv } from '../../node-engine/machines/kv/kv.ts';
import { jsonOf } from '../../node-engine/services/http/json-reply.ts';
import { until } from '../cluster/raftdeck-process.ts';
import { leading, NodesInProcess } from '../node/nodes-in-process.ts';

const all = new NodesInProcess();
let node: RunningNode;
let token = '';
const log: string[] = [];

beforeAll(async () => {
  node = await leading(
    await all.open(kv, {
      services: [httpService({ hosts: ['db.example:80'] })],
      log: (_, text) => log.push(text),
    }),
  );
  token = readFileSync(join(all.directoryOf('1'), 'http.token'), 'utf8').trim();
});

afterAll(async () => {
  await all.dispose();
});

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

async function ask(
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: string; to?: RunningNode } = {},
): Promise<Answer> {
  const [host, port] = (options.to ?? node).address.split(':');
  const sent = request({ host, port, method, path, headers: options.headers ?? {} });
  sent.end(options.body);
  const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body };
}

function run(body: string, headers: Record<string, string> = {}): Promise<Answer> {
  const own = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` };
  return ask('POST', '/command', { body, headers: { ...own, ...headers } });
}

/** Bytes over a bare connection until the node closes it, or `enough` has come. */
async function bare(bytes: string, enough?: string): Promise<string> {
  const socket = connect(Number(node.address.split(':')[1]), '127.0.0.1');
  socket.write(bytes);
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString();
    if (enough !== undefined && received.includes(enough)) socket.end();
  });
  await once(socket, 'close');
  return received;
}

test('healthz and readyz answer, also to HEAD', async () => {
  expect(await ask('GET', '/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
  expect(await ask('GET', '/readyz?x=1')).toMatchObject({ status: 200, body: 'ok\n' });
  expect(await ask('HEAD', '/healthz')).toMatchObject({ status: 200, body: '' });
});

test('a node that is in no cluster is alive and not ready, and says why', async () => {
  const waiting = await all.open(kv, { id: 'w', wait: true, services: [httpService()] });
  expect(await ask('GET', '/healthz', { to: waiting })).toMatchObject({ status: 200 });
  const { status, body } = await ask('GET', '/readyz', { to: waiting });
  expect(status).toBe(503);
  expect(body.trim()).not.toBe('');
});

test('metrics are in the text format of Prometheus, each name with help and type once', async () => {
  await run('["SET","m","1"]');
  const { status, type, body } = await ask('GET', '/metrics');
  expect({ status, type }).toEqual({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
  });
  const lines = body.trimEnd().split('\n');
  const helps = lines
    .filter((line) => line.startsWith('# HELP '))
    .map((line) => line.split(' ')[2]);
  expect(new Set(helps).size).toBe(helps.length);
  for (const line of lines) {
    expect(line).toMatch(
      /^(# (HELP|TYPE) raftdeck_[a-z0-9_]+ .+|raftdeck_[a-z0-9_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+-]+)$/,
    );
  }
  expect(body).toContain('raftdeck_role{role="leader"} 1\n');
  expect(body).toMatch(/^raftdeck_writes_total [1-9]/mu);
  expect(body).toMatch(/^raftdeck_has_leader 1$/mu);
});

test('a command goes in as JSON and its reply comes out as JSON', async () => {
  expect(await run('["SET","k","wörd"]')).toMatchObject({ status: 200, body: '"OK"\n' });
  expect(await run('["GET","k"]')).toMatchObject({ status: 200, body: '"wörd"\n' });
  expect(await run('["GET","nothing"]')).toMatchObject({ status: 200, body: 'null\n' });
  expect(await run('["SET","n",41]')).toMatchObject({ status: 200 });
  expect(await run('["INCR","n"]')).toMatchObject({ status: 200, body: '42\n' });
  expect(await run('["MGET","k","n","x"]')).toMatchObject({ body: '["wörd","42",null]\n' });
  expect(await run('["GET"]')).toMatchObject({
    status: 400,
    body: `{"error":"ERR wrong number of arguments for 'get' command"}\n`,
  });
});

test('a node that does not lead says where to go', async () => {
  const follower = await all.open(kv, {
    id: 'f',
    join: node.address,
    services: [httpService({ token: 'follow me' })],
  });
  await until('it follows', 20_000, () => follower.leader() === node.address);
  const headers = { 'Content-Type': 'application/json', Authorization: 'Bearer wrong' };
  const body = '["SET","k","v"]';
  expect(await ask('POST', '/command', { to: follower, headers, body })).toMatchObject({
    status: 401,
  });
  const spaced = { ...headers, Authorization: 'Bearer follow me' };
  expect((await ask('POST', '/command', { to: follower, headers: spaced, body })).status).toBe(401);
});

test.each([
  ['no token', { Authorization: '' }, 401],
  ['a wrong token', { Authorization: 'Bearer 0000' }, 401],
  ['another scheme', { Authorization: 'Basic eDp5' }, 401],
  ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }, 415],
  ['plain text', { 'Content-Type': 'text/plain' }, 415],
  ['a foreign origin', { Origin: 'http://evil.example' }, 403],
  ['a sandboxed page', { Origin: 'null' }, 403],
  ['a foreign name', { Host: 'evil.example:7481' }, 421],
  ['this machine on another port', { Host: 'localhost:1' }, 421],
])('POST /command with %s is refused', async (_, headers, status) => {
  await run('["SET","guard","before"]');
  const answer = await run('["SET","guard","after"]', headers);
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.body)).toHaveProperty('error');
  expect((await run('["GET","guard"]')).body).toBe('"before"\n');
});

test('where there are users, they come in with Basic and do what their role says', async () => {
  const users: readonly UserSource[] = [
    { name: 'default', role: 'admin', password: 'master' },
    { name: 'ada', role: 'read-write', password: 'pass:word é' },
    { name: 'eye', role: 'read-only', password: 'see' },
  ];
  const to = await all.open(kv, { services: [httpService({ token: 'secret' })], users });
  await leading(to);
  const basic = (login: string): string => `Basic ${Buffer.from(login).toString('base64')}`;
  const post = async (Authorization: string, body: string): Promise<string> => {
    const headers = { 'Content-Type': 'application/json', Authorization };
    const answer = await ask('POST', '/command', { to, headers, body });
    return `${answer.status} ${answer.body.trim()}`;
  };
  expect(await post(basic('ada:pass:word é'), '["SET","k","v"]')).toBe('200 "OK"');
  expect(await post(basic('eye:see'), '["GET","k"]')).toBe('200 "v"');
  expect(await post(basic('eye:see'), '["SET","k","x"]')).toMatch(/^403 .*NOPERM User eye /);
  expect(await post(basic('ada:pass:word é'), '["SHUTDOWN"]')).toMatch(/^403 .*NOPERM User ada /);
  for (const login of [':master', 'default:master']) {
    expect(await post(basic(login), '["GET","k"]')).toBe('200 "v"');
  }
  expect(await post('Bearer secret', '["GET","k"]')).toBe('200 "v"');
  for (const wrong of ['eye:', 'eye:see ', ':see', 'eye', '', ':']) {
    expect(await post(basic(wrong), '["GET","k"]')).toMatch(/^401 .*or Basic with a user/);
  }
  expect(await post('Basic !!!', '["GET","k"]')).toMatch(/^401 /);

  const scrape = async (headers: Record<string, string>): Promise<number> =>
    (await ask('GET', '/metrics', { to, headers })).status;
  expect(await scrape({})).toBe(401);
  expect(await scrape({ Authorization: basic('eye:no') })).toBe(401);
  expect(await scrape({ Authorization: basic('eye:see') })).toBe(200);
  expect(await scrape({ Authorization: 'Bearer secret' })).toBe(200);
  // Whoever restarts a node or sends clients to it has no password.
  expect((await ask('GET', '/healthz', { to })).status).toBe(200);
  expect((await ask('GET', '/readyz', { to })).status).toBe(200);
});

test('its own names and origins are accepted', async () => {
  const port = node.address.split(':')[1] ?? '';
  for (const host of [`localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`, 'db.example:80']) {
    const answer = await run('["PING"]', { Host: host, Origin: `http://${host}` });
    expect({ host, ...answer }).toMatchObject({ status: 200, body: '"PONG"\n' });
  }
});

test.each(['', '{', '"PING"', '[]', '[null]', '[["PING"]]', '{"0":"PING"}', '[true]'])(
  'a body that is no command is refused: %s',
  async (body) => {
    expect((await run(body)).status).toBe(400);
  },
);

test('a body that is too large is refused', async () => {
  const answer = await run(JSON.stringify(['SET', 'k', 'x'.repeat(1024 * 1024)])).catch(
    (error: unknown) => error,
  );
  // The node may close before all of it is sent.
  if (!(answer instanceof Error)) expect(answer).toMatchObject({ status: 413 });
  expect((await run('["PING"]')).status).toBe(200);
});

test('other paths and methods are told so', async () => {
  expect((await ask('GET', '/')).status).toBe(404);
  expect((await ask('GET', '/__proto__')).status).toBe(404);
  expect((await ask('POST', '/metrics')).status).toBe(405);
  expect((await ask('GET', '/command')).status).toBe(405);
  expect((await ask('OPTIONS', '/command')).status).toBe(405);
});

test('inline GET stays a command on the same port', async () => {
  await run('["SET","a","1"]');
  expect(await bare('GET a\r\n', '1')).toBe('$1\r\n1\r\n');
  expect(await bare('GET a HTTP\r\nQUIT\r\n')).toContain('wrong number of arguments');
});

test('a request that stops in its headers is cut off', async () => {
  const hasty = await all.open(kv, { id: 'h', services: [httpService({ headersMs: 50 })] });
  const socket = connect(Number(hasty.address.split(':')[1]), '127.0.0.1');
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  socket.write('GET /healthz HTTP/1.1\r\nHost: ');
  await once(socket, 'close');
  expect(received).toBe('');
});

test('a request that comes in pieces is answered', async () => {
  const socket = connect(Number(node.address.split(':')[1]), '127.0.0.1');
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  const closed = once(socket, 'close');
  for (const part of ['GE', 'T /healthz HT', 'TP/1.1\r\nHo', `st: ${node.address}\r\n\r\n`]) {
    socket.write(part);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closed;
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(received.endsWith('\r\n\r\nok\n')).toBe(true);
});

test('the token is a file of this user alone, and the log says where', () => {
  const path = join(all.directoryOf('1'), 'http.token');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(log.some((line) => line.includes(path))).toBe(true);
  expect(log.some((line) => line.includes(token))).toBe(false);
});

test('without the service a request gets nothing and the connection is closed', async () => {
  const plain = await all.open(kv, { id: 'p' });
  await expect(ask('GET', '/healthz', { to: plain })).rejects.toThrow(/socket hang up|ECONNRESET/);
});

test('a node with a request under way answers it before it closes', async () => {
  const closing = await all.open(kv, { id: 'c', services: [httpService({ token: 't' })] });
  await leading(closing);
  const headers = { 'Content-Type': 'application/json', Authorization: 'Bearer t' };
  const answer = ask('POST', '/command', { to: closing, headers, body: '["SET","k","v"]' });
  const socket = connect(Number(closing.address.split(':')[1]), '127.0.0.1');
  socket.on('error', () => undefined);
  expect(await answer).toMatchObject({ status: 200 });
  await closing.close();
  socket.destroy();
});

test('replies of every type become JSON', () => {
  expect(jsonOf(9007199254740993n)).toBe('9007199254740993');
  expect(jsonOf(Uint8Array.of(0xff, 0))).toEqual({ base64: '/wA=' });
  expect(jsonOf({ type: 'double', value: Infinity })).toBe('Infinity');
  expect(jsonOf([{ type: 'error', text: 'ERR x' }, true])).toEqual([{ error: 'ERR x' }, true]);
  expect(jsonOf({ type: 'map', entries: [['__proto__', 1]] })).toEqual(
    Object.fromEntries([['__proto__', 1]]),
  );
  expect(jsonOf({ type: 'map', entries: [[1, 2]] })).toEqual([[1, 2]]);
  expect(jsonOf({ type: 'set', items: ['a'] })).toEqual(['a']);
});
