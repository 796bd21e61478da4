import { toReply } from '../machine/handler-result.ts';
import type { FilteredReply, HijackedConnection } from '../machine/intermediate.ts';
import type { ClientInfo } from '../machine/node-handle.ts';
import type { Reply } from '../resp/value.ts';
import type { Connection } from '../server/connection.ts';
import { EVERYBODY, type Client } from './client.ts';
import type { ReadLevel, Session } from './driver-ports.ts';
import type { ConnectionOwner, HeldCommand, ServedClient } from './served-client.ts';

/** A connection of the server together with what the node notes about its client. */
export class ClientConnection implements ServedClient {
  readonly session: Session = { unproposed: 0, lastWriteIndex: 0, lastWriteTerm: 0 };
  readonly info: ClientInfo & { context: unknown };
  readonly held: HeldCommand[] = [];
  pendingReads = 0;
  pendingForwards = 0;
  readLevel: ReadLevel | null = null;
  busy = false;
  owner: ConnectionOwner | null = null;
  readonly filtered = new Map<number, Pick<FilteredReply, 'name' | 'args'>>();
  lastCommand = '';
  failedLogins = 0;
  #user: Client['user'];
  readonly #connection: Connection;
  readonly #closedListeners: (() => void)[] = [];

  /** @param authenticates whether the client has to say who it is before it may do anything */
  constructor(connection: Connection, authenticates: boolean) {
    this.#connection = connection;
    const { id, remoteAddress } = connection;
    this.info = { id, remoteAddress, context: undefined };
    this.#user = authenticates ? null : EVERYBODY;
    if (authenticates) connection.setAuthenticated(false);
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

  get user(): Client['user'] {
    return this.#user;
  }

  setUser(user: Client['user']): void {
    this.#user = user;
    this.#connection.setAuthenticated(user !== null);
  }

  get protocol(): 2 | 3 {
    return this.#connection.protocol;
  }

  setProtocol(protocol: 2 | 3): void {
    this.#connection.setProtocol(protocol);
  }

  reserve(count = 1): number {
    return this.#connection.reserve(count);
  }

  fill(ticket: number, reply: Reply): void {
    this.#connection.fill(ticket, reply);
  }

  hijack(take: (connection: HijackedConnection) => void): boolean {
    let onCommand: ConnectionOwner = () => undefined;
    this.owner = (args) => {
      onCommand(args);
    };
    take({
      client: this.info,
      write: (value) => this.#connection.push(toReply(value)),
      writeRaw: (bytes) => this.#connection.push({ type: 'raw', bytes }),
      onCommand: (listener) => {
        onCommand = listener;
      },
      onClosed: (listener) => {
        this.onClosed(listener);
      },
      close: () => {
        this.close();
      },
    });
    return true;
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

  /** Cuts the connection off without a word. */
  destroy(): void {
    this.#connection.destroy();
  }

  /** The server says that the connection is gone. */
  closed(): void {
    for (const listener of this.#closedListeners) listener();
  }

  close(): void {
    this.#connection.close();
  }
}
