import type { Reply } from '../resp/value.ts';
import { DEFAULT_USER, type ClientRole } from './auth/users.ts';
import type { ReadLevel, Session } from './driver-ports.ts';

/** Who a client is where nobody has to say. */
export const EVERYBODY: Client['user'] = { name: DEFAULT_USER, role: 'admin' };

/** One client connection as the commands see it. */
export interface Client {
  /** Grows by one with every connection of this process. */
  readonly id: number;
  /** `host:port` of the other side. */
  readonly remoteAddress: string;
  readonly localAddress: string;
  /** Unix milliseconds. */
  readonly connectedAtMs: number;
  readonly session: Session;
  /** Set by CLIENT SETNAME and HELLO … SETNAME. */
  name: string;
  /** Set by CLIENT SETINFO. */
  libraryName: string;
  libraryVersion: string;
  /** What its reads ask for, as READONLY has said; null: the node's own consistency. */
  readLevel: ReadLevel | null;
  /** Name of the last command, lower case. */
  lastCommand: string;
  /** Who it has said it is, and what that one may do; null before AUTH where that is asked for. */
  readonly user: { readonly name: string; readonly role: ClientRole } | null;
  setUser(user: Client['user']): void;
  /** Wrong passwords so far. */
  failedLogins: number;
  readonly protocol: 2 | 3;
  setProtocol(protocol: 2 | 3): void;
  /**
   * Sends something unasked. False when the client does not read and its queue is full: it was not
   * sent and never will be.
   */
  push(items: readonly Reply[]): boolean;
  /** The same for a message that is no push in RESP3, such as a line of MONITOR. */
  send(message: Reply): boolean;
  /** Calls `listener` once, when the connection is gone. */
  onClosed(listener: () => void): void;
  close(): void;
}
