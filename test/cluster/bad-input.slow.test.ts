import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from 'node:net';

import type { Reply } from '../../node-engine/resp/value.ts';
import { ask, leaderOf, statusOf, TestFolder, textOf } from './local-cluster.ts';

/*
 * What a client may send by mistake or malice, over a real socket to a real node: the answer, whether
 * the connection goes on, and that the state is as before.
 */

const PORT = 24_700;
const ADDRESS = `127.0.0.1:${PORT}`;
const ANSWER_LIMIT_MS = 60_000;

let folder: TestFolder;
let stateHash = '';

beforeAll(async () => {
  folder = new TestFolder();
  folder.startNode('1', PORT, '-l', 'warning');
  await leaderOf([ADDRESS]);
  expect(textOf(await ask(ADDRESS, 'SET', 'text', 'abc'))).toBe('OK');
  stateHash = await hashOfState();
});

afterAll(async () => {
  await folder.dispose();
});

/** A refused write is an entry of the log that changes nothing, so the state is what is compared. */
async function hashOfState(): Promise<string> {
  const reply = await ask(ADDRESS, 'RAFT', 'STATUS', 'HASH');
  return Array.isArray(reply) ? textOf(reply[1] as Reply) : textOf(reply);
}

const CLOSED = '<closed>';

/**
 * Sends bytes on a connection of its own and, behind them, a PING. Resolves with what came back:
 * up to the PONG, or up to the end of the connection.
 */
async function converse(bytes: string | Buffer): Promise<string> {
  const socket = connect(PORT, '127.0.0.1');
  let answer = '';
  try {
    return await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`neither PONG nor an end after: ${answer}`)),
        ANSWER_LIMIT_MS,
      );
      const finish = (text: string): void => {
        clearTimeout(timer);
        resolve(text);
      };
      socket.setEncoding('latin1');
      socket.on('connect', () => {
        socket.write(bytes);
        socket.write('*2\r\n$4\r\nPING\r\n$3\r\nend\r\n');
      });
      socket.on('data', (chunk) => {
        answer += String(chunk);
        if (answer.endsWith('$3\r\nend\r\n')) finish(answer.slice(0, -'$3\r\nend\r\n'.length));
      });
      socket.on('end', () => finish(answer + CLOSED));
      // A reset is how the system ends a connection whose last bytes were not read.
      socket.on('error', () => finish(answer + CLOSED));
    });
  } finally {
    socket.destroy();
  }
}

