import { afterEach, describe, expect, test } from 'vitest';

import { errorReply, OK, type Reply } from '../../node-engine/resp/value.ts';
import type { Connection } from '../../node-engine/server/connection.ts';
import {
  listen,
  type RespServer,
  type ServerNotice,
  type ServerOptions,
} from '../../node-engine/server/listener.ts';
import { arrayForm } from '../resp/request-stream.ts';
import { RawClient, until } from './raw-client.ts';

const PING = arrayForm(['PING']);

/** A server whose commands are answered by the test: at once by `answer`, or later by hand. */
class Bench {
  readonly handled: string[] = [];
  readonly batches: number[] = [];
  readonly notices: ServerNotice[] = [];
  readonly waiting: (() => void)[] = [];
  connection: Connection | null = null;
  server: RespServer | null = null;
  readonly #clients: RawClient[] = [];

  async start(options: Partial<ServerOptions> = {}): Promise<void> {
    this.server = await listen({
      host: '127.0.0.1',
      port: 0,
      onConnect: (connection) => (this.connection = connection),
      onCommands: (connection, batch) => {
        this.batches.push(batch.count);
        for (let i = 0; i < batch.count; i++) {
          const args = batch.args(i).map((arg) => Buffer.from(arg).toString('latin1'));
          this.handled.push(args.join(' '));
          this.#answer(connection, args, batch.arg(i, batch.argCount(i) - 1));
        }
      },
      onNotice: (notice) => this.notices.push(notice),
      ...options,
    });
  }

  #answer(connection: Connection, args: readonly string[], last: Uint8Array): void {
    const [name = '', value = ''] = args;
    if (name === 'LATER') {
      const ticket = connection.reserve(1);
      this.waiting.push(() => {
        connection.fill(ticket, value);
      });
    } else if (name === 'ECHO') connection.reply(last);
    else if (name === 'FILL') connection.reply('x'.repeat(Number(value)));
    else if (name === 'HELLO') {
      connection.setProtocol(value === '3' ? 3 : 2);
      connection.reply(null);
    } else if (name === 'PUSH') {
      connection.reply(OK);
      connection.push({ type: 'push', items: ['note'] });
    } else if (name === 'AUTH') {
      connection.setAuthenticated(true);
      connection.reply(OK);
    } else if (name === 'CLOSE') {
      connection.reply(OK);
      connection.close();
    } else connection.reply({ type: 'simple', text: 'PONG' } satisfies Reply);
  }

  async open(): Promise<RawClient> {
    const client = await RawClient.open(this.server?.port ?? 0);
    this.#clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.server?.close({ drainMs: 0 });
  }
}

let bench = new Bench();

afterEach(async () => {
  await bench.stop();
  bench = new Bench();
});

async function exchange(request: string, options?: Partial<ServerOptions>): Promise<string> {
  await bench.start(options);
  const client = await bench.open();
  client.send(request);
  client.socket.end();
  return client.receiveAll();
}

