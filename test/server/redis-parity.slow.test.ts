import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { CommandBatch } from '../../node-engine/resp/command-batch.ts';
import type { Connection } from '../../node-engine/server/connection.ts';
import { listen, type RespServer } from '../../node-engine/server/listener.ts';
import { until } from '../cluster/raftdeck-process.ts';
import { arrayForm } from '../resp/request-stream.ts';

/*
 * The same bytes go to a real redis-server and to ours, and both must answer alike, byte for byte: what
 * is a request, what is an error, what is answered before it, and who closes.
 */

function findRedis(): string | null {
  try {
    return execFileSync('redis-server', ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}

const redis = findRedis();
if (redis === null)
  console.log('skipped: redis-server is not installed, so nothing to compare with');

/** The few commands that the comparison needs, as Redis answers them. */
function answer(connection: Connection, batch: CommandBatch): void {
  for (let i = 0; i < batch.count; i++) {
    const name = Buffer.from(batch.arg(i, 0)).toString('latin1').toLowerCase();
    const count = batch.argCount(i);
    if (name === 'ping' && count === 1) connection.reply({ type: 'simple', text: 'PONG' });
    else if (name === 'ping' && count === 2) connection.reply(batch.arg(i, 1));
    else if (name === 'echo' && count === 2) connection.reply(batch.arg(i, 1));
    else if (name === 'ping' || name === 'echo') {
      const text = `ERR wrong number of arguments for '${name}' command`;
      connection.reply({ type: 'error', text });
    } else connection.reply({ type: 'error', text: 'ERR not compared' });
  }
}

/** Everything a server answers to `input` until it closes, or we have no more to say. */
function converse(port: number, pieces: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A server that closes while we still send may reset the connection.
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => {
      resolve(received);
    });
    for (const piece of pieces) socket.write(Buffer.from(piece, 'latin1'));
    socket.end();
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Redis {
  readonly port: number;
  readonly process: ChildProcess;
}

/** Starts a server. The port may be taken before it is there, and then it ends at once: null. */
async function startRedis(folder: string): Promise<Redis | null> {
  const port = await freePort();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
  const server = spawn('redis-server', [...settings, '--save', '', '--appendonly', 'no'], {
    stdio: 'ignore',
  });
  return until('redis-server answers or ends', 30_000, async () => {
    const reply = await converse(port, ['PING\r\n']).catch(() => '');
    if (server.exitCode !== null) return { redis: null };
    return reply === '+PONG\r\n' ? { redis: { port, process: server } } : null;
  }).then(({ redis: started }) => started);
}

describe.skipIf(redis === null)('beside a real redis-server', () => {
  let server: Redis | null = null;
  let folder = '';
  let ours: RespServer | null = null;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'raftdeck-parity-'));
    for (let tries = 0; server === null && tries < 5; tries += 1) server = await startRedis(folder);
    ours = await listen({ host: '127.0.0.1', port: 0, onCommands: answer });
  });

  afterAll(async () => {
    const ended = server === null ? null : once(server.process, 'close');
    server?.process.kill();
    await ended;
    await ours?.close({ drainMs: 0 });
    rmSync(folder, { recursive: true, force: true });
  });

  async function both(pieces: readonly string[]): Promise<{ redis: string; ours: string }> {
    const [theirReply, ourReply] = await Promise.all([
      converse(server?.port ?? 0, pieces),
      converse(ours?.port ?? 0, pieces),
    ]);
    return { redis: theirReply, ours: ourReply };
  }

  const endings = [
    '*abc\r\n',
    '*1.5\r\n',
    '*\r\n',
    '*01\r\n',
    '*2147483648\r\n',
    '*3000000000\r\n',
    '*-9223372036854775809\r\n',
    '*1\r\nfoo\r\n',
    '*1\r\n:1\r\n',
    '*2\r\n$4\r\nPING\r\n+x\r\n',
    '*1\r\n$-1\r\n',
    '*1\r\n$-10\r\n',
    '*1\r\n$abc\r\n',
    '*1\r\n$04\r\n',
    '*1\r\n$+4\r\n',
    '*1\r\n$ 4\r\n',
    '*1\r\n$\r\n',
    '*1\r\n$536870913\r\n',
    'set "a b\r\n',
    "set 'a\r\n",
    'set "a"b\r\n',
  ];

  test.each(endings)('the error of %j', async (ending) => {
    const replies = await both([arrayForm(['ECHO', 'first']), ending, arrayForm(['PING'])]);
    expect(replies.ours).toBe(replies.redis);
    expect(replies.ours).toContain('-ERR Protocol error');
  });

  // Nothing behind them: Redis looks for a line end in all it has read, and how much that is varies.
  test.each([
    ['an inline command', 'a'.repeat(70_000)],
    ['a count', `*${'1'.repeat(70_000)}`],
    ['a bulk length', `*1\r\n$${'1'.repeat(70_000)}`],
  ])('%s without an end', async (_, ending) => {
    const replies = await both([arrayForm(['ECHO', 'first']), ending]);
    expect(replies.ours).toBe(replies.redis);
    expect(replies.ours).toContain('-ERR Protocol error: too big');
  });

  const word = fc.oneof(
    fc.constantFrom('', 'a', 'a b', '"', "'", '\\', '\r\n', '\\x41', '*1', '$1'),
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  );
  const inlineWord = fc.oneof(
    fc.constantFrom(
      'a',
      '"a b"',
      "'c d'",
      '"\\x41\\n\\r\\t\\a\\b\\\\\\"q"',
      "'it\\'s'",
      '""',
      "''",
    ),
    fc.constantFrom('"\\xzz"', '"\\x4"', "a'b'", 'a"b c"', "'\\n'", '\\', 'x\\"y'),
  );
  const piece = fc.oneof(
    fc.constant('PING\r\n'),
    fc.constantFrom('\r\n', '*0\r\n', '*-1\r\n', '  \t \n', '*-5\r\n'),
    word.map((text) => arrayForm(['ECHO', text])),
    fc.array(word, { maxLength: 3 }).map((words) => arrayForm(['PiNg', ...words])),
    fc
      .tuple(inlineWord, fc.constantFrom('\r\n', '\n', ' \r\n'))
      .map(([text, end]) => `echo ${text}${end}`),
    fc.array(inlineWord, { maxLength: 3 }).map((words) => `PING ${words.join(' \t ')}\n`),
  );

  test(
    'any mixture of good requests, with or without an error at its end',
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(piece, { maxLength: 12 }),
          fc.option(fc.constantFrom(...endings)),
          async (pieces, ending) => {
            const replies = await both([...pieces, ending ?? '']);
            expect(replies.ours).toBe(replies.redis);
          },
        ),
        { numRuns: 4000 },
      );
    },
  );
});
