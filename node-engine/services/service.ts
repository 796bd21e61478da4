import type { Socket } from 'node:net';

import type { NodeHandle } from '../machine/node-handle.ts';
import type { NodeStatus } from '../node/status.ts';

/** What the first bytes of a connection say: `undecided` needs more of them. */
export type Verdict = 'yes' | 'no' | 'undecided';

/**
 * A protocol of its own on the node's one port. The first bytes of every connection are shown to the
 * node's peers, then to its services in their order; the first that says `yes` has it, and what nobody
 * wants is a Redis client. Each connection is judged by itself and with a deadline, so one that says
 * nothing holds up nobody.
 */
export interface Service {
  /** For the log. */
  readonly name: string;
  /** Judges the bytes received so far, at least one. Must not take long, and not throw. */
  recognise(first: Uint8Array): Verdict;
  /**
   * Takes over a connection together with the bytes already read. It must attach its `data` handler
   * before it returns; from here on the socket is its own, and so are errors and closing.
   */
  take(socket: Socket, first: Uint8Array): void;
  /** The node is there, and `connect` works. */
  opened?(): void;
  /** The node closes: finish what is under way and end all connections within a second or two. */
  close?(): Promise<void> | void;
}

/** The node as its services see it. */
export interface ServiceHost extends NodeHandle {
  /** What the node says of itself, as `RAFT STATUS`; null while it is still starting. */
  status(): NodeStatus | null;
  /** Whether clients have to say who they are: then `connect` is not for strangers. */
  readonly hasUsers: boolean;
  /** The node's own directory, for a service that keeps a file there. */
  readonly directory: string;
  readonly log: (level: 'debug' | 'verbose' | 'notice' | 'warning', text: string) => void;
}

/** Makes a service of a node that is about to start; it listens once all of them are made. */
export type ServiceMaker = (host: ServiceHost) => Service;
