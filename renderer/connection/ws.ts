import type { Result } from '../../main/contract/errors.ts';
import type { HostApi, HostCall, HostConnection } from '../../main/contract/host-api.ts';
import type { HostEvents, HostTopic, Subscription } from '../../main/contract/host-api.ts';
import type { WireRequest } from '../../main/contract/wire.ts';
import { bindApi } from './api.ts';
import { reconnectDelayMs } from './backoff.ts';
import { failed, NOT_SENT, type SetTimer, WaitingCalls } from './calls.ts';
import { parseResponse } from './parse-response.ts';

/** An open or opening socket. */
export interface Socket {
  readonly send: (text: string) => void;
  readonly close: () => void;
}

/** What a socket tells its owner. */
export interface SocketEvents {
  readonly opened: () => void;
  readonly received: (data: unknown) => void;
  /** Also when it never opened; comes once. */
  readonly closed: () => void;
}

/** What the connection takes from its surroundings. */
export interface SocketEnvironment {
  /** Starts to connect. Must not call back before it has returned. */
  readonly open: (events: SocketEvents) => Socket;
  readonly setTimer: SetTimer;
  /** A number from 0 up to 1. */
  readonly chance: () => number;
}

type ConnectionState = 'connecting' | 'open' | 'closed';

interface LiveSubscription {
  readonly subscription: Subscription;
  readonly listener: (payload: unknown) => void;
}

/**
 * The host behind a WebSocket. Reconnects by itself and renews every subscription; the host then
 * pushes the present state of each, so nothing that happened meanwhile is missing on the screen.
 * A call is sent once at most: whether to make it again is the user's decision.
 */
export class WebSocketConnection implements HostConnection {
  readonly api: HostApi = bindApi((name, request) => this.#call(name, request));
  readonly #environment: SocketEnvironment;
  readonly #calls: WaitingCalls;
  readonly #subscriptions = new Map<number, LiveSubscription>();
  readonly #stateListeners = new Set<(state: ConnectionState) => void>();
  #state: ConnectionState = 'connecting';
  #socket: Socket | null = null;
  #everOpen = false;
  #attempt = 0;
  #nextNumber = 1;

  constructor(environment: SocketEnvironment) {
    this.#environment = environment;
    this.#calls = new WaitingCalls(environment.setTimer);
    this.#connect();
  }

  subscribe<T extends HostTopic>(
    subscription: Subscription & { readonly topic: T },
    listener: (payload: HostEvents[T]) => void,
  ): () => void {
    const key = this.#nextNumber++;
    // A push repeats the key of its subscription, and a subscription's payload is its topic's.
    const untyped = listener as (payload: unknown) => void;
    this.#subscriptions.set(key, { subscription, listener: untyped });
    this.#transmit({ subscribe: { key, subscription } });
    return () => {
      if (this.#subscriptions.delete(key)) this.#transmit({ unsubscribe: { key } });
    };
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    this.#stateListeners.add(listener);
    listener(this.#state);
    return () => this.#stateListeners.delete(listener);
  }

  #call(name: HostCall, request: unknown): Promise<Result<unknown>> {
    if (this.#everOpen && this.#state !== 'open') {
      return Promise.resolve(failed('E_UNREACHABLE', NOT_SENT));
    }
    const id = this.#nextNumber++;
    const text = JSON.stringify({ id, call: name, request } satisfies WireRequest);
    const result = this.#calls.add(id, name, text);
    if (this.#state === 'open') this.#flush();
    return result;
  }

  #connect(): void {
    this.#setState('connecting');
    this.#socket = this.#environment.open({
      opened: () => this.#opened(),
      received: (data) => this.#received(data),
      closed: () => this.#closed(),
    });
  }

  #opened(): void {
    this.#attempt = 0;
    this.#everOpen = true;
    this.#setState('open');
    for (const [key, { subscription }] of this.#subscriptions) {
      this.#transmit({ subscribe: { key, subscription } });
    }
    this.#flush();
  }

  #received(data: unknown): void {
    const message = typeof data === 'string' ? parseResponse(data) : null;
    if (message === null) {
      // Something that is not our host answers on this port. Leaving is safer than guessing.
      this.#socket?.close();
    } else if ('push' in message) {
      this.#subscriptions.get(message.push.key)?.listener(message.push.payload);
    } else {
      this.#calls.settle(message.id, message.result);
    }
  }

  #closed(): void {
    this.#socket = null;
    this.#setState('closed');
    // Before the first connection a call may wait: the page has only just been opened.
    this.#calls.lose({ keepUnsent: !this.#everOpen });
    const delayMs = reconnectDelayMs(this.#attempt, this.#environment.chance());
    this.#attempt += 1;
    this.#environment.setTimer(() => this.#connect(), delayMs);
  }

  #flush(): void {
    this.#calls.flush((text) => this.#socket?.send(text));
  }

  #transmit(message: WireRequest): void {
    if (this.#state === 'open') this.#socket?.send(JSON.stringify(message));
  }

  #setState(state: ConnectionState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const listener of this.#stateListeners) listener(state);
  }
}
