import type { WebSocket } from 'ws';

import type { HostTopic } from '../contract/host-api.ts';
import type { WireResponse } from '../contract/wire.ts';
import { ClientSession, type HostService } from '../host/client-session.ts';

/** A browser that has not answered a ping by the next one is gone. */
const PING_INTERVAL_MS = 15_000;
/** With more than this unsent the browser is slow: pictures are left out, the newest is kept. */
const SLOW_BYTES = 1024 * 1024;
/** With more than this unsent it is not reading at all. */
const STUCK_BYTES = 32 * 1024 * 1024;
const RETRY_MS = 100;

const BAD_MESSAGE = 1008;

/** The WebSocket binding: one browser window, one session of the host. */
export class HostSocket {
  readonly #socket: WebSocket;
  readonly #session: ClientSession;
  readonly #heartbeat: NodeJS.Timeout;
  /** Per subscription, the newest picture that a slow browser has not been sent. */
  readonly #held = new Map<number, WireResponse>();
  #retry: NodeJS.Timeout | null = null;
  #alive = true;

  constructor(socket: WebSocket, host: HostService, log: (line: string) => void) {
    this.#socket = socket;
    const push = (key: number, topic: HostTopic, payload: unknown): void =>
      this.#push(key, topic, payload);
    this.#session = new ClientSession(host, push, log);
    this.#heartbeat = setInterval(() => this.#beat(), PING_INTERVAL_MS);
    socket.on('pong', () => {
      this.#alive = true;
    });
    socket.on('message', (data, isBinary) => {
      if (!isBinary && Buffer.isBuffer(data)) this.#receive(data.toString('utf8'));
      else this.#reject('messages are text');
    });
    socket.on('close', () => this.#close());
    // 'close' follows; a broken connection is the browser's affair and needs no line in the log.
    socket.on('error', () => undefined);
  }

  #receive(text: string): void {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch (error) {
      this.#reject(error instanceof Error ? error.message : 'not JSON');
      return;
    }
    if (!isRecord(message)) {
      this.#reject('a message is an object');
      return;
    }
    if ('call' in message) {
      this.#call(message['id'], message['call'], message['request']);
    } else if (isRecord(message['subscribe'])) {
      const { key, subscription } = message['subscribe'];
      if (!this.#session.subscribe(key, subscription)) this.#reject('malformed subscription');
    } else if (isRecord(message['unsubscribe'])) {
      const { key } = message['unsubscribe'];
      this.#session.unsubscribe(key);
      if (typeof key === 'number') this.#held.delete(key);
    } else {
      this.#reject('a message is a call, a subscription or its end');
    }
  }

  #call(id: unknown, name: unknown, request: unknown): void {
    if (typeof id !== 'number' || !Number.isSafeInteger(id)) {
      // Without its id a result could not be told from another one.
      this.#reject('a call has an id');
      return;
    }
    void this.#session.call(name, request).then((result) => this.#send({ id, result }));
  }

  #push(key: number, topic: HostTopic, payload: unknown): void {
    const message: WireResponse = { push: { key, topic, payload } };
    if (this.#socket.bufferedAmount <= SLOW_BYTES && !this.#held.has(key)) {
      this.#send(message);
      return;
    }
    // Events and output are left out: their numbers and times show the gap. A picture is whole, so
    // the newest one replaces what was held.
    if (topic === 'events' || topic === 'output') return;
    this.#held.set(key, message);
    this.#retry ??= setTimeout(() => this.#release(), RETRY_MS);
  }

  #release(): void {
    this.#retry = null;
    if (this.#socket.bufferedAmount > SLOW_BYTES) {
      this.#retry = setTimeout(() => this.#release(), RETRY_MS);
      return;
    }
    const held = [...this.#held.values()];
    this.#held.clear();
    for (const message of held) this.#send(message);
  }

  #send(message: WireResponse): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(JSON.stringify(message));
    if (this.#socket.bufferedAmount > STUCK_BYTES) this.#socket.terminate();
  }

  #reject(reason: string): void {
    // A close frame holds 123 bytes of reason (RFC 6455 §5.5).
    this.#socket.close(BAD_MESSAGE, reason.replace(/[^ -~]/g, '?').slice(0, 120));
  }

  #beat(): void {
    if (!this.#alive) {
      this.#socket.terminate();
      return;
    }
    this.#alive = false;
    this.#socket.ping();
  }

  #close(): void {
    clearInterval(this.#heartbeat);
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    this.#held.clear();
    this.#session.close();
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
