import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const TOKEN_BYTES = 32;
const TOKEN_FILE = 'http.token';

/** The token of a node's `POST /command`, and the file it is in. */
export interface HttpToken {
  readonly value: string;
  readonly path: string;
}

/**
 * The token in the node's own directory, made at the first use; only this user may read it. A page in
 * a browser can send requests to this machine, but it cannot read a file.
 */
export function tokenIn(directory: string): HttpToken {
  const path = join(directory, TOKEN_FILE);
  const known = readToken(path);
  if (known !== null) return { value: known, path };
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const value = randomBytes(TOKEN_BYTES).toString('hex');
  writeFileSync(path, `${value}\n`, { mode: 0o600 });
  return { value, path };
}

/** Whether `given` is the token; takes as long for a wrong one as for the right one. */
export function isToken(given: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

/** What an earlier start wrote; a file cut short by a crash is replaced. */
function readToken(path: string): string | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  return text.length === 2 * TOKEN_BYTES ? text : null;
}
