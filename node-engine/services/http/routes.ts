import type { IncomingMessage } from 'node:http';

import type { LocalConnection } from '../../machine/node-handle.ts';
import type { ErrorReply, Reply } from '../../resp/value.ts';
import type { ServiceHost } from '../service.ts';
import { HttpRefusal, type HttpAnswer } from './http-answer.ts';
import { clientFor } from './http-login.ts';
import { isError, jsonOf } from './json-reply.ts';
import { metricsText } from './metrics.ts';

/** More than any command that makes sense over HTTP. */
const BODY_BYTES_MAX = 1024 * 1024;
const ARGUMENTS_MAX = 10_000;
const COMMAND_MS_MAX = 30_000;
const TEXT = 'text/plain; charset=utf-8';

/** Statuses by the code of an error; any other is 400. */
const ERROR_STATUS: Readonly<Record<string, number | undefined>> = {
  MOVED: 409,
  TRY: 409,
  CLUSTERDOWN: 503,
  LOADING: 503,
  UNKNOWN: 504,
  NOAUTH: 401,
  WRONGPASS: 401,
  NOPERM: 403,
};

/** `GET /healthz`: 200 as long as the node can do its work at all; for whoever restarts it. */
export function health(host: ServiceHost): HttpAnswer {
  const status = host.status();
  const isBroken = status !== null && status.health === 'storage-failed';
  return isBroken ? unavailable(status.healthReason ?? status.health) : text('ok\n');
}

/** `GET /readyz`: 200 when commands can be served; for whoever sends clients here. */
export function readiness(host: ServiceHost): HttpAnswer {
  const status = host.status();
  if (status === null) return unavailable('the node is starting');
  if (status.health !== 'ok') return unavailable(status.healthReason ?? status.health);
  return status.leaderId === null ? unavailable('no leader is known') : text('ok\n');
}

/**
 * `GET /metrics`: for everybody where clients need no password, else for users of any role.
 *
 * @throws HttpRefusal
 */
export async function metrics(
  host: ServiceHost,
  request: IncomingMessage,
  token: string | null,
): Promise<HttpAnswer> {
  if (host.hasUsers) (await clientFor(host, request, token)).close();
  const status = host.status();
  if (status === null) return unavailable('the node is starting');
  const type = 'text/plain; version=0.0.4; charset=utf-8';
  return { status: 200, type, body: metricsText(status) };
}

/**
 * `POST /command`: a JSON array of text and numbers, the command's name first; the answer is its reply
 * as JSON, or `{"error": …}` with a status that fits.
 *
 * @throws HttpRefusal
 */
export async function command(
  host: ServiceHost,
  request: IncomingMessage,
  token: string,
): Promise<HttpAnswer> {
  const connection = await clientFor(host, request, token);
  try {
    return await runCommand(connection, request);
  } finally {
    connection.close();
  }
}

async function runCommand(
  connection: LocalConnection,
  request: IncomingMessage,
): Promise<HttpAnswer> {
  const type = (request.headers['content-type'] ?? '').toLowerCase().replaceAll(' ', '');
  if (type !== 'application/json' && type !== 'application/json;charset=utf-8') {
    throw new HttpRefusal(415, 'the content type must be application/json');
  }
  const args = argumentsIn(await bodyOf(request));
  const reply = await withLimit(connection.call(args));
  if (!isError(reply)) return json(200, JSON.stringify(jsonOf(reply)));
  return json(statusOf(reply), JSON.stringify({ error: reply.text }));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) {
      throw new HttpRefusal(413, `a command has at most ${BODY_BYTES_MAX} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function argumentsIn(body: string): readonly string[] {
  const form = 'the body must be a JSON array of text and numbers, the name of a command first';
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new HttpRefusal(400, form);
  }
  if (!Array.isArray(parsed) || parsed.length === 0 || parsed.length > ARGUMENTS_MAX) {
    throw new HttpRefusal(400, form);
  }
  return parsed.map((item: unknown) => {
    if (typeof item === 'string') return item;
    if (typeof item === 'number') return String(item);
    throw new HttpRefusal(400, form);
  });
}

/** A command that never answers, such as one that begins a stream, must not keep the request. */
async function withLimit(reply: Promise<Reply>): Promise<Reply> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `UNKNOWN no answer within ${COMMAND_MS_MAX} ms`;
      reject(new HttpRefusal(504, message));
    }, COMMAND_MS_MAX);
  });
  try {
    return await Promise.race([reply, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function statusOf({ text: message }: ErrorReply): number {
  return ERROR_STATUS[message.split(' ', 1)[0] ?? ''] ?? 400;
}

function json(status: number, body: string): HttpAnswer {
  return { status, type: 'application/json', body: `${body}\n` };
}

function text(body: string): HttpAnswer {
  return { status: 200, type: TEXT, body };
}

function unavailable(reason: string): HttpAnswer {
  return { status: 503, type: TEXT, body: `${reason}\n` };
}
