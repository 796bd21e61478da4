import { encodeCommand } from '../resp/command-writer.ts';
import type { Reply } from '../resp/value.ts';
import type { Connection } from '../server/connection.ts';
import type { Client } from './client.ts';
import type { Session } from './driver-ports.ts';

/** A command that waits until the reads before it are answered. Its arguments are its own. */
interface HeldCommand {
  readonly args: readonly Uint8Array[];
  readonly ticket: number;
}

/** A connection of the server together with what the node notes about its client. */
export class ClientConnection implements Client {
  readonly session: Session = { unproposed: 0, lastWriteIndex: 0, lastWriteTerm: 0 };
  /** Commands in order, each behind a read that is not answered yet. */
  readonly held: HeldCommand[] = [];
  pendingReads = 0;
  lastCommand = '';
  readonly #connection: Connection;
  readonly #closedListeners: (() => void)[] = [];

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get id(): number {
    return this.#connection.id;
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress;
  }

  get localAddress(): string {
    return this.#connection.localAddress;
  }

  get connectedAtMs(): number {
    return this.#connection.connectedAtMs;
  }

  get name(): string {
    return this.#connection.client.name;
  }

  set name(name: string) {
    this.#connection.client.name = name;
  }

  get libraryName(): string {
    return this.#connection.client.libraryName;
  }

  set libraryName(name: string) {
    this.#connection.client.libraryName = name;
  }

  get libraryVersion(): string {
    return this.#connection.client.libraryVersion;
  }

  set libraryVersion(version: string) {
    this.#connection.client.libraryVersion = version;
  }

  get readonly(): boolean {
    return this.#connection.client.readOnly;
  }

  set readonly(accepts: boolean) {
    this.#connection.client.readOnly = accepts;
  }

  get protocol(): 2 | 3 {
    return this.#connection.protocol;
  }

  setProtocol(protocol: 2 | 3): void {
    this.#connection.setProtocol(protocol);
  }

  /** Takes the places of the next `count` replies; the first. */
  reserve(count = 1): number {
    return this.#connection.reserve(count);
  }

  /** Gives the reply of a place. */
  fill(ticket: number, reply: Reply): void {
    this.#connection.fill(ticket, reply);
  }

  /** Keeps a command back; its place among the replies is taken already or now. */
  hold(args: readonly Uint8Array[], ticket = this.reserve()): void {
    this.held.push({ args, ticket });
  }

  /** RESP bytes of a command, for one that no longer has those it came in. */
  encode(args: readonly Uint8Array[]): Uint8Array {
    return encodeCommand(args);
  }

  push(items: readonly Reply[]): boolean {
    return this.#connection.push({ type: 'push', items });
  }

  send(message: Reply): boolean {
    return this.#connection.push(message);
  }

  onClosed(listener: () => void): void {
    this.#closedListeners.push(listener);
  }

  /** The server says that the connection is gone. */
  closed(): void {
    for (const listener of this.#closedListeners) listener();
  }

  close(): void {
    this.#connection.close();
  }
}
