import { connect, type Socket } from 'node:net';

/** A TCP connection that sends exact bytes and collects what comes back. */
export class RawClient {
  readonly socket: Socket;
  #received = '';
  #closed = false;
  #wake: (() => void) | null = null;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1');
      this.#wake?.();
    });
    socket.on('error', () => this.#wake?.());
    socket.on('close', () => {
      this.#closed = true;
      this.#wake?.();
    });
  }

  static open(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new RawClient(socket));
      });
    });
  }

  get received(): string {
    return this.#received;
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(text: string): void {
    this.socket.write(Buffer.from(text, 'latin1'));
  }

  /** Waits until `length` bytes have come or the other side has closed; returns everything. */
  async receive(length: number): Promise<string> {
    while (this.#received.length < length && !this.#closed) await this.#change();
    return this.#received;
  }

  /** Waits for the other side to close; returns everything received. */
  async receiveAll(): Promise<string> {
    while (!this.#closed) await this.#change();
    return this.#received;
  }

  /** Leaves without a word: the other side sees a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  close(): void {
    this.socket.destroy();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** Waits until `condition` holds, looking again after each turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
