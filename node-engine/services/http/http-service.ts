import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { recogniseHttp } from '../../server/sniffer.ts';
import type { Service, ServiceHost, ServiceMaker, Verdict } from '../service.ts';
import { HttpRefusal, type HttpAnswer } from './http-answer.ts';
import { tokenIn, type HttpToken } from './http-token.ts';
import { command, health, metrics, readiness } from './routes.ts';

/** How the HTTP service is set up; all of it may be left out. */
export interface HttpServiceOptions {
  /** Names by which this node may be called, `host:port`, beside its addresses and localhost. */
  readonly hosts?: readonly string[];
  /** For whoever runs the node; unless given, the one in the node's directory, made at the first start. */
  readonly token?: string;
  /** A request whose headers are not in after this is cut off; 10,000 unless given. */
  readonly headersMs?: number;
}

/** Connections at a time; there is one request on each. */
const CONNECTIONS_MAX = 128;
/** From the first byte to the last of the answer. */
const REQUEST_MS_MAX = 40_000;
const HEADERS_MS = 10_000;
const HEADER_BYTES_MAX = 16 * 1024;
const CLOSE_MS_MAX = 2_000;

type Route = (
  host: ServiceHost,
  request: IncomingMessage,
  token: string | null,
) => HttpAnswer | Promise<HttpAnswer>;

const GET_ROUTES: Readonly<Record<string, Route | undefined>> = {
  '/healthz': health,
  '/readyz': readiness,
  '/metrics': metrics,
};

/**
 * HTTP on the node's port: `GET /healthz`, `/readyz`, `/metrics` and `POST /command`. It is made of
 * the service API alone, and is its example.
 *
 * Pages in a browser can reach this machine too, so it answers only to its own names (no DNS
 * rebinding), refuses foreign origins, and runs commands only for who has the token or logs in as a
 * user of the node.
 */
export function httpService(options: HttpServiceOptions = {}): ServiceMaker {
  return (host) => new HttpService(host, options);
}

class HttpService implements Service {
  readonly name = 'http';
  readonly #host: ServiceHost;
  readonly #options: HttpServiceOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #token: HttpToken | null = null;

  constructor(host: ServiceHost, options: HttpServiceOptions) {
    this.#host = host;
    this.#options = options;
    this.#server = createServer({ maxHeaderSize: HEADER_BYTES_MAX }, (request, response) => {
      void this.#answer(request, response);
    });
    this.#server.on('clientError', (_, socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    });
  }

  recognise(first: Uint8Array): Verdict {
    return recogniseHttp(first);
  }

  opened(): void {
    const { log } = this.#host;
    if (this.#options.token !== undefined) {
      this.#token = { value: this.#options.token, path: '' };
      log('notice', 'http: GET /healthz /readyz /metrics, and POST /command with the token given');
      return;
    }
    this.#token = tokenIn(this.#host.directory);
    const where = this.#token.path;
    log(
      'notice',
      `http: GET /healthz /readyz /metrics, and POST /command with the token in ${where}`,
    );
  }

  take(socket: Socket, first: Uint8Array): void {
    socket.on('error', () => {
      socket.destroy();
    });
    if (this.#sockets.size >= CONNECTIONS_MAX) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
      return;
    }
    this.#sockets.add(socket);
    const limit = setTimeout(() => {
      socket.destroy();
    }, this.#options.headersMs ?? HEADERS_MS);
    socket.once('close', () => {
      clearTimeout(limit);
      this.#sockets.delete(socket);
    });
    socket.once('request-head', () => {
      clearTimeout(limit);
    });
    this.#server.emit('connection', socket);
    socket.unshift(first);
  }

  async close(): Promise<void> {
    const endMs = performance.now() + CLOSE_MS_MAX;
    while (this.#sockets.size > 0 && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const socket of this.#sockets) socket.destroy();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.socket.emit('request-head');
    const limit = setTimeout(() => request.socket.destroy(), REQUEST_MS_MAX);
    response.once('close', () => {
      clearTimeout(limit);
    });
    let answer: HttpAnswer;
    try {
      answer = await this.#route(request);
    } catch (error) {
      answer = refusalOf(error);
      if (!(error instanceof HttpRefusal)) this.#host.log('warning', `http: ${String(error)}`);
    }
    response.writeHead(answer.status, {
      'Content-Type': answer.type,
      'Content-Length': Buffer.byteLength(answer.body),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      Connection: 'close',
      ...answer.headers,
    });
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  }

  #route(request: IncomingMessage): HttpAnswer | Promise<HttpAnswer> {
    this.#checkCaller(request);
    const [path = ''] = (request.url ?? '').split('?', 1);
    const get = Object.hasOwn(GET_ROUTES, path) ? GET_ROUTES[path] : undefined;
    if (get !== undefined) {
      if (request.method === 'GET' || request.method === 'HEAD') {
        return get(this.#host, request, this.#token?.value ?? null);
      }
      throw new HttpRefusal(405, `${path} is for GET`, { Allow: 'GET, HEAD' });
    }
    if (path !== '/command') throw new HttpRefusal(404, 'there is nothing here');
    if (request.method !== 'POST')
      throw new HttpRefusal(405, '/command is for POST', { Allow: 'POST' });
    if (this.#token === null) throw new HttpRefusal(503, 'the node is starting');
    return command(this.#host, request, this.#token.value);
  }

  /** @throws HttpRefusal for a name or an origin that is not this node's own */
  #checkCaller({ headers }: IncomingMessage): void {
    const hosts = this.#hosts();
    const host = (headers.host ?? '').toLowerCase();
    if (!hosts.has(host)) throw new HttpRefusal(421, `this node is not called ${host}`);
    const { origin } = headers;
    if (origin !== undefined && !hosts.has(origin.toLowerCase().replace(/^https?:\/\//, ''))) {
      throw new HttpRefusal(403, 'requests from pages of other origins are refused');
    }
  }

  #hosts(): ReadonlySet<string> {
    const { address } = this.#host;
    const port = address.slice(address.lastIndexOf(':') + 1);
    const own = [address, `localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`];
    const advertised = this.#host.status()?.clientAddress ?? address;
    const all = [...own, advertised, ...(this.#options.hosts ?? [])];
    return new Set(all.map((name) => name.toLowerCase()));
  }
}

function refusalOf(error: unknown): HttpAnswer {
  const isRefusal = error instanceof HttpRefusal;
  const message = isRefusal ? error.message : 'the node failed to answer';
  return {
    status: isRefusal ? error.status : 500,
    type: 'application/json',
    body: `${JSON.stringify({ error: message })}\n`,
    ...(isRefusal ? { headers: error.headers } : {}),
  };
}
