import { expect, test } from 'vitest';

import type { WireRequest } from '../../../main/contract/wire.ts';
import {
  type Socket,
  type SocketEvents,
  WebSocketConnection,
} from '../../../renderer/connection/ws.ts';

/** A network in which the test is the host: sockets open, speak and break when it says so. */
class FakeNetwork {
  readonly sockets: {
    readonly events: SocketEvents;
    readonly sent: WireRequest[];
    closedByPage: boolean;
  }[] = [];
  readonly #timers: { readonly run: () => void; readonly atMs: number; stopped: boolean }[] = [];
  nowMs = 0;

  readonly connection = new WebSocketConnection({
    open: (events) => this.#open(events),
    setTimer: (run, delayMs) => {
      const timer = { run, atMs: this.nowMs + delayMs, stopped: false };
      this.#timers.push(timer);
      return () => {
        timer.stopped = true;
      };
    },
    chance: () => 0.5,
  });

  #open(events: SocketEvents): Socket {
    const socket = { events, sent: [] as WireRequest[], closedByPage: false };
    this.sockets.push(socket);
    return {
      send: (text) => socket.sent.push(JSON.parse(text) as WireRequest),
      close: () => {
        socket.closedByPage = true;
      },
    };
  }

  get socket(): FakeNetwork['sockets'][number] {
    const last = this.sockets.at(-1);
    if (last === undefined) throw new Error('no socket was opened');
    return last;
  }

  receive(message: unknown): void {
    this.socket.events.received(JSON.stringify(message));
  }

  advance(ms: number): void {
    this.nowMs += ms;
    for (const timer of [...this.#timers]) {
      if (timer.stopped || timer.atMs > this.nowMs) continue;
      timer.stopped = true;
      timer.run();
    }
  }
}

test('a call made before the socket is open is sent once it is', async () => {
  const network = new FakeNetwork();
  const answer = network.connection.api.suggestPorts({ nodes: 3 });
  expect(network.socket.sent).toEqual([]);
  network.socket.events.opened();
  expect(network.socket.sent).toEqual([{ id: 1, call: 'suggestPorts', request: { nodes: 3 } }]);
  network.receive({ id: 1, result: { ok: true, value: { basePort: 7481 } } });
  expect(await answer).toEqual({ ok: true, value: { basePort: 7481 } });
});

test('answers find their calls in any order', async () => {
  const network = new FakeNetwork();
  network.socket.events.opened();
  const first = network.connection.api.suggestPorts({ nodes: 1 });
  const second = network.connection.api.suggestPorts({ nodes: 3 });
  network.receive({ id: 2, result: { ok: true, value: { basePort: 2 } } });
  network.receive({ id: 1, result: { ok: true, value: { basePort: 1 } } });
  expect(await first).toEqual({ ok: true, value: { basePort: 1 } });
  expect(await second).toEqual({ ok: true, value: { basePort: 2 } });
});

test('an error of the host is handed on as it came', async () => {
  const network = new FakeNetwork();
  network.socket.events.opened();
  const answer = network.connection.api.killNode({ clusterId: 'a', nodeId: '1' });
  const error = { code: 'E_STATE', message: 'It does not run.' };
  network.receive({ id: 1, result: { ok: false, error } });
  expect(await answer).toEqual({ ok: false, error });
});

test('a command cut off by a lost connection has an unknown outcome and is not sent again', async () => {
  const network = new FakeNetwork();
  network.socket.events.opened();
  const answer = network.connection.api.addPeer({ clusterId: 'a' });
  network.socket.events.closed();
  expect(await answer).toMatchObject({ ok: false, error: { code: 'E_UNKNOWN_OUTCOME' } });
  network.advance(10_000);
  network.socket.events.opened();
  expect(network.sockets).toHaveLength(2);
  expect(network.socket.sent).toEqual([]);
});

test('a question cut off by a lost connection did nothing, and says only that', async () => {
  const network = new FakeNetwork();
  network.socket.events.opened();
  const answer = network.connection.api.suggestPorts({ nodes: 3 });
  network.socket.events.closed();
  expect(await answer).toMatchObject({ ok: false, error: { code: 'E_UNREACHABLE' } });
});

test('a call while the connection is down is refused at once, because it was not sent', async () => {
  const network = new FakeNetwork();
  network.socket.events.opened();
  network.socket.events.closed();
  const answer = await network.connection.api.addPeer({ clusterId: 'a' });
  expect(answer).toEqual({
    ok: false,
    error: {
      code: 'E_UNREACHABLE',
      message: 'Not sent: the connection to the host is down. It is being restored.',
    },
  });
});

