import type { Reply } from '../../../node-engine/resp/value.ts';
import { errorTextOf } from '../command-sender.ts';
import type { RespConnection, RespDial, RespFailure } from '../resp-port.ts';
import type { LoadOutcome } from './history.ts';

/** A node that a client may ask. */
export interface LoadTarget {
  readonly address: string;
}

/** What the clients of a run share. */
export interface LoadWorld {
  readonly dial: RespDial;
  /** The nodes that answer now; a redirect leads to these alone. */
  readonly targets: () => readonly LoadTarget[];
  /** Every node of the cluster has this address or another one known to it. */
  readonly isMember: (address: string) => boolean;
  /** Evenly distributed in [0, 1). */
  readonly chance: () => number;
}

const CONNECT_TIMEOUT_MS = 500;
/** Longer than any election: an answer that comes later is of no use to anybody who waits. */
const COMMAND_TIMEOUT_MS = 1_500;
const HOPS_MAX = 5;
const NO_CONNECTION = 'no connection';

/** Errors that promise that nothing was done; after any other one nobody knows. */
const NOT_DONE: ReadonlySet<string> = new Set([
  'CLUSTERDOWN',
  'TRYAGAIN',
  'LOADING',
  'BUSY',
  'MISCONF',
]);

/**
 * A client with a connection of its own and one command under way at a time. It believes what errors
 * say, and follows redirects within the cluster.
 */
export class LoadClient {
  readonly #world: LoadWorld;
  #connection: RespConnection | null = null;
  #closed = false;
  /** Where the last redirect led. */
  #address: string | null = null;

  constructor(world: LoadWorld) {
    this.#world = world;
  }

  /** Sends a command; never rejects. `read` turns the reply of a read into its value. */
  async ask(args: readonly string[], read: (reply: Reply) => number | null): Promise<LoadOutcome> {
    let last = NO_CONNECTION;
    for (let hop = 0; hop < HOPS_MAX && !this.#closed; hop += 1) {
      const connection = await this.#connected();
      if (connection === null) return { type: 'not done', kind: NO_CONNECTION };
      let reply: Reply;
      try {
        reply = await connection.call(args, { timeoutMs: COMMAND_TIMEOUT_MS });
      } catch (error) {
        this.#leave(null);
        const { sent, code } = error as RespFailure;
        if (!sent) continue;
        return { type: 'unknown', kind: unansweredKind(code) };
      }
      const text = errorTextOf(reply);
      if (text === null) return { type: 'done', read: read(reply) };
      const [code = '', ...rest] = text.split(' ');
      const target = code === 'MOVED' || code === 'TRY' ? (rest.at(-1) ?? '') : null;
      this.#leave(target !== null && this.#world.isMember(target) ? target : null);
      if (target === null) return { type: NOT_DONE.has(code) ? 'not done' : 'unknown', kind: code };
      last = 'redirects in a circle';
    }
    return { type: 'not done', kind: last };
  }

  close(): void {
    this.#closed = true;
    this.#leave(null);
  }

  #leave(address: string | null): void {
    this.#connection?.close();
    this.#connection = null;
    this.#address = address;
  }

  async #connected(): Promise<RespConnection | null> {
    if (this.#connection !== null) return this.#connection;
    const targets = this.#world.targets();
    const any = targets[Math.floor(this.#world.chance() * targets.length)]?.address;
    const address = this.#address ?? any;
    if (address === undefined) return null;
    try {
      const opened: RespConnection = await this.#world.dial({
        address,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        onClose: () => {
          if (this.#connection === opened) this.#connection = null;
        },
      });
      if (this.#closed) opened.close();
      else this.#connection = opened;
      return this.#connection;
    } catch {
      // Nobody there now; another node next time.
      this.#leave(null);
      return null;
    }
  }
}

function unansweredKind(code: RespFailure['code']): string {
  return code === 'TIMEOUT'
    ? `no answer within ${COMMAND_TIMEOUT_MS / 1000} s`
    : 'connection lost before the answer';
}
