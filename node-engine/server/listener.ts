import { createServer, type Server, type Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';

import type { CommandBatch } from '../resp/command-batch.ts';
import type { CloseReason } from './close-reason.ts';
import { Connection, type ConnectionHost } from './connection.ts';
import { FairShare } from './fair-share.ts';
import { SERVER_LIMITS, type ServerLimits } from './limits.ts';
import { OutputPool } from './output-pool.ts';
import { SharedInput } from './shared-input.ts';
import { ALERT, TlsGate, type TlsGateEvents } from './tls-gate.ts';
import { recogniseHttp, recogniseTls, type Sniffer, type Verdict } from './sniffer.ts';

/** Something an operator may want to know of a connection; for the log. */
export interface ServerNotice {
  readonly kind: CloseReason | 'tls-refused' | 'http-refused' | 'accept-failed';
  readonly remoteAddress: string;
  readonly detail: string;
}

/** What a server is made of. */
export interface ServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly limits?: Partial<ServerLimits>;
  /** Where TLS is spoken: then nothing else is. Asked for each connection, so that it may change. */
  readonly tls?: () => SecureContextOptions;
  /** Asked in order about the first bytes; TLS and HTTP are refused when none takes them. */
  readonly sniffers?: readonly Sniffer[];
  /**
   * Commands of one client, in order. Each must get exactly one reply, now or later, through
   * `reply`, or `reserve` and `fill`. The batch is valid until this returns.
   */
  readonly onCommands: (connection: Connection, batch: CommandBatch) => void;
  /** A new RESP client, before its first command. */
  readonly onConnect?: (connection: Connection) => void;
  readonly onClose?: (connection: Connection) => void;
  readonly onNotice?: (notice: ServerNotice) => void;
}

/** A port that cannot be listened on. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code: 'ADDRESS_IN_USE' | 'ADDRESS_NOT_AVAILABLE' | 'NOT_PERMITTED' | 'FAILED';

  constructor(address: string, cause: NodeJS.ErrnoException) {
    const [code, why] = explain(cause);
    super(`cannot listen on ${address}: ${why}`, { cause });
    this.code = code;
  }
}

function explain(error: NodeJS.ErrnoException): [ListenError['code'], string] {
  switch (error.code) {
    case 'EADDRINUSE':
      return ['ADDRESS_IN_USE', 'the address is already in use'];
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return ['ADDRESS_NOT_AVAILABLE', 'this machine has no such address'];
    case 'EACCES':
      return ['NOT_PERMITTED', 'permission denied'];
    case undefined:
    default:
      return ['FAILED', error.message];
  }
}

/** Listens on one TCP port. Rejects with a ListenError. */
export async function listen(options: ServerOptions): Promise<RespServer> {
  const server = new RespServer(options);
  await server.open();
  return server;
}

/** One TCP port on which RESP clients, peers and others arrive. `listen` makes one. */
export class RespServer implements ConnectionHost {
  readonly limits: ServerLimits;
  readonly pool = new OutputPool();
  readonly shares: FairShare;
  readonly input = new SharedInput();
  readonly onCommands: (connection: Connection, batch: CommandBatch) => void;
  /** RESP clients since the start. */
  acceptedClients = 0;
  refusedClients = 0;

