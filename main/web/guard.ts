import type { IncomingMessage } from 'node:http';

import { type Access, cookieValue } from './access.ts';

/** Why a request is not served. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 413 | 414 | 429 | 431 | 503;
  readonly message: string;
}

/** Longest path and query of a request, in characters. */
export const URL_LENGTH_MAX = 4_096;

/** What a request is checked against. */
export interface GuardContext {
  readonly port: number;
  readonly access: Access;
  /** Whether the other end belongs to the user of this host; asked once per connection. */
  readonly isOwnUser: (request: IncomingMessage) => boolean;
}

/** The only `Host` that is served. Names that resolve to 127.0.0.1 (DNS rebinding) are not it. */
export function ownHost(port: number): string {
  return `127.0.0.1:${port}`;
}

/** The only origin whose pages may talk to this host. */
export function ownOrigin(port: number): string {
  return `http://${ownHost(port)}`;
}

/** The name of the session cookie; browsers do not keep the ports of one address apart. */
export function cookieName(port: number): string {
  return `raftdeck-${port}`;
}

/** What is wrong with where a request comes from; null when nothing is. */
export function refuseSource(
  request: IncomingMessage,
  context: GuardContext,
  origin: 'optional' | 'required',
): Refusal | null {
  const { port } = context;
  if ((request.url ?? '').length > URL_LENGTH_MAX) {
    return { status: 414, message: `The address is longer than ${URL_LENGTH_MAX} characters.` };
  }
  if (request.headers.host !== ownHost(port)) {
    return { status: 403, message: `This is served at ${ownOrigin(port)} and by no other name.` };
  }
  const given = request.headers.origin;
  if (given === undefined ? origin === 'required' : given !== ownOrigin(port)) {
    return { status: 403, message: 'Pages of another origin are not let in.' };
  }
  if (!context.isOwnUser(request)) {
    return { status: 403, message: 'Other users of this machine are not let in.' };
  }
  return null;
}

/** What is wrong with who a request comes from; null when it has a session. */
export function refuseStranger(request: IncomingMessage, context: GuardContext): Refusal | null {
  const session = cookieValue(request.headers.cookie, cookieName(context.port));
  if (session !== null && context.access.knows(session)) return null;
  return {
    status: 401,
    message: 'Open the link that raftdeck printed when it started; it works once.',
  };
}
