import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Links that were given out and not used yet; the oldest gives way. */
const LINKS_MAX = 8;
/** Browsers that are let in at once; the oldest gives way. */
const SESSIONS_MAX = 32;
const SECRET_BYTES = 32;

/**
 * Who is let in: a one-time token, carried by the link that the host prints, is exchanged for a
 * session, carried by a cookie. Neither is ever written to disk, and both end with the host.
 */
export class Access {
  /** SHA-256 of each secret: comparing digests takes the same time wherever they differ. */
  readonly #tokens: Buffer[] = [];
  readonly #sessions: Buffer[] = [];

  /** A new one-time token. */
  issueToken(): string {
    const token = randomBytes(SECRET_BYTES).toString('base64url');
    remember(this.#tokens, token, LINKS_MAX);
    return token;
  }

  /** The id of a new session for a valid token, which is used up by that; else null. */
  exchange(token: string): string | null {
    const offset = find(this.#tokens, token);
    if (offset < 0) return null;
    this.#tokens.splice(offset, 1);
    const session = randomBytes(SECRET_BYTES).toString('base64url');
    remember(this.#sessions, session, SESSIONS_MAX);
    return session;
  }

  /** Whether a session of that id exists. */
  knows(session: string): boolean {
    return find(this.#sessions, session) >= 0;
  }
}

/** The value of one cookie in a Cookie header; null when it is not there. */
export function cookieValue(header: string | undefined, name: string): string | null {
  for (const pair of (header ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals >= 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return null;
}

function remember(digests: Buffer[], secret: string, limit: number): void {
  digests.push(digestOf(secret));
  if (digests.length > limit) digests.shift();
}

function find(digests: readonly Buffer[], secret: string): number {
  const digest = digestOf(secret);
  return digests.findIndex((candidate) => timingSafeEqual(candidate, digest));
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