  readonly #options: ServerOptions;
  readonly #sniffers: readonly Sniffer[];
  readonly #tls: TlsGate | null;
  readonly #server: Server;
  readonly #connections = new Map<number, Connection>();
  /** Connections whose first bytes are not in, by arrival, and how to give one up. */
  readonly #undecided = new Map<Socket, () => void>();
  #idleCheck: NodeJS.Timeout | null = null;
  #toFlush: Connection[] = [];
  #nextId = 1;
  #port = 0;
  #closing = false;
  #onEmpty: (() => void) | null = null;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.limits = { ...SERVER_LIMITS, ...options.limits };
    this.shares = new FairShare(this.limits);
    this.onCommands = options.onCommands;
    this.#tls = options.tls === undefined ? null : new TlsGate(options.tls, this.#tlsEvents());
    this.#sniffers = [
      ...(options.sniffers ?? []),
      this.#refusing('tls-refused', recogniseTls, 'TLS on plain port'),
      this.#refusing('http-refused', recogniseHttp, 'HTTP on a port that does not serve it'),
    ];
    this.#server = createServer(
      { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 },
      (socket) => {
        this.#accept(socket);
      },
    );
  }

  /** Binds and starts to accept. */
  open(): Promise<void> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      const onError = (error: Error): void => {
        reject(new ListenError(`${host}:${port}`, error));
      };
      this.#server.once('error', onError);
      this.#server.listen({ host, port, backlog: 511, exclusive: true }, () => {
        this.#server.off('error', onError);
        const address = this.#server.address();
        if (typeof address === 'object' && address !== null) this.#port = address.port;
        this.#server.on('error', (error) => {
          // Out of file descriptors, mostly: the connection is lost, the port is not.
          this.#notice('accept-failed', '', error.message);
        });
        this.#startIdleCheck();
        resolve();
      });
    });
  }

  /** The port listened on; it stays known after `close`. */
  get port(): number {
    return this.#port;
  }

  /** RESP clients connected now. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** A number for a client that has no connection here; no connection gets it. */
  takeClientId(): number {
    return this.#nextId++;
  }

  connections(): Iterable<Connection> {
    return this.#connections.values();
  }

  connection(id: number): Connection | undefined {
    return this.#connections.get(id);
  }

  /** Sends all output now. It happens by itself at the end of every turn. */
  flush(): void {
    const connections = this.#toFlush;
    this.#toFlush = [];
    for (const connection of connections) connection.flush();
  }

  flushLater(connection: Connection): void {
    if (this.#toFlush.length === 0) {
      process.nextTick(() => {
        this.flush();
      });
    }
    this.#toFlush.push(connection);
  }

  closed(connection: Connection, reason: CloseReason, detail: string): void {
    const served = this.#connections.delete(connection.id);
    if (reason !== 'client' && reason !== 'quit' && reason !== 'shutdown') {
      this.#notice(reason, connection.remoteAddress, detail);
    }
    if (!served) return;
    this.#options.onClose?.(connection);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  /**
   * Stops accepting, answers the commands already taken, closes all clients, and resolves when they
   * are gone. After `drainMs` those that are left are cut off.
   */
  async close(options: { readonly drainMs: number }): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#idleCheck !== null) clearInterval(this.#idleCheck);
    this.#server.close();
    for (const socket of this.#undecided.keys()) socket.destroy();
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        for (const connection of this.#connections.values()) connection.destroy('shutdown');
      }, options.drainMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
      for (const connection of this.#connections.values()) connection.close('shutdown');
    });
  }

  #startIdleCheck(): void {
    this.#idleCheck = setInterval(
      () => {
        const nowMs = performance.now();
        for (const connection of this.#connections.values()) connection.checkIdle(nowMs);
      },
      Math.max(1, this.limits.halfCommandMs / 4),
    );
    this.#idleCheck.unref();
  }

  #accept(socket: Socket): void {
    const { clientsMax, undecidedMax } = this.limits;
    const waiting = this.#undecided.size;
    if (this.#connections.size + waiting >= clientsMax + undecidedMax) {
      // Not the newcomer: it may be a peer, and whoever is silent longest is least likely one.
      const giveUp = this.#undecided.values().next().value;
      if (giveUp !== undefined) giveUp();
    }
    this.#sniff(socket, this.#tls === null);
  }

  /** What a gate of TLS tells: who has come through, and who has not. */
  #tlsEvents(): TlsGateEvents {
    return {
      secured: (socket) => {
        this.#sniff(socket, true);
      },
      failed: (remoteAddress, reason) => {
        this.#notice('tls-refused', remoteAddress, reason);
      },
    };
  }

  /** Collects the first bytes of a connection until it is clear whose they are. */
  #sniff(socket: Socket, isClear: boolean): void {
    let first: Uint8Array = new Uint8Array(0);
    const decided = (): void => {
      clearTimeout(timer);
      this.#undecided.delete(socket);
      socket.off('data', onData);
      socket.off('error', ignore);
      socket.off('close', decided);
      socket.off('end', onEnd);
    };
    const onData = (chunk: Buffer): void => {
      first = first.length === 0 ? chunk : Buffer.concat([first, chunk]);
      const sniffer = isClear ? this.#recognise(first) : this.#recogniseSecure(first);
      if (sniffer === 'undecided') return;
      decided();
      if (sniffer === 'resp') this.#acceptClient(socket, first);
      else sniffer.take(socket, first);
    };
    const onEnd = (): void => {
      decided();
      // Bytes without a decision are a short command; no bytes at all are a port check.
      if (first.length > 0 && isClear) this.#acceptClient(socket, first, true);
      else socket.destroy();
    };
    const timer = setTimeout(() => {
      decided();
      if (isClear) this.#acceptClient(socket, first);
      else socket.destroy();
    }, this.limits.sniffMs);
    this.#undecided.set(socket, () => {
      decided();
      this.#notice('max-clients', socket.remoteAddress ?? '', 'silent, and all places were taken');
      socket.destroy();
    });
    socket.on('data', onData);
    socket.on('error', ignore);
    socket.on('close', decided);
    socket.on('end', onEnd);
  }

  /** On a port with TLS: the handshake, or nothing. */
  #recogniseSecure(first: Uint8Array): Sniffer | 'undecided' {
    const verdict = recogniseTls(first);
    if (verdict === 'undecided') return 'undecided';
    const gate = this.#tls;
    if (verdict === 'yes' && gate !== null) return gate;
    return this.#refusing('tls-refused', () => 'yes', 'no TLS on a port that asks for it', ALERT);
  }

  #recognise(first: Uint8Array): Sniffer | 'resp' | 'undecided' {
    for (const sniffer of this.#sniffers) {
      const verdict = sniffer.recognise(first);
      if (verdict === 'yes') return sniffer;
      if (verdict === 'undecided') return 'undecided';
    }
    return 'resp';
  }

  #acceptClient(socket: Socket, first: Uint8Array, ended = false): void {
    if (this.#closing) {
      socket.destroy();
      return;
    }
    const connection = new Connection(this.#nextId++, socket, this);
    if (this.#connections.size >= this.limits.clientsMax) {
      this.refusedClients++;
      connection.refuse('max-clients', 'ERR max number of clients reached');
      return;
    }
    this.acceptedClients++;
    this.#connections.set(connection.id, connection);
    this.#options.onConnect?.(connection);
    if (first.length > 0) connection.receive(first);
    if (ended) connection.close('client');
  }

  #refusing(
    kind: 'tls-refused' | 'http-refused',
    recognise: (first: Uint8Array) => Verdict,
    detail: string,
    answer: Uint8Array | null = null,
  ): Sniffer {
    return {
      name: kind,
      recognise,
      take: (socket) => {
        socket.on('error', ignore);
        this.#notice(kind, socket.remoteAddress ?? '', detail);
        // Silently, or with an alert of TLS: any other answer could be read as one in a protocol.
        if (answer === null) socket.destroy();
        else socket.end(answer, () => socket.destroy());
      },
    };
  }

  #notice(kind: ServerNotice['kind'], remoteAddress: string, detail: string): void {
    this.#options.onNotice?.({ kind, remoteAddress, detail });
  }
}

/** The socket's `close` follows every error, and is what counts. */
function ignore(): void {
  return;
}
