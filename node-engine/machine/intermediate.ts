import type { Reply } from '../resp/value.ts';
import type { HandlerResult } from './handler-result.ts';
import type { ClientInfo, NodeHandle } from './node-handle.ts';

/*
 * Commands that run on the node that received them and nowhere else: they see no state, may wait, and
 * may send another command in their place or take the connection over.
 */

/** What an intermediate command's handler gets. */
export interface IntermediateCall {
  /** The command's name in lower case. */
  readonly name: string;
  /** The arguments behind the name as text; bytes that are no UTF-8 become U+FFFD. */
  readonly args: readonly string[];
  /** The same as they came; they may be kept. */
  readonly bytes: readonly Uint8Array[];
  readonly client: ClientInfo;
  readonly node: NodeHandle;
}

/** Runs another command where this one stood; its answer is this one's. */
export interface Instead {
  readonly type: 'instead';
  readonly args: readonly (string | Uint8Array)[];
}

/** Takes the connection over. */
export interface Hijack {
  readonly type: 'hijack';
  readonly take: (connection: HijackedConnection) => void;
}

/**
 * Sends this very command through the log, or lets it wait until a read may run, whatever the machine's
 * commands say of its name; then `respond` makes the answer, on this node and once.
 */
export interface Routed {
  readonly type: 'routed';
  readonly kind: 'write' | 'read';
  /** @param reply what the machine answered; null for a read, which it was not asked */
  readonly respond: (reply: Reply) => HandlerResult;
}

/** What an intermediate command may return, now or later. */
export type IntermediateResult = HandlerResult | Instead | Hijack | Routed;

/** Answers an intermediate command. Commands behind it in a pipeline wait for its answer. */
export type IntermediateHandler = (
  call: IntermediateCall,
) => IntermediateResult | Promise<IntermediateResult>;

/**
 * A connection that a command has taken over. What the client sends next is still read as commands,
 * also what stood behind the taking one in its pipeline; nobody answers but the new owner.
 */
export interface HijackedConnection {
  readonly client: ClientInfo;
  /** Sends a value. False when the client does not read and its queue is full: it was not sent. */
  write(value: HandlerResult): boolean;
  /** Sends bytes as they are. False as in `write`. */
  writeRaw(bytes: Uint8Array): boolean;
  /** Is called with each command, the name first; the bytes may be kept. */
  onCommand(listener: (args: readonly Uint8Array[]) => void): void;
  /** Is called once when the connection is gone. */
  onClosed(listener: () => void): void;
  /** Sends what was written and closes. */
  close(): void;
}

/**
 * Makes the result that runs another command in this one's place: `return instead('SET', key, text)`.
 *
 * It may be any command but an intermediate one.
 */
export function instead(...args: readonly (string | Uint8Array)[]): Instead {
  return { type: 'instead', args };
}

/** Makes the result that takes the connection over. `take` is called when all answers before are out. */
export function hijack(take: (connection: HijackedConnection) => void): Hijack {
  return { type: 'hijack', take };
}

/** Refuses a client, as the result of `connections.opened`: it is closed without a word. */
export const REFUSE = Symbol('this client is refused');

/** What happens when clients come and go. */
export interface ConnectionHooks {
  /**
   * A client is there, before its first command. What it returns is kept as the client's `context`;
   * `REFUSE` closes the connection. A throw refuses too, and is logged.
   */
  readonly opened?: (client: ClientInfo) => unknown;
  /** It is gone; not called for one that was refused. */
  readonly closed?: (client: ClientInfo) => void;
}

/** An answer on its way to a client. */
export interface FilteredReply {
  readonly reply: Reply;
  /** The command's name in lower case, and its arguments behind it. */
  readonly name: string;
  readonly args: readonly Uint8Array[];
  readonly client: ClientInfo;
}

/** What a machine does beside its state, on the one node that a client talks to. */
export interface MachineService {
  /** By lower-case name. */
  readonly intermediates: ReadonlyMap<string, IntermediateHandler>;
  /** Gets every command whose name nothing else has. */
  readonly catchAll: IntermediateHandler | null;
  /**
   * The catch-all only says where a command goes and asks nothing of the node, so it need not wait for
   * what its client wrote before: writes of a pipeline then share entries of the log.
   */
  readonly catchAllOnlyRoutes: boolean;
  readonly connections: ConnectionHooks;
  /** Makes another answer of one that the machine gave; null leaves all as they are. */
  readonly filter: ((filtered: FilteredReply) => HandlerResult) | null;
}
