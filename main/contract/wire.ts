import type { Result } from './errors.ts';
import type { HostCall, HostTopic, Subscription } from './host-api.ts';

/** Where the host's WebSocket is, on the origin that served the page. */
export const HOST_SOCKET_PATH = '/socket';

/** Longest message either side accepts, in bytes of JSON. */
export const MESSAGE_SIZE_MAX = 1024 * 1024;

/**
 * What the renderer sends over the WebSocket, one JSON text per message.
 *
 * - A call carries an `id` that the renderer chose and has not used on this socket before.
 * - A subscription carries a `key` that the renderer chose; pushes for it come back with the key. It
 *   ends with `unsubscribe`, or with the socket. Nothing is pushed for a cluster that does not exist
 *   (topic 'clusters' says which do); pushes begin if one comes to be.
 *
 * A message that is none of these ends the socket (close code 1008).
 */
export type WireRequest =
  | { readonly id: number; readonly call: HostCall; readonly request: unknown }
  | { readonly subscribe: { readonly key: number; readonly subscription: Subscription } }
  | { readonly unsubscribe: { readonly key: number } };

/** What the host sends over the WebSocket, one JSON text per message. */
export type WireResponse =
  | { readonly id: number; readonly result: Result<unknown> }
  | {
      readonly push: {
        readonly key: number;
        readonly topic: HostTopic;
        readonly payload: unknown;
      };
    };

/** IPC channel for a call: invoked with its name and request, answers with the Result. */
export const IPC_CALL = 'raftdeck:call';
/** IPC channel to the host: `{ subscribe }` and `{ unsubscribe }` requests. */
export const IPC_SUBSCRIBE = 'raftdeck:subscribe';
/** IPC channel to the window: `{ push }` responses. */
export const IPC_PUSH = 'raftdeck:push';
/** Name of the `HostBridge` on the window's global object. */
export const BRIDGE_GLOBAL = 'raftdeck';

/**
 * What the Electron preload puts on `window.raftdeck`. The renderer uses it when it is there, and the
 * WebSocket when it is not.
 */
export interface HostBridge {
  /** Sends one call; resolves with its Result, never rejects. */
  call(name: HostCall, request: unknown): Promise<Result<unknown>>;
  /** Calls `listener` with every payload pushed until the returned function is called. */
  subscribe(subscription: Subscription, listener: (payload: unknown) => void): () => void;
}