describe('order', () => {
  test('a pipeline is one batch, and is answered in order in one write', async () => {
    await bench.start();
    const client = await bench.open();
    client.send(PING.repeat(50));
    await client.receive(350);
    expect(client.received).toBe('+PONG\r\n'.repeat(50));
    expect(bench.batches).toEqual([50]);
  });

  test('a reply given early waits for those before it', async () => {
    await bench.start();
    const client = await bench.open();
    client.send('LATER one\r\nLATER two\r\nECHO three\r\nLATER four\r\nPING\r\n');
    await until(() => bench.handled.length === 5);
    const [one, two, four] = bench.waiting;
    four?.();
    two?.();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(client.received).toBe('');
    one?.();
    expect(await client.receive(44)).toBe(
      '$3\r\none\r\n$3\r\ntwo\r\n$5\r\nthree\r\n$4\r\nfour\r\n+PONG\r\n',
    );
  });

  test('an early reply is copied: its memory may change before it is sent', async () => {
    await bench.start();
    const client = await bench.open();
    client.send('LATER a\r\nECHO first\r\n');
    await until(() => bench.handled.length === 2);
    client.send('ECHO other\r\n');
    await until(() => bench.handled.length === 3);
    bench.waiting[0]?.();
    expect(await client.receive(29)).toBe('$1\r\na\r\n$5\r\nfirst\r\n$5\r\nother\r\n');
  });

  test('a reply is given once', async () => {
    await bench.start();
    const client = await bench.open();
    client.send('LATER a\r\n');
    await until(() => bench.waiting.length === 1);
    bench.waiting[0]?.();
    expect(() => bench.waiting[0]?.()).toThrow('a reply is given once');
  });

  test('a late reply to a client that is gone is nobody’s error', async () => {
    await bench.start();
    const client = await bench.open();
    client.send('LATER a\r\n');
    await until(() => bench.waiting.length === 1);
    client.reset();
    await until(() => bench.server?.connectionCount === 0);
    bench.waiting[0]?.();
    expect(bench.notices).toEqual([]);
  });

  test('a switch of protocol holds from its own reply on, not for those still owed', async () => {
    await bench.start();
    const client = await bench.open();
    client.send('HELLO 2\r\nLATER a\r\nHELLO 3\r\n');
    await until(() => bench.waiting.length === 1);
    bench.waiting[0]?.();
    expect(await client.receive(15)).toBe('$-1\r\n$1\r\na\r\n_\r\n');
    client.send('PUSH\r\n');
    expect(await client.receive(34)).toMatch(/\+OK\r\n>1\r\n\$4\r\nnote\r\n$/);
  });
});