test('a page opened before its host is up keeps its first calls until the host is there', async () => {
  const network = new FakeNetwork();
  const answer = network.connection.api.suggestPorts({ nodes: 3 });
  network.socket.events.closed();
  network.advance(5_000);
  network.socket.events.opened();
  expect(network.socket.sent).toEqual([{ id: 1, call: 'suggestPorts', request: { nodes: 3 } }]);
  network.receive({ id: 1, result: { ok: true, value: { basePort: 7481 } } });
  expect(await answer).toEqual({ ok: true, value: { basePort: 7481 } });
});

test('a command that is never answered times out with an unknown outcome', async () => {
  const network = new FakeNetwork();
  network.socket.events.opened();
  const answer = network.connection.api.addPeer({ clusterId: 'a' });
  network.advance(60_000);
  expect(await answer).toEqual({
    ok: false,
    error: {
      code: 'E_TIMEOUT',
      message: 'The host did not answer within 60 s. It may or may not be done.',
    },
  });
  // An answer that comes too late is nobody's any more.
  network.receive({ id: 1, result: { ok: true, value: { nodeId: '4' } } });
});

test('a subscription is renewed after a reconnection, and an ended one is not', () => {
  const network = new FakeNetwork();
  const seen: unknown[] = [];
  network.connection.subscribe({ topic: 'clusters' }, (payload) => seen.push(payload));
  const stop = network.connection.subscribe({ topic: 'settings' }, () => seen.push('settings'));
  network.socket.events.opened();
  expect(network.socket.sent).toEqual([
    { subscribe: { key: 1, subscription: { topic: 'clusters' } } },
    { subscribe: { key: 2, subscription: { topic: 'settings' } } },
  ]);
  stop();
  expect(network.socket.sent.at(-1)).toEqual({ unsubscribe: { key: 2 } });
  network.receive({ push: { key: 2, topic: 'settings', payload: {} } });
  network.socket.events.closed();
  network.advance(10_000);
  network.socket.events.opened();
  expect(network.socket.sent).toEqual([
    { subscribe: { key: 1, subscription: { topic: 'clusters' } } },
  ]);
  network.receive({ push: { key: 1, topic: 'clusters', payload: ['one'] } });
  expect(seen).toEqual([['one']]);
});

test('listeners hear every change of the connection, first of all its present state', () => {
  const network = new FakeNetwork();
  const states: string[] = [];
  network.connection.onState((state) => states.push(state));
  network.socket.events.opened();
  network.socket.events.closed();
  network.advance(1_000);
  network.socket.events.opened();
  expect(states).toEqual(['connecting', 'open', 'closed', 'connecting', 'open']);
});

test('each failed attempt waits longer, up to a few seconds, and success starts over', () => {
  const network = new FakeNetwork();
  network.socket.events.opened();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 7; attempt += 1) {
    const before = network.sockets.length;
    network.socket.events.closed();
    let waitedMs = 0;
    while (network.sockets.length === before) {
      network.advance(50);
      waitedMs += 50;
    }
    waits.push(waitedMs);
  }
  expect(waits).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000]);
});

test.each([
  ['not JSON', 'hello'],
  ['a number', '7'],
  ['an answer without a result', '{"id":1}'],
  ['an error without a message', '{"id":1,"result":{"ok":false,"error":{"code":"E_ARGS"}}}'],
  ['a push without a key', '{"push":{"topic":"clusters","payload":[]}}'],
])('it leaves a socket that says %s', (_what, text) => {
  const network = new FakeNetwork();
  network.socket.events.opened();
  network.socket.events.received(text);
  expect(network.socket.closedByPage).toBe(true);
});

test('bytes instead of text are no message of the host either', () => {
  const network = new FakeNetwork();
  network.socket.events.opened();
  network.socket.events.received(new ArrayBuffer(8));
  expect(network.socket.closedByPage).toBe(true);
});

test('more calls than a person makes are refused instead of piling up', async () => {
  const network = new FakeNetwork();
  network.socket.events.opened();
  for (let call = 0; call < 256; call += 1) void network.connection.api.addPeer({ clusterId: 'a' });
  const refused = await network.connection.api.addPeer({ clusterId: 'a' });
  expect(refused).toMatchObject({ ok: false, error: { code: 'E_RATE' } });
  expect(network.socket.sent).toHaveLength(256);
});
