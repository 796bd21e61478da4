import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

import { encodeCommand } from '../resp/command-writer.ts';
import { REPLY_LIMITS, type ReplyLimits } from '../resp/reply-limits.ts';
import type { ErrorReply, Reply } from '../resp/value.ts';
import { parseAddress } from './address.ts';
import { ClientError, type ClientErrorCode } from './client-error.ts';
import { type ReplySource, resp2Source, resp3Source } from './reply-source.ts';
import { isErrorReply, replyItems, replyText } from './reply-text.ts';

/** How to reach a server and talk to it. */
export interface ClientOptions {
  /** `host:port`. */
  readonly address: string;
  /** 3 tells all types apart and asks for RESP3; a server without it is spoken to in RESP2. */
  readonly protocol?: 2 | 3;
  readonly connectTimeoutMs?: number;
  /** For each command, from the call to its reply; a stream's first message counts as one. */
  readonly commandTimeoutMs?: number;
  readonly username?: string;
  readonly password?: string;
  /** Speaks TLS, and by what it knows the server. */
  readonly tls?: ConnectionOptions;
  /** Shown by CLIENT LIST. */
  readonly clientName?: string;
  readonly limits?: ReplyLimits;
  /** The connection ended; null when `close` was called. */
  readonly onClose?: (error: ClientError | null) => void;
}

/** A command's arguments, its name first; text is sent as UTF-8. */
export type CommandArgs = readonly (string | Uint8Array)[];

const DEFAULT_CONNECT_TIMEOUT_MS = 5_000;
const DEFAULT_COMMAND_TIMEOUT_MS = 10_000;

interface Waiting {
  readonly name: string;
  /** Null once the caller has given up; the reply is then thrown away. */
  settle: ((result: Reply | ClientError) => void) | null;
  /** Takes everything from the reply on, when the command begins a stream. */
  readonly onItem: ((item: Reply) => void) | null;
  timer: NodeJS.Timeout | null;
}

/**
 * A connection to one RESP server. Commands may be sent without waiting for each other; replies
 * come in their order. An error reply is a value like any other; what rejects is a `ClientError`.
 */
export class RespClient {
  readonly address: string;
  readonly #options: ClientOptions;
  readonly #socket: Socket;
  readonly #source: ReplySource;
  readonly #waiting: Waiting[] = [];
  /** Waiting commands before this one are settled; cut off now and then. */
  #head = 0;
  #stream: ((item: Reply) => void) | null = null;
  #corked = false;
  #closed: ClientError | 'by-us' | null = null;
  #resp3 = false;

  /** Connects, logs in where a password is given, and resolves when commands may be sent. */
  static async connect(options: ClientOptions): Promise<RespClient> {
    const address = parseAddress(options.address);
    if (address === null) {
      throw new ClientError('REFUSED', `'${options.address}' is not a host:port`, false);
    }
    const socket = await openSocket(options.address, address, {
      timeoutMs: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
      tls: options.tls,
    });
    const client = new RespClient(options, socket);
    await client.#introduce();
    return client;
  }

  private constructor(options: ClientOptions, socket: Socket) {
    this.address = options.address;
    this.#options = options;
    this.#socket = socket;
    const handlers = {
      onReply: (reply: Reply) => {
        this.#onReply(reply);
      },
      onFault: (reason: string) => {
        this.#end('PROTOCOL', `${this.address} does not answer in RESP: ${reason}`);
      },
    };
    const limits = options.limits ?? REPLY_LIMITS;
    this.#source =
      options.protocol === 3 ? resp3Source(limits, handlers) : resp2Source(limits, handlers);
    socket.on('data', (chunk: Buffer) => {
      this.#source.execute(chunk);
    });
    socket.on('error', (error) => {
      this.#end('CLOSED', `the connection to ${this.address} failed: ${error.message}`, error);
    });
    socket.on('end', () => {
      this.#end('CLOSED', `${this.address} closed the connection`);
    });
    socket.on('close', () => {
      this.#end('CLOSED', `the connection to ${this.address} is closed`);
    });
  }

