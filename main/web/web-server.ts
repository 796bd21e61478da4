import { createServer, STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';

import { DOWNLOAD_PATH } from '../contract/snapshots.ts';
import { HOST_SOCKET_PATH, MESSAGE_SIZE_MAX } from '../contract/wire.ts';
import type { HostService } from '../host/client-session.ts';
import { RateLimit } from '../host/rate-limit.ts';
import { findRendererFile, type RendererFiles } from '../host/renderer-files.ts';
import { securityHeaders } from '../host/security-headers.ts';
import { Access } from './access.ts';
import { sendDownload } from './download.ts';
import {
  cookieName,
  ownHost,
  ownOrigin,
  refuseSource,
  refuseStranger,
  type GuardContext,
  type Refusal,
} from './guard.ts';
import { HostSocket } from './host-socket.ts';
import { peerUserId } from './peer-user.ts';

/** Else a browser asks for /favicon.ico, which is not there; the window names its own icon. */
const NO_ICON = '<link rel="icon" href="data:,">';
/** Limits of the server; each of them answers with an error instead of waiting. */
const HEADER_BYTES_MAX = 16 * 1024;
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_TIMEOUT_MS = 5_000;
/** How often connections are looked at for these; Node's own 30 s would make them pointless. */
const TIMEOUT_CHECK_MS = 1_000;
const CONNECTIONS_MAX = 128;
const SOCKETS_MAX = 32;
const BODY_BYTES_MAX = 1024 * 1024;
const GUEST_RATE = { perSecond: 60, burst: 120 };
const STRANGER_RATE = { perSecond: 10, burst: 30 };

/** What a web server is made from. */
export interface WebServerOptions {
  readonly host: HostService;
  readonly files: RendererFiles;
  /** 0 for a free one. */
  readonly port: number;
  readonly log: (line: string) => void;
  /** Monotonic milliseconds, for the rate limits. */
  readonly nowMs?: () => number;
}

/** A running web server. */
export interface WebServer {
  readonly port: number;
  /** A link that lets one browser in, once. */
  newLink(): string;
  close(): Promise<void>;
}

/** Serves the window to a browser on this machine; rejects when it cannot listen. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const access = new Access();
  const server = createServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
  });
  server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: options.port, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  const context: GuardContext = { port, access, isOwnUser: rememberOwnUser() };
  const sockets = serve(server, context, options);
  return {
    port,
    newLink: () => `${ownOrigin(port)}/?token=${access.issueToken()}`,
    close: () => closeServer(server, sockets),
  };
}

function serve(server: Server, context: GuardContext, options: WebServerOptions): WebSocketServer {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_SIZE_MAX,
    perMessageDeflate: false,
  });
  const connect = [`ws://${ownHost(context.port)}`, "'self'"];
  const headers = securityHeaders(connect);
  // Apart, so that strangers who knock do not keep out who is in.
  const strangers = new RateLimit(STRANGER_RATE);
  const guests = new RateLimit(GUEST_RATE);
  const nowMs = options.nowMs ?? (() => performance.now());
  const { files, host } = options;
  const isTooMany = (stranger: boolean): boolean => !(stranger ? strangers : guests).take(nowMs());

  server.on('request', (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const refusal = refuseSource(request, context, 'optional');
    const stranger = refuseStranger(request, context);
    if (isTooMany(refusal !== null || stranger !== null)) refuse(request, response, TOO_MANY);
    else if (refusal !== null) refuse(request, response, refusal);
    else answer(request, response, { context, files, host, stranger });
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const refusal =
      refuseSource(request, context, 'required') ??
      refuseStranger(request, context) ??
      refuseUpgrade(request, sockets.clients.size) ??
      (isTooMany(false) ? TOO_MANY : null);
    if (refusal !== null) {
      refuseRaw(socket, refusal, headers);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      new HostSocket(client, options.host, options.log);
    });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    refuseRaw(socket, refusalOf(error), headers);
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => socket.destroy());
  return sockets;
}

interface Matter {
  readonly context: GuardContext;
  readonly files: RendererFiles;
  readonly host: HostService;
  readonly stranger: Refusal | null;
}

function answer(request: IncomingMessage, response: ServerResponse, matter: Matter): void {
  const { context, files, stranger } = matter;
  const url = parseUrl(request.url ?? '', context.port);
  if (url === null) {
    refuse(request, response, { status: 400, message: 'The address is malformed.' });
    return;
  }
  const token = url.pathname === '/' ? url.searchParams.get('token') : null;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (isRead && token !== null) {
    letIn(request, response, context, { token, isIn: stranger === null });
    return;
  }
  if (stranger !== null) {
    refuse(request, response, stranger);
    return;
  }
  if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX) {
    refuse(request, response, { status: 413, message: 'No request here needs a body.' });
    return;
  }
  if (!isRead) {
    response.setHeader('Allow', 'GET, HEAD');
    refuse(request, response, { status: 405, message: 'Only GET and HEAD are answered here.' });
    return;
  }
  if (url.pathname.startsWith(DOWNLOAD_PATH) && request.method === 'GET') {
    void sendDownload(response, matter.host, url.pathname.slice(DOWNLOAD_PATH.length)).then(
      (refusal) => {
        if (refusal !== null) refuse(request, response, refusal);
      },
    );
    return;
  }
  const file = findRendererFile(files, url.pathname);
  if (file === undefined) {
    refuse(request, response, { status: 404, message: 'There is no such file.' });
    return;
  }
  send(request, response, { status: 200, contentType: file.contentType, bytes: file.bytes });
}

/** Exchanges the token for a session and leads on to the page, without the token in its address. */
function letIn(
  request: IncomingMessage,
  response: ServerResponse,
  context: GuardContext,
  given: { readonly token: string; readonly isIn: boolean },
): void {
  const session = context.access.exchange(given.token);
  // A browser that is in already may reload the link it came by.
  if (session === null && !given.isIn) {
    const message = 'This link was used already. Ask raftdeck for a new one.';
    refuse(request, response, { status: 401, message });
    return;
  }
  if (session !== null) {
    const cookie = `${cookieName(context.port)}=${session}; HttpOnly; SameSite=Strict; Path=/`;
    response.setHeader('Set-Cookie', cookie);
  }
  // Not a redirect: followed from another site's page, a redirect would come without the new cookie,
  // because that navigation still counts as begun by the other site. This page begins its own.
  const page = Buffer.from(
    `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/">${NO_ICON}<title>Raftdeck</title><a href="/">Open Raftdeck</a>\n`,
  );
  send(request, response, { status: 200, contentType: 'text/html; charset=utf-8', bytes: page });
}

const TOO_MANY: Refusal = { status: 429, message: 'Too many requests. Wait a moment.' };

function refuseUpgrade(request: IncomingMessage, open: number): Refusal | null {
  if (request.url !== HOST_SOCKET_PATH) return { status: 404, message: 'There is no such socket.' };
  return open < SOCKETS_MAX ? null : { status: 503, message: 'Too many windows are open.' };
}

function refusalOf(error: NodeJS.ErrnoException): Refusal {
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    return { status: 431, message: `The headers are longer than ${HEADER_BYTES_MAX} bytes.` };
  }
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { status: 408, message: 'The request did not end in time.' };
  }
  return { status: 400, message: 'This is no valid HTTP request.' };
}

