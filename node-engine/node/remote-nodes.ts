import { RespClient } from '../client/resp-client.ts';
import type { Reply } from '../resp/value.ts';

const COMMAND_TIMEOUT_MS = 10_000;

/** A user name and a password. */
interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Client connections to the other nodes: for joining, handing over, and forwarding. */
export class RemoteNodes {
  readonly #clients = new Map<string, Promise<RespClient>>();
  readonly #credentials: Credentials | null;
  readonly #protocol: 2 | 3;
  #closed = false;

  /**
   * @param credentials with which the nodes log in to each other; null where nobody has to
   * @param protocol 3 tells all types of a reply apart, which a reply that is passed on needs
   */
  constructor(credentials: Credentials | null, protocol: 2 | 3) {
    this.#credentials = credentials;
    this.#protocol = protocol;
  }

  /**
   * Sends a command as a client and returns the reply, also when it is an error.
   *
   * @throws ClientError when the node cannot be reached, or did not answer: then nobody knows whether
   *   the command was done
   */
  async ask(address: string, args: readonly (string | Uint8Array)[]): Promise<Reply> {
    const client = await this.#client(address);
    return await client.call(args);
  }

  close(): void {
    this.#closed = true;
    for (const connecting of this.#clients.values()) {
      connecting.then(
        (client) => {
          client.close();
        },
        () => undefined,
      );
    }
    this.#clients.clear();
  }

  /** An open connection; one that has ended since is replaced. */
  async #client(address: string): Promise<RespClient> {
    const known = await this.#clients.get(address);
    if (known?.closed === false) return known;
    return this.#connect(address);
  }

  #connect(address: string): Promise<RespClient> {
    if (this.#closed) return Promise.reject(new Error('the node is closing'));
    const connecting = RespClient.connect({
      address,
      protocol: this.#protocol,
      commandTimeoutMs: COMMAND_TIMEOUT_MS,
      ...this.#credentials,
    });
    this.#clients.set(address, connecting);
    connecting.catch(() => {
      if (this.#clients.get(address) === connecting) this.#clients.delete(address);
    });
    return connecting;
  }
}