  /** True once the connection has ended, by either side. */
  get closed(): boolean {
    return this.#closed !== null;
  }

  /** True when the server speaks RESP3 on this connection. */
  get resp3(): boolean {
    return this.#resp3;
  }

  /**
   * Sends one command. Resolves with its reply, an error reply included.
   *
   * After `TIMEOUT` the connection stays in use: the reply is dropped when it comes.
   */
  call(args: CommandArgs, options: { readonly timeoutMs?: number } = {}): Promise<Reply> {
    if (this.#stream !== null && !this.#resp3) {
      const name = nameOf(args);
      return Promise.reject(
        new ClientError('PROTOCOL', `${name} cannot be sent on a connection that streams`, false),
      );
    }
    return this.#send(args, options.timeoutMs, null);
  }

  /**
   * Sends a command that turns the connection into a stream (RAFT WATCH, MONITOR, SUBSCRIBE). From
   * its first answer on every message goes to `onItem`; in RESP3 only pushes do, and other commands
   * may still be sent.
   *
   * @returns null when the stream has begun, or the error reply that refused it
   */
  async stream(args: CommandArgs, onItem: (item: Reply) => void): Promise<ErrorReply | null> {
    const first = await this.#send(args, undefined, onItem);
    return isErrorReply(first) ? first : null;
  }

  /**
   * Begins `RAFT WATCH`. `onMessage` gets each message's kind and JSON text as the node pushed
   * them, the first one included.
   *
   * @returns null when the watch has begun, or the error reply that refused it
   */
  watch(
    options: { readonly events?: boolean; readonly intervalMs?: number },
    onMessage: (kind: string, json: string) => void,
  ): Promise<ErrorReply | null> {
    const args = ['RAFT', 'WATCH'];
    if (options.events === true) args.push('EVENTS');
    if (options.intervalMs !== undefined) args.push('INTERVAL', String(options.intervalMs));
    return this.stream(args, (item) => {
      const [topic, kind, json] = (replyItems(item) ?? []).map(replyText);
      if (topic !== 'raft-watch' || typeof kind !== 'string' || typeof json !== 'string') {
        this.#end('PROTOCOL', `${this.address} sent something else than watch messages`);
      } else {
        onMessage(kind, json);
      }
    });
  }

  /** Ends the connection; commands without a reply are rejected with `CLOSED`. */
  close(): void {
    this.#end('by-us', 'the client was closed');
  }

