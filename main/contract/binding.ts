import type { HostError, Result } from './errors.ts';
import type { HostCall, HostTopic, Subscription } from './host-api.ts';

/*
 * How calls and pushes travel. Both bindings carry the same documents: as JSON text messages over a
 * WebSocket, as structured clones over Electron IPC. Ids are chosen by the caller, are safe integers
 * and are used once per connection; calls and subscriptions share one series.
 */

/** What a caller sends. Everything in it is checked by the host before it is believed. */
export type ClientMessage =
  | {
      readonly type: 'call';
      readonly id: number;
      readonly call: HostCall;
      readonly request: unknown;
    }
  | { readonly type: 'subscribe'; readonly id: number; readonly subscription: Subscription }
  /** Ends the subscription of that id; unknown ids are ignored (it may have been refused). */
  | { readonly type: 'unsubscribe'; readonly id: number };

/** What the host sends. A call gets exactly one `result`, a subscription `push`es or one `refused`. */
export type HostMessage =
  | { readonly type: 'result'; readonly id: number; readonly result: Result<unknown> }
  | {
      readonly type: 'push';
      readonly id: number;
      readonly topic: HostTopic;
      readonly payload: unknown;
    }
  | { readonly type: 'refused'; readonly id: number; readonly error: HostError };

/**
 * The path of the WebSocket, relative to the page: `new URL('socket', location.href)` with `ws:`.
 * The session cookie of the page is what lets it in.
 */
export const SOCKET_PATH = 'socket';

/** Longest message either side accepts, in bytes (WebSocket) or UTF-16 units (IPC). */
export const MESSAGE_SIZE_MAX = 1024 * 1024;

/** Name of the object that the preload script puts on `window` in the Electron window. */
export const PRELOAD_GLOBAL = 'raftdeck';

/** All that the Electron preload script exposes: `window.raftdeck`. */
export interface PreloadApi {
  /** One call; resolves with the Result, never rejects. */
  readonly call: (call: HostCall, request: unknown) => Promise<Result<unknown>>;
  /** Calls `listener` with each payload until the returned function is called. */
  readonly subscribe: (
    subscription: Subscription,
    listener: (payload: unknown) => void,
  ) => () => void;
}

/** IPC channel of `ClientMessage`s of type 'call' (invoke: answers with the Result). */
export const IPC_CALL = 'raftdeck:call';
/** IPC channel of `ClientMessage`s of type 'subscribe' and 'unsubscribe'. */
export const IPC_SUBSCRIBE = 'raftdeck:subscribe';
/** IPC channel of `HostMessage`s of type 'push' and 'refused'. */
export const IPC_PUSH = 'raftdeck:push';
