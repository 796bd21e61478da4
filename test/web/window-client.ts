import { expect, vi } from 'vitest';
import type WebSocket from 'ws';

import type { Result } from '../../main/contract/errors.ts';
import type { ClusterView } from '../../main/contract/model.ts';
import type { WireResponse } from '../../main/contract/wire.ts';
import { enter, openSocket } from './web-client.ts';

/** A bound on hanging: longer than the host itself waits for a step. */
const PATIENCE_MS = 60_000;

/** A served window, as a browser that has used its link. */
export class WindowClient {
  readonly cookie: string;
  /** Sees every picture of a cluster that comes. */
  onView: (view: ClusterView) => void = () => undefined;
  readonly #socket: WebSocket;
  readonly #results = new Map<number, (result: Result<unknown>) => void>();
  readonly #listeners = new Map<number, (payload: unknown) => void>();
  #next = 1;

  private constructor(cookie: string, socket: WebSocket) {
    this.cookie = cookie;
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as WireResponse;
      if ('push' in message) this.#listeners.get(message.push.key)?.(message.push.payload);
      else this.#results.get(message.id)?.(message.result);
    });
  }

  /** Uses the link of a server that listens on `port`. */
  static async enter(port: number, link: string): Promise<WindowClient> {
    const cookie = (await enter(port, link)) ?? '';
    const socket = await openSocket(port, { cookie, origin: `http://127.0.0.1:${String(port)}` });
    if (typeof socket === 'number') throw new Error(`refused with status ${String(socket)}`);
    return new WindowClient(cookie, socket);
  }

  async call<T>(name: string, request: unknown): Promise<T> {
    const id = this.#next++;
    const result = await new Promise<Result<unknown>>((resolve) => {
      this.#results.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, call: name, request }));
    });
    if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
    return result.value as T;
  }

  /** Waits for a picture of the cluster that meets the condition. */
  async until(clusterId: string, isMet: (view: ClusterView) => boolean): Promise<ClusterView> {
    const key = this.#next++;
    let met: ClusterView | null = null;
    this.#listeners.set(key, (payload) => {
      const view = payload as ClusterView;
      this.onView(view);
      if (isMet(view)) met ??= view;
    });
    const subscription = { topic: 'cluster', clusterId };
    this.#socket.send(JSON.stringify({ subscribe: { key, subscription } }));
    return vi.waitFor(() => met ?? expect.fail('not met in time'), PATIENCE_MS);
  }
}