  #send(
    args: CommandArgs,
    timeoutMs: number | undefined,
    onItem: ((item: Reply) => void) | null,
  ): Promise<Reply> {
    const name = nameOf(args);
    if (this.#closed !== null) {
      const message = `the connection to ${this.address} is closed: ${name} was not sent`;
      return Promise.reject(new ClientError('CLOSED', message, false));
    }
    const limitMs = timeoutMs ?? this.#options.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS;
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        name,
        onItem,
        timer: null,
        settle: (result) => {
          if (result instanceof ClientError) reject(result);
          else resolve(result);
        },
      };
      waiting.timer = setTimeout(() => {
        const message = `${name}: no reply from ${this.address} within ${limitMs} ms`;
        settle(waiting, new ClientError('TIMEOUT', message, true));
      }, limitMs);
      this.#waiting.push(waiting);
      this.#write(encodeCommand(args));
    });
  }

  /** Commands of one turn leave in one write. */
  #write(bytes: Uint8Array): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    this.#socket.write(bytes);
  }

  #onReply(reply: Reply): void {
    if (this.#closed !== null) return;
    const isPush =
      reply !== null && typeof reply === 'object' && 'type' in reply && reply.type === 'push';
    if (this.#stream !== null && (isPush || !this.#resp3)) {
      this.#stream(reply);
      return;
    }
    const waiting = this.#waiting[this.#head];
    if (waiting === undefined) {
      // A push before anyone asked for a stream: RESP3 allows a server to send those.
      if (!isPush) this.#end('PROTOCOL', `${this.address} answered a command that was not sent`);
      return;
    }
    if (isPush && waiting.onItem === null) return;
    this.#head++;
    if (this.#head === this.#waiting.length || this.#head > 1024) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
    // A caller who has given up must not be called any more, a stream's included.
    const abandoned = waiting.settle === null;
    settle(waiting, reply);
    if (waiting.onItem === null || isErrorReply(reply) || abandoned) return;
    this.#stream = waiting.onItem;
    this.#stream(reply);
  }

  /** HELLO 3, or AUTH, and the name; all that must be settled before the first command. */
  async #introduce(): Promise<void> {
    const { protocol, password, username = 'default', clientName } = this.#options;
    if (protocol === 3) {
      const login = password === undefined ? [] : ['AUTH', username, password];
      const hello = await this.call(['HELLO', '3', ...login]);
      this.#resp3 = !isErrorReply(hello);
      // A server without HELLO has not looked at the password either.
      if (isErrorReply(hello) && /^(?:WRONGPASS|NOAUTH)/.test(hello.text)) this.#refused(hello);
    }
    if (password !== undefined && !this.#resp3) {
      const login = username === 'default' ? [password] : [username, password];
      const reply = await this.call(['AUTH', ...login]);
      if (isErrorReply(reply)) this.#refused(reply);
    }
    // Its name is a courtesy: a server that knows no names is as good.
    if (clientName !== undefined) await this.call(['CLIENT', 'SETNAME', clientName]);
  }

  #refused(reply: ErrorReply): never {
    this.#end('by-us', 'the login was refused');
    throw new ClientError('REFUSED', `${this.address} refused the login: ${reply.text}`, true);
  }

  #end(code: ClientErrorCode | 'by-us', message: string, cause?: unknown): void {
    if (this.#closed !== null) return;
    const byUs = code === 'by-us';
    const error = new ClientError(byUs ? 'CLOSED' : code, message, true, cause);
    this.#closed = byUs ? 'by-us' : error;
    this.#stream = null;
    this.#socket.destroy();
    for (const waiting of this.#waiting.splice(0).slice(this.#head)) settle(waiting, error);
    this.#head = 0;
    this.#options.onClose?.(byUs ? null : error);
  }
}

function settle(waiting: Waiting, result: Reply | ClientError): void {
  if (waiting.timer !== null) clearTimeout(waiting.timer);
  waiting.timer = null;
  waiting.settle?.(result);
  waiting.settle = null;
}

function nameOf(args: CommandArgs): string {
  const [name] = args;
  return name === undefined ? 'a command' : (replyText(name) ?? '');
}

function openSocket(
  text: string,
  address: { readonly host: string; readonly port: number },
  how: { readonly timeoutMs: number; readonly tls: ConnectionOptions | undefined },
): Promise<Socket> {
  const { timeoutMs, tls } = how;
  return new Promise((resolve, reject) => {
    const target = { ...address, noDelay: true, keepAlive: true };
    const socket = tls === undefined ? connect(target) : connectTls({ ...target, ...tls });
    const timer = setTimeout(() => {
      socket.destroy();
      const message = `no connection to ${text} within ${timeoutMs} ms`;
      reject(new ClientError('TIMEOUT', message, false));
    }, timeoutMs);
    const onError = (error: NodeJS.ErrnoException): void => {
      clearTimeout(timer);
      const why = error.code === 'ECONNREFUSED' ? 'connection refused' : error.message;
      reject(new ClientError('REFUSED', `cannot connect to ${text}: ${why}`, false, error));
    };
    socket.once('error', onError);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      resolve(socket);
    });
  });
}
