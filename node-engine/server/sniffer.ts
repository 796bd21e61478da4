import type { Socket } from 'node:net';

/** What the first bytes of a connection say: `undecided` needs more of them. */
export type Verdict = 'yes' | 'no' | 'undecided';

/**
 * A protocol that shares the port. The listener asks its sniffers in order about the first bytes of
 * every connection; the first `yes` takes it, and when all say `no` it is a RESP client.
 */
export interface Sniffer {
  readonly name: string;
  /** Judges the bytes received so far, at least one. */
  recognise(first: Uint8Array): Verdict;
  /**
   * Takes over a connection with the bytes already read. It must attach its `data` handler before
   * it returns; from here on the socket is its own, and so are errors and closing.
   */
  take(socket: Socket, first: Uint8Array): void;
}

/** Judges by a fixed beginning. */
export function startsWith(first: Uint8Array, beginning: Uint8Array): Verdict {
  const length = Math.min(first.length, beginning.length);
  for (let i = 0; i < length; i++) {
    if (first[i] !== beginning[i]) return 'no';
  }
  return length === beginning.length ? 'yes' : 'undecided';
}

const TLS_HANDSHAKE = Uint8Array.of(0x16, 0x03);

/** Recognises a TLS ClientHello: a handshake record of any version. */
export function recogniseTls(first: Uint8Array): Verdict {
  return startsWith(first, TLS_HANDSHAKE);
}

const HTTP_METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'PRI',
].map((method) => Buffer.from(`${method} `, 'latin1'));

/** A request line longer than this is not waited for. */
const REQUEST_LINE_BYTES_MAX = 8 * 1024;
const LF = 10;

/**
 * Recognises HTTP by a whole request line such as `GET /x HTTP/1.1`, so that the inline command
 * `GET x` stays a command.
 */
export function recogniseHttp(first: Uint8Array): Verdict {
  const methods = HTTP_METHODS.map((method) => startsWith(first, method));
  if (!methods.includes('yes')) return methods.includes('undecided') ? 'undecided' : 'no';
  const lineEnd = first.indexOf(LF);
  if (lineEnd < 0) return first.length < REQUEST_LINE_BYTES_MAX ? 'undecided' : 'no';
  const line = Buffer.from(first.subarray(0, lineEnd)).toString('latin1');
  return /^[A-Z]+ \S+ HTTP\/\d(?:\.\d)?\r?$/.test(line) ? 'yes' : 'no';
}
