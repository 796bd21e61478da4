import type { IncomingMessage } from 'node:http';

import type { LocalConnection } from '../../machine/node-handle.ts';
import type { ServiceHost } from '../service.ts';
import { HttpRefusal } from './http-answer.ts';
import { isError } from './json-reply.ts';
import { isToken } from './http-token.ts';

interface BasicLogin {
  readonly user: string;
  readonly password: string;
}

/**
 * A client of the node for who sent the request: with the token, whoever runs the node; with a user and
 * a password, that user, as `AUTH` would make it. A password of the default user needs no name.
 *
 * @param token null while the node is starting
 * @throws HttpRefusal 401 for anybody else
 */
export async function clientFor(
  host: ServiceHost,
  request: IncomingMessage,
  token: string | null,
): Promise<LocalConnection> {
  const given = request.headers.authorization ?? '';
  const bearer = /^Bearer ([\x21-\x7e]+)$/i.exec(given)?.[1];
  if (bearer !== undefined && token !== null && isToken(bearer, token)) {
    return connectFor(host, request);
  }
  const basic = basicLogin(given);
  // Where there are no users, AUTH would be an error for everybody.
  if (basic === null || !host.hasUsers) throw refusal(host);
  const connection = connectFor(host, request);
  const { user, password } = basic;
  const reply = await connection.call(['AUTH', ...(user === '' ? [] : [user]), password]);
  if (!isError(reply)) return connection;
  connection.close();
  throw refusal(host);
}

/** The user and password of `Authorization: Basic`, or null. Source: RFC 7617, in UTF-8. */
function basicLogin(header: string): BasicLogin | null {
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(header)?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? null : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function refusal(host: ServiceHost): HttpRefusal {
  const token = 'send Authorization: Bearer with the token of this node';
  if (!host.hasUsers) return new HttpRefusal(401, token, { 'WWW-Authenticate': 'Bearer' });
  return new HttpRefusal(401, `${token}, or Basic with a user and a password`, {
    'WWW-Authenticate': 'Bearer, Basic realm="raftdeck", charset="UTF-8"',
  });
}

function connectFor(host: ServiceHost, request: IncomingMessage): LocalConnection {
  const { remoteAddress = '?', remotePort = 0 } = request.socket;
  try {
    return host.connect({ remoteAddress: `${remoteAddress}:${remotePort}` });
  } catch (error) {
    throw new HttpRefusal(503, error instanceof Error ? error.message : String(error));
  }
}