describe('the end of a connection', () => {
  test('QUIT is answered, and what stands behind it never runs', async () => {
    const all = await exchange(PING + arrayForm(['qUiT']) + arrayForm(['SET', 'a', '1']));
    expect(all).toBe('+PONG\r\n+OK\r\n');
    expect(bench.handled).toEqual(['PING']);
  });

  test.each(['quit\r\nSET a 1\r\n', `${arrayForm(['QUIT', 'now'])}*x\r\n`])(
    'QUIT in front: %j',
    async (request) => {
      expect(await exchange(request)).toBe('+OK\r\n');
      expect(bench.handled).toEqual([]);
    },
  );

  test('QUIT waits for the replies owed', async () => {
    await bench.start();
    const client = await bench.open();
    client.send('LATER a\r\nQUIT\r\nPING\r\n');
    await until(() => bench.waiting.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(client.received).toBe('');
    bench.waiting[0]?.();
    expect(await client.receiveAll()).toBe('$1\r\na\r\n+OK\r\n');
    expect(bench.handled).toEqual(['LATER a']);
  });

  test('a good prefix runs and is answered before the protocol error that closes', async () => {
    const all = await exchange(`${PING}LATER a\r\n*abc\r\n${PING}`, {
      onCommands: (connection, batch) => {
        for (let i = 0; i < batch.count; i++) connection.reply(OK);
      },
    });
    expect(all).toBe('+OK\r\n+OK\r\n-ERR Protocol error: invalid multibulk length\r\n');
    await until(() => bench.server?.connectionCount === 0);
    expect(bench.notices.map((notice) => notice.kind)).toEqual(['protocol-error']);
  });

  test('the last replies arrive although the client goes on sending', async () => {
    await bench.start();
    const client = await bench.open();
    client.send(`${PING}*1\r\nfoo\r\n`);
    for (let i = 0; i < 20; i++) client.send('x'.repeat(60_000));
    expect(await client.receiveAll()).toBe(
      "+PONG\r\n-ERR Protocol error: expected '$', got 'f'\r\n",
    );
  });

  test('a client that has only shut its own side still gets its answers', async () => {
    await bench.start();
    const client = await bench.open();
    client.send('LATER a\r\nPING\r\n');
    client.socket.end();
    await until(() => bench.waiting.length === 1);
    bench.waiting[0]?.();
    expect(await client.receiveAll()).toBe('$1\r\na\r\n+PONG\r\n');
  });

  test('a command without an end to its line is nothing when the client leaves', async () => {
    expect(await exchange('PING')).toBe('');
    expect(bench.handled).toEqual([]);
  });

  test('a client that stops in the middle of a command is closed; an idle one is not', async () => {
    await bench.start({ limits: { halfCommandMs: 40 } });
    const [half, idle] = [await bench.open(), await bench.open()];
    half.send(`${PING}*1\r\n$4\r\nPI`);
    idle.send(PING);
    expect(await half.receiveAll()).toBe('+PONG\r\n');
    await until(() => bench.server?.connectionCount === 1);
    expect(bench.notices.map((notice) => notice.kind)).toEqual(['half-command']);
    idle.send(PING);
    expect(await idle.receive(14)).toBe('+PONG\r\n+PONG\r\n');
  });

  test('the node may close in the middle of a batch', async () => {
    expect(await exchange('CLOSE\r\n')).toBe('+OK\r\n');
  });
});

describe('pressure', () => {
  test('others have their turn while one sends a long pipeline', async () => {
    const order: number[] = [];
    await bench.start({
      limits: { commandsPerTurnMax: 10 },
      onCommands: (connection, batch) => {
        order.push(connection.id);
        for (let i = 0; i < batch.count; i++) connection.reply(OK);
      },
    });
    const [long, short] = [await bench.open(), await bench.open()];
    long.send('PING\r\n');
    await long.receive(5);
    long.send(PING.repeat(2000));
    short.send(PING);
    await short.receive(5);
    await long.receive(5 * 2001);
    expect(long.received).toBe('+OK\r\n'.repeat(2001));
    expect(order.filter((id) => id === 1).length).toBeGreaterThanOrEqual(200);
    expect(order.indexOf(2)).toBeLessThan(order.length - 1);
  });

  test('reading pauses while too many replies are owed, and goes on afterwards', async () => {
    await bench.start({ limits: { pendingRepliesMax: 100, commandsPerTurnMax: 40 } });
    const client = await bench.open();
    client.send('LATER a\r\n'.repeat(1000));
    await until(() => bench.waiting.length >= 100);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(bench.waiting.length).toBeLessThan(140);
    while (client.received.length < 7000) {
      for (const give of bench.waiting.splice(0)) give();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(bench.handled.length).toBe(1000);
  });

  test('a long pipeline has less under way while others ask for something too', async () => {
    const limits = { pendingRepliesMax: 400, sharedRepliesMax: 100, shareRepliesMin: 20 };
    await bench.start({ limits });
    const { shares } = bench.server ?? expect.fail();
    const of = shares.of.bind(shares);
    // All at one moment, however long the test takes: who was active once stays so.
    shares.of = (holder) => of(holder, 1_000);
    const long = await bench.open();
    long.send('LATER a\r\n');
    await until(() => bench.connection !== null);
    const { connection } = bench;
    long.send('LATER a\r\n'.repeat(2_000));
    await until(() => connection?.pendingReplies === 400);
    const short = await bench.open();
    let owed = 400;
    let answered = 0;
    while (long.received.length < 7 * 2_001) {
      short.send(PING);
      answered += 7;
      await short.receive(answered);
      for (const give of bench.waiting.splice(0)) give();
      await new Promise((resolve) => setImmediate(resolve));
      owed = Math.min(owed, connection?.pendingReplies ?? 0);
      // What was taken before the other came is answered first; from then on it has half of the 100.
      if (owed < 400) expect(connection?.pendingReplies).toBeLessThanOrEqual(50);
    }
    expect(long.received).toBe('$1\r\na\r\n'.repeat(2_001));
  });

  test('reading pauses while commands of too many bytes are owed an answer', async () => {
    await bench.start({ limits: { pendingBytesMax: 50_000 } });
    const client = await bench.open();
    const large = arrayForm(['LATER', 'x'.repeat(20_000)]);
    client.send(large.repeat(20));
    await until(() => bench.waiting.length >= 3);
    await new Promise((resolve) => setTimeout(resolve, 20));
    // A read brings up to 64 KiB at once, so a few more than the limit were taken together.
    expect(bench.waiting.length).toBeLessThan(10);
    while (bench.handled.length < 20 || bench.waiting.length > 0) {
      for (const give of bench.waiting.splice(0)) give();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(bench.handled.length).toBe(20);
  });

  test('a client that does not read is not read from, and loses nothing', async () => {
    await bench.start({ limits: { outputPauseBytes: 200_000 } });
    const client = await bench.open();
    client.socket.pause();
    client.send('FILL 10000\r\n'.repeat(3000));
    const backlog = (): number => bench.connection?.outputBytes ?? 0;
    await until(() => backlog() > 100_000);
    let before = -1;
    while (before !== bench.handled.length) {
      before = bench.handled.length;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(before).toBeLessThan(3000);
    expect(backlog()).toBeLessThan(1_000_000);
    client.socket.resume();
    const total = 3000 * 10_010;
    await client.receive(total);
    expect(client.received.length).toBe(total);
    expect(bench.handled.length).toBe(3000);
  });

  test('a client that lets too much output pile up is closed', async () => {
    await bench.start({ limits: { outputBytesMax: 1_000_000 } });
    const client = await bench.open();
    client.socket.pause();
    client.send('FILL 20000000\r\n');
    await until(() => bench.server?.connectionCount === 0 && bench.notices.length === 1);
    expect(bench.notices[0]?.kind).toBe('output-limit');
  });

  test('pushes to a slow reader are dropped and counted; replies are not', async () => {
    await bench.start({ limits: { pushBytesMax: 100_000 } });
    const client = await bench.open();
    client.send('PING\r\n');
    await client.receive(7);
    client.socket.pause();
    let accepted = 0;
    const message = { type: 'push', items: ['y'.repeat(10_000)] } as const;
    const connection = bench.connection;
    for (let i = 0; i < 2000; i++) {
      if (connection?.push(message) === true) accepted++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(accepted).toBeLessThan(2000);
    expect(connection?.droppedPushes).toBe(2000 - accepted);
    client.socket.resume();
    client.send('PING\r\n');
    const expected = 7 + accepted * (4 + 8 + 10_002) + 7;
    await client.receive(expected);
    expect(client.received.length).toBe(expected);
    expect(client.received.endsWith('+PONG\r\n')).toBe(true);
  });

  test('a push waits behind the replies owed', async () => {
    await bench.start();
    const client = await bench.open();
    client.send('LATER a\r\nPUSH\r\nPING\r\n');
    await until(() => bench.handled.length === 3);
    bench.waiting[0]?.();
    expect(await client.receive(33)).toBe('$1\r\na\r\n+OK\r\n*1\r\n$4\r\nnote\r\n+PONG\r\n');
  });
});

describe('before AUTH', () => {
  const options: Partial<ServerOptions> = {
    onConnect: (connection) => {
      connection.setAuthenticated(false);
    },
  };

  test('tight limits hold, and fall with the AUTH in front of a large command', async () => {
    const large = arrayForm(['ECHO', 'x'.repeat(20_000)]);
    expect(await exchange(arrayForm(['AUTH', 'pw']) + large, options)).toBe(
      `+OK\r\n$20000\r\n${'x'.repeat(20_000)}\r\n`,
    );
  });

  test('a large command is refused', async () => {
    expect(await exchange(arrayForm(['ECHO', 'x'.repeat(20_000)]), options)).toBe(
      '-ERR Protocol error: unauthenticated bulk length\r\n',
    );
  });

  test('a client that does not read is closed early', async () => {
    await bench.start(options);
    const client = await bench.open();
    client.socket.pause();
    client.send('FILL 8000000\r\n');
    await until(() => bench.notices.length === 1);
    expect(bench.notices[0]?.kind).toBe('output-limit-before-login');
  });
});

test('no reply can be split by line ends in a command', async () => {
  const all = await exchange(arrayForm(['x\r\n+OK']), {
    onCommands: (connection, batch) => {
      const name = Buffer.from(batch.arg(0, 0)).toString('latin1');
      connection.reply(errorReply(`ERR unknown command '${name}'`));
    },
  });
  expect(all).toBe("-ERR unknown command 'x  +OK'\r\n");
});
