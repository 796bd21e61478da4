import type { FilteredReply, HijackedConnection } from '../machine/intermediate.ts';
import type { ClientInfo } from '../machine/node-handle.ts';
import type { Reply } from '../resp/value.ts';
import type { Client } from './client.ts';

/** A command that waits until those before it let it run. Its arguments are its own. */
export interface HeldCommand {
  readonly args: readonly Uint8Array[];
  readonly ticket: number;
}

/** Takes the commands of a client that belongs to a handler now. */
export type ConnectionOwner = (args: readonly Uint8Array[]) => void;

/** A client as the dispatcher serves it: from a socket, or inside the process. */
export interface ServedClient extends Client {
  /** What the machine's hooks and handlers are told of it; its context can be set. */
  readonly info: ClientInfo & { context: unknown };
  /** Commands in order, each behind one that has not let it run yet. */
  readonly held: HeldCommand[];
  /** Reads that wait for the moment they may run. */
  pendingReads: number;
  /** Commands that another node has not answered yet: reads that are made here wait for them. */
  pendingForwards: number;
  /** An intermediate command has not answered yet: those behind it wait. */
  busy: boolean;
  /** Set once a handler has taken the connection over. */
  owner: ConnectionOwner | null;
  /** Commands whose answers the machine wants to see first, by ticket. */
  readonly filtered: Map<number, Pick<FilteredReply, 'name' | 'args'>>;
  /** Takes the places of the next `count` replies, 1 unless given; the first. */
  reserve(count?: number): number;
  /** Gives the reply of a place; it may hold views that are valid during the call. */
  fill(ticket: number, reply: Reply): void;
  /** Lets `take` have the connection, behind all replies owed so far; false where that cannot be. */
  hijack(take: (connection: HijackedConnection) => void): boolean;
}