function errorBody(refusal: Refusal): Buffer {
  const error = { code: `E_HTTP_${refusal.status}`, message: refusal.message };
  return Buffer.from(`${JSON.stringify({ error })}\n`);
}

function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  const { status } = refusal;
  // What follows a refused request may be a body; it is not read, so the connection cannot go on.
  response.setHeader('Connection', 'close');
  if (request.headers.accept?.includes('text/html') === true) {
    const text = `<!doctype html><meta charset="utf-8">${NO_ICON}<title>Raftdeck</title><p>${refusal.message}</p>\n`;
    const bytes = Buffer.from(text);
    send(request, response, { status, contentType: 'text/html; charset=utf-8', bytes });
    return;
  }
  send(request, response, { status, contentType: 'application/json', bytes: errorBody(refusal) });
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  content: { readonly status: number; readonly contentType: string; readonly bytes: Buffer },
): void {
  response.writeHead(content.status, {
    'Content-Type': content.contentType,
    'Content-Length': content.bytes.length,
  });
  response.end(request.method === 'HEAD' ? undefined : content.bytes);
}

/** Answers on a bare connection, and ends it. */
function refuseRaw(
  socket: Duplex,
  refusal: Refusal,
  headers: Readonly<Record<string, string>>,
): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = errorBody(refusal);
  const lines = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ];
  socket.once('error', () => socket.destroy());
  socket.end(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body]), () =>
    socket.destroy(),
  );
}

function parseUrl(url: string, port: number): URL | null {
  if (!url.startsWith('/')) return null;
  try {
    // '//elsewhere/' begins with a slash too.
    const parsed = new URL(url, ownOrigin(port));
    return parsed.origin === ownOrigin(port) ? parsed : null;
  } catch {
    return null;
  }
}

/** Asks the system once per connection whose it is. */
function rememberOwnUser(): (request: IncomingMessage) => boolean {
  const answers = new WeakMap<object, boolean>();
  const ownId = process.getuid?.();
  return ({ socket }) => {
    const known = answers.get(socket);
    if (known !== undefined) return known;
    const { localPort, remotePort } = socket;
    const isKnown = localPort !== undefined && remotePort !== undefined;
    const userId = isKnown ? peerUserId({ localPort, remotePort }) : null;
    const isOwn = userId === null || userId === ownId || userId === 0;
    answers.set(socket, isOwn);
    return isOwn;
  };
}

async function closeServer(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const client of sockets.clients) client.terminate();
  sockets.close();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
