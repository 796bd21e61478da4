import type { Socket } from 'node:net';
import { createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';

import { recogniseTls, type Sniffer, type Verdict } from './sniffer.ts';

/** A record of TLS that says `handshake failure`, for whoever does not speak it. */
export const ALERT = Uint8Array.of(0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x28);

const HANDSHAKE_MS = 10_000;

/** What a gate tells its listener. */
export interface TlsGateEvents {
  /** A handshake is done; what comes next is the client's first byte. */
  readonly secured: (socket: TLSSocket) => void;
  readonly failed: (remoteAddress: string, reason: string) => void;
}

/**
 * Takes connections that begin with a handshake of TLS, and gives them back once it is done. It asks
 * for a certificate and takes clients without one: whether a peer has a good one is seen later.
 */
export class TlsGate implements Sniffer {
  readonly name = 'tls';
  readonly #context: () => SecureContextOptions;
  readonly #events: TlsGateEvents;
  #server: Server;
  #present: SecureContextOptions;

  /** @param context asked for each connection; a new one is used from then on */
  constructor(context: () => SecureContextOptions, events: TlsGateEvents) {
    this.#context = context;
    this.#events = events;
    this.#present = context();
    this.#server = this.#makeServer();
  }

  recognise(first: Uint8Array): Verdict {
    return recogniseTls(first);
  }

  take(socket: Socket, first: Uint8Array): void {
    const context = this.#context();
    if (context !== this.#present) {
      this.#present = context;
      this.#server = this.#makeServer();
    }
    socket.on('error', ignore);
    socket.pause();
    socket.unshift(Buffer.from(first));
    // The server never listens: it is the part of Node that knows how to hold a handshake.
    this.#server.emit('connection', socket);
  }

  #makeServer(): Server {
    const server = createServer({
      ...this.#present,
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_MS,
      allowHalfOpen: true,
      noDelay: true,
    });
    server.on('secureConnection', this.#events.secured);
    server.on('tlsClientError', (error, socket) => {
      socket.on('error', ignore);
      this.#events.failed(socket.remoteAddress ?? '', error.message);
      socket.destroy();
    });
    return server;
  }
}

/** The socket's `close` follows every error, and is what counts. */
function ignore(): void {
  return;
}
