import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http';
import { connect } from 'node:net';
import WebSocket from 'ws';

import type { RendererFiles } from '../../main/host/renderer-files.ts';

/** An HTTP answer, whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A renderer of two files. */
export const TEST_FILES: RendererFiles = new Map([
  [
    '/index.html',
    { bytes: Buffer.from('<!doctype html>the page'), contentType: 'text/html; charset=utf-8' },
  ],
  [
    '/assets/main.js',
    { bytes: Buffer.from('export {};'), contentType: 'text/javascript; charset=utf-8' },
  ],
]);

/** One request on a connection of its own; the headers are sent exactly as given. */
export function fetchRaw(
  port: number,
  path: string,
  options: {
    readonly method?: string;
    readonly headers?: OutgoingHttpHeaders;
    readonly body?: string;
  } = {},
): Promise<HttpAnswer> {
  const { method = 'GET', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      path,
      method,
      agent: false,
      headers: { host: `127.0.0.1:${String(port)}`, ...headers },
    });
    request.once('error', reject);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    request.end(body);
  });
}

/** Sends bytes that need not be HTTP and returns all that comes back. */
export function sendBytes(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.once('error', reject);
    socket.once('close', () => resolve(text));
  });
}

/** Uses up a link as a browser does; the cookie that came for it, or null. */
export async function enter(port: number, link: string): Promise<string | null> {
  const { pathname, search } = new URL(link);
  const answer = await fetchRaw(port, `${pathname}${search}`);
  return answer.headers['set-cookie']?.[0]?.split(';')[0] ?? null;
}

/** Opens a WebSocket; resolves with it, or with the status of the refusal. */
export function openSocket(
  port: number,
  headers: Readonly<Record<string, string>>,
  path = '/socket',
): Promise<WebSocket | number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${String(port)}${path}`, { headers });
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.once('error', reject);
  });
}