function command(...args: readonly string[]): string {
  const parts = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`);
  return `*${args.length}\r\n${parts.join('')}`;
}

test.each<[name: string, bytes: string, answer: string]>([
  ['an empty line', '\r\n', ''],
  ['*0', '*0\r\n', ''],
  ['*-1', '*-1\r\n', ''],
  ['*-10', '*-10\r\n', ''],
  ['*abc', '*abc\r\n', `-ERR Protocol error: invalid multibulk length\r\n${CLOSED}`],
  ['*1.5', '*1.5\r\n', `-ERR Protocol error: invalid multibulk length\r\n${CLOSED}`],
  ['*2147483648', '*2147483648\r\n', `-ERR Protocol error: invalid multibulk length\r\n${CLOSED}`],
  ['*3000000000', '*3000000000\r\n', `-ERR Protocol error: invalid multibulk length\r\n${CLOSED}`],
  [
    'an item that is no bulk',
    '*1\r\nfoo\r\n',
    `-ERR Protocol error: expected '$', got 'f'\r\n${CLOSED}`,
  ],
  ['an integer item', '*1\r\n:1\r\n', `-ERR Protocol error: expected '$', got ':'\r\n${CLOSED}`],
  ['$-1', '*1\r\n$-1\r\n', `-ERR Protocol error: invalid bulk length\r\n${CLOSED}`],
  ['$-10', '*1\r\n$-10\r\n', `-ERR Protocol error: invalid bulk length\r\n${CLOSED}`],
  ['$04', '*1\r\n$04\r\nPING\r\n', `-ERR Protocol error: invalid bulk length\r\n${CLOSED}`],
  ['$abc', '*1\r\n$abc\r\n', `-ERR Protocol error: invalid bulk length\r\n${CLOSED}`],
  ['$+4', '*1\r\n$+4\r\nPING\r\n', `-ERR Protocol error: invalid bulk length\r\n${CLOSED}`],
  ['$536870913', '*1\r\n$536870913\r\n', `-ERR Protocol error: invalid bulk length\r\n${CLOSED}`],
  [
    'a bulk not ended by CRLF',
    '*1\r\n$4\r\nPINGxx',
    `-ERR Protocol error: invalid bulk length\r\n${CLOSED}`,
  ],
  [
    'a count line without end',
    `*${'1'.repeat(70_000)}`,
    `-ERR Protocol error: too big mbulk count string\r\n${CLOSED}`,
  ],
  [
    'a length line without end',
    `*1\r\n$${'1'.repeat(70_000)}`,
    `-ERR Protocol error: too big bulk count string\r\n${CLOSED}`,
  ],
  [
    'an inline command without end',
    'x'.repeat(70_000),
    `-ERR Protocol error: too big inline request\r\n${CLOSED}`,
  ],
  [
    'unbalanced quotes',
    'set "a b\r\n',
    `-ERR Protocol error: unbalanced quotes in request\r\n${CLOSED}`,
  ],
  ['HELLO 4', command('HELLO', '4'), '-NOPROTO unsupported protocol version\r\n'],
  [
    'HELLO abc',
    command('HELLO', 'abc'),
    '-ERR Protocol version is not an integer or out of range\r\n',
  ],
  [
    'an unknown command',
    command('FOO', 'bar'),
    "-ERR unknown command 'FOO', with args beginning with: 'bar' \r\n",
  ],
  [
    'line ends in an unknown command',
    command('FO\r\nO', 'b\r\n+OK'),
    "-ERR unknown command 'FO  O', with args beginning with: 'b  +OK' \r\n",
  ],
  [
    'a very long unknown command',
    command('F'.repeat(1000)),
    `-ERR unknown command '${'F'.repeat(128)}', with args beginning with: \r\n`,
  ],
  [
    'a transaction',
    command('MULTI'),
    "-ERR unknown command 'MULTI', with args beginning with: \r\n",
  ],
  [
    'the end of one',
    command('EXEC'),
    "-ERR unknown command 'EXEC', with args beginning with: \r\n",
  ],
  ['a pattern without end', command('KEYS', `${'a*'.repeat(40)}b`), '*0\r\n'],
  ['an empty name', command(''), "-ERR unknown command '', with args beginning with: \r\n"],
  ['too few arguments', command('GET'), "-ERR wrong number of arguments for 'get' command\r\n"],
  [
    'too many arguments',
    command('GET', 'a', 'b'),
    "-ERR wrong number of arguments for 'get' command\r\n",
  ],
  [
    'an unknown subcommand',
    command('CLIENT', 'foo'),
    "-ERR unknown subcommand 'foo'. Try CLIENT HELP.\r\n",
  ],
  ['SET with a wrong word', command('SET', 'a', 'b', 'FOO'), '-ERR syntax error\r\n'],
  [
    'SET with EX 0',
    command('SET', 'a', 'b', 'EX', '0'),
    "-ERR invalid expire time in 'set' command\r\n",
  ],
  [
    'SET with EX abc',
    command('SET', 'a', 'b', 'EX', 'abc'),
    '-ERR value is not an integer or out of range\r\n',
  ],
  ['SELECT 99', command('SELECT', '99'), '-ERR DB index is out of range\r\n'],
  [
    'AUTH without a password set',
    command('AUTH', 'x'),
    '-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?\r\n',
  ],
  [
    'Raft messages as commands',
    command('RAFTAPPENDENTRIES', 'x'),
    "-ERR unknown command 'RAFTAPPENDENTRIES', with args beginning with: 'x' \r\n",
  ],
  ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', CLOSED],
  ['an HTTP request', 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', CLOSED],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', CLOSED],
])('%s is answered as Redis does, and nothing changes', async (_, bytes, answer) => {
  expect(await converse(Buffer.from(bytes, 'latin1'))).toBe(answer);
  expect(await hashOfState()).toBe(stateHash);
});

test('an increment of text and one that overflows change nothing', async () => {
  expect(await converse(command('INCR', 'text'))).toBe(
    '-ERR value is not an integer or out of range\r\n',
  );
  await ask(ADDRESS, 'SET', 'n', '9223372036854775807');
  expect(await converse(command('INCR', 'n'))).toBe(
    '-ERR increment or decrement would overflow\r\n',
  );
  expect(textOf(await ask(ADDRESS, 'GET', 'n'))).toBe('9223372036854775807');
});

test('QUIT with commands behind it answers once and ends', async () => {
  expect(await converse(`${command('QUIT')}${command('SET', 'late', 'x')}`)).toBe(
    `+OK\r\n${CLOSED}`,
  );
  expect(textOf(await ask(ADDRESS, 'EXISTS', 'late'))).toBe('0');
});

test('keys and values are bytes: NUL, line ends, no UTF-8, and the empty key', async () => {
  const odd = '\x00\r\n\xff\xfe$5\r\n';
  const answer = await converse(
    Buffer.from(
      `*3\r\n$3\r\nSET\r\n$${odd.length}\r\n${odd}\r\n$1\r\n\x00\r\n` +
        `*2\r\n$3\r\nGET\r\n$${odd.length}\r\n${odd}\r\n${command('SET', '', 'e')}${command('GET', '')}`,
      'latin1',
    ),
  );
  expect(answer).toBe('+OK\r\n$1\r\n\x00\r\n+OK\r\n$1\r\ne\r\n');
});

test('a pipeline of 100,000 commands is answered in order', async () => {
  const count = 100_000;
  const bytes = Array.from({ length: count }, (_, number) => command('ECHO', String(number))).join(
    '',
  );
  const expected = Array.from({ length: count }, (_, number) => {
    const text = String(number);
    return `$${text.length}\r\n${text}\r\n`;
  }).join('');
  expect((await converse(bytes)) === expected).toBe(true);
});

test('a command that comes byte by byte is a command', async () => {
  const socket = connect(PORT, '127.0.0.1');
  socket.setNoDelay(true);
  await new Promise((resolve) => socket.once('connect', resolve));
  let answer = '';
  const done = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (answer.endsWith('\r\n')) resolve();
    });
  });
  for (const byte of command('GET', 'text').split('')) {
    await new Promise((resolve) => socket.write(byte, resolve));
  }
  await done;
  socket.destroy();
  expect(answer).toBe('$3\r\nabc\r\n');
});

test('a connection that says nothing, and one that is reset mid-reply, disturb nobody', async () => {
  const silent = connect(PORT, '127.0.0.1');
  const rude = connect(PORT, '127.0.0.1');
  await new Promise((resolve) => rude.once('connect', resolve));
  rude.write(command('KEYS', '*').repeat(1000));
  rude.resetAndDestroy();
  expect(await converse(command('GET', 'text'))).toBe('$3\r\nabc\r\n');
  silent.destroy();
  expect((await statusOf(ADDRESS))?.health).toBe('ok');
});
