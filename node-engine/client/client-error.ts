/**
 * Why a command got no reply.
 *
 * - `REFUSED`: no connection, or the server refused the login.
 * - `TIMEOUT`: not within the time given.
 * - `CLOSED`: the connection ended first.
 * - `PROTOCOL`: the other side does not speak RESP, or breaks a limit.
 */
export type ClientErrorCode = 'REFUSED' | 'TIMEOUT' | 'CLOSED' | 'PROTOCOL';

/** A fault of the connection. What the server answers, errors included, is never one of these. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;
  /**
   * True when the command may have reached the server: then nobody knows whether it was carried
   * out. False when it certainly was not sent.
   */
  readonly sent: boolean;

  constructor(code: ClientErrorCode, message: string, sent: boolean, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.sent = sent;
  }
}
