import { REFUSE, type MachineService } from '../machine/intermediate.ts';
import type { LocalClientOptions, LocalConnection } from '../machine/node-handle.ts';
import type { CommandBatch } from '../resp/command-batch.ts';
import type { Connection } from '../server/connection.ts';
import { ClientConnection } from './client-connection.ts';
import type { Dispatcher } from './dispatcher.ts';
import { LocalClient } from './local-client.ts';
import type { Node } from './node.ts';
import type { Logger } from './node-options.ts';
import type { ServedClient } from './served-client.ts';

/** How often a closing node looks whether the clients inside its process have their answers. */
const DRAIN_LOOK_MS = 10;

/** The node once it is made, with what serves its clients. */
interface OpenNode {
  readonly node: Node;
  readonly dispatcher: Dispatcher;
}

/**
 * Everyone who talks to the node, from sockets and from inside the process: lets them in as the
 * machine's hooks say, hands on what they send, and tells when they go.
 */
export class ClientDesk {
  readonly #log: Logger;
  readonly #clients = new Map<number, ClientConnection>();
  readonly #locals = new Set<LocalClient>();
  /** Those that the machine was told of. */
  readonly #admitted = new WeakSet<ServedClient>();
  readonly #authenticates: boolean;
  readonly #nextId: () => number;
  #open: OpenNode | null = null;
  #closing = false;

  constructor(
    log: Logger,
    options: {
      /** Whether clients from outside have to say who they are. */
      readonly authenticates: boolean;
      /** Gives numbers to clients that have no connection of the server's. */
      readonly nextId: () => number;
    },
  ) {
    this.#log = log;
    this.#authenticates = options.authenticates;
    this.#nextId = options.nextId;
  }

  /** The node is there; clients that came before it are let in now. */
  open(node: Node, dispatcher: Dispatcher): void {
    this.#open = { node, dispatcher };
    for (const client of this.#clients.values()) {
      if (!this.#admit(client)) client.destroy();
    }
  }

  /** A client has connected. */
  connected(connection: Connection): void {
    const client = new ClientConnection(connection, this.#authenticates);
    this.#clients.set(connection.id, client);
    if (this.#open !== null && !this.#admit(client)) client.destroy();
  }

  /** Commands of a client; false when the node cannot take any yet. */
  commands(connection: Connection, batch: CommandBatch): boolean {
    const client = this.#clients.get(connection.id);
    if (this.#open === null || client === undefined) return false;
    // One that was refused is being cut off; what it sent first is not run.
    if (this.#admitted.has(client)) this.#open.dispatcher.take(client, batch);
    return true;
  }

  /** A client's connection is gone. */
  disconnected(connection: Connection): void {
    const client = this.#clients.get(connection.id);
    this.#clients.delete(connection.id);
    if (client === undefined) return;
    client.closed();
    this.#dismiss(client);
  }

  /**
   * A client inside the process.
   *
   * @throws Error when the node is starting or closing, or the machine refuses the client
   */
  connect(options: LocalClientOptions, localAddress: string): LocalConnection {
    const open = this.#open;
    if (open === null) throw new Error('the node is still starting');
    if (this.#closing) throw new Error('the node is closing');
    const client = new LocalClient({
      id: this.#nextId(),
      remoteAddress: options.remoteAddress ?? 'local',
      localAddress,
      take: (from, args) => {
        open.dispatcher.takeLocal(from, args);
      },
    });
    if (!this.#admit(client)) throw new Error('the client was refused');
    this.#locals.add(client);
    client.onClosed(() => {
      this.#locals.delete(client);
      this.#dismiss(client);
    });
    return client;
  }

  /** Waits until the clients inside the process have their answers, and closes them. */
  async closeLocals(limitMs: number): Promise<void> {
    this.#closing = true;
    const endMs = performance.now() + limitMs;
    const isWaiting = (): boolean => [...this.#locals].some((client) => client.pendingReplies > 0);
    while (isWaiting() && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_LOOK_MS));
    }
    for (const client of this.#locals) client.close();
  }

  #admit(client: ServedClient): boolean {
    const { opened } = this.#hooks();
    if (opened !== undefined) {
      try {
        const context = opened(client.info);
        if (context === REFUSE) return false;
        client.info.context = context;
      } catch (error) {
        this.#log('warning', `${client.remoteAddress} is refused: ${String(error)}`);
        return false;
      }
    }
    this.#admitted.add(client);
    this.#open?.node.connected.add(client);
    return true;
  }

  #dismiss(client: ServedClient): void {
    if (!this.#admitted.delete(client)) return;
    this.#open?.node.connected.delete(client);
    try {
      this.#hooks().closed?.(client.info);
    } catch (error) {
      this.#log('warning', `the machine failed as ${client.remoteAddress} left: ${String(error)}`);
    }
  }

  #hooks(): MachineService['connections'] {
    return this.#open?.node.machine.service?.connections ?? {};
  }
}
