import { RespClient } from '../client/resp-client.ts';
import type { TlsIdentity } from './tls/tls-identity.ts';
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
  readonly #options: ConstructorParameters<typeof RemoteNodes>[0];
  #closed = false;

  constructor(options: {
    /** With which the nodes log in to each other; null where nobody has to. */
    readonly credentials: Credentials | null;
    /** 3 tells all types of a reply apart, which a reply that is passed on needs. */
    readonly protocol: 2 | 3;
    readonly tls: TlsIdentity | null;
  }) {
    this.#options = options;
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
    const { credentials, protocol, tls } = this.#options;
    const connecting = RespClient.connect({
      address,
      protocol,
      commandTimeoutMs: COMMAND_TIMEOUT_MS,
      ...credentials,
      ...(tls === null ? {} : { tls: tls.dialOptions(null) }),
    });
    this.#clients.set(address, connecting);
    connecting.catch(() => {
      if (this.#clients.get(address) === connecting) this.#clients.delete(address);
    });
    return connecting;
  }
}
