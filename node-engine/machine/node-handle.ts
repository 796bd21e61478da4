import type { Reply } from '../resp/value.ts';
import { outcomeOf, type ErrorOutcome } from './error-codes.ts';

/** A client as hooks, services and intermediate commands see it. */
export interface ClientInfo {
  /** Grows by one with every client of this node; never used again. */
  readonly id: number;
  /** `host:port` of the other side; what `connect` was told for one inside the process. */
  readonly remoteAddress: string;
  /** What `connections.opened` returned for it. */
  readonly context: unknown;
}

/** What a client inside the process may say of itself. */
export interface LocalClientOptions {
  /** On whose behalf it asks; 'local' unless given. Hooks and MONITOR see it. */
  readonly remoteAddress?: string;
}

/**
 * A client of a node inside the same process: its commands go the same way as those from a socket,
 * through hooks, MONITOR and the log, in the order they were given.
 */
export interface LocalConnection {
  readonly client: ClientInfo;
  /**
   * Runs a command. Bulk strings come as text (bytes that are no UTF-8 become U+FFFD), maps as Map,
   * sets as Set.
   *
   * @throws ReplyError when the answer is an error: `MOVED` from a node that does not lead, too
   */
  run(...words: readonly (string | number | Uint8Array)[]): Promise<LocalValue>;
  /** The same with the answer as it is: bulk strings as bytes, and errors as values. */
  call(args: readonly (string | Uint8Array)[]): Promise<Reply>;
  /** Ends it; commands without an answer are answered still. */
  close(): void;
}

/** What `LocalConnection.run` gives. */
export type LocalValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly LocalValue[]
  | ReadonlyMap<LocalValue, LocalValue>
  | ReadonlySet<LocalValue>;

/** A node as seen from inside its process. */
export interface NodeHandle {
  readonly id: string;
  /** The address that was bound, `host:port`. */
  readonly address: string;
  /** Where clients reach the member that leads, as far as this node knows; null when it knows none. */
  leader(): string | null;
  /**
   * Opens a client of this node.
   *
   * @throws Error when `connections.opened` refuses it, or the node is closing
   */
  connect(options?: LocalClientOptions): LocalConnection;
}

/** The answer to a command was an error; `message` is its exact text: `ERR no such key`. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';

  /** The first word of the text: `ERR`, `MOVED`, `UNKNOWN` … */
  get code(): string {
    return this.message.split(' ', 1)[0] ?? '';
  }

  /** Whether the command was certainly not done, or may have been. */
  get outcome(): ErrorOutcome {
    return outcomeOf(this.code);
  }
}
