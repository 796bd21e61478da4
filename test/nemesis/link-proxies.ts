import { connect, createServer, type Server, type Socket } from 'node:net';

/*
 * Every node dials every peer, and messages travel only from the one that dialled. So a proxy per pair
 * and direction is the whole network between the nodes, and can cut one direction of it.
 */

type LinkState =
  | { readonly type: 'open' }
  | { readonly type: 'cut' }
  | { readonly type: 'slow'; readonly delayMs: number; readonly jitterMs: number };

/** The way from one node to another. */
class Link {
  readonly #server: Server;
  readonly #target: { readonly port: number; readonly localAddress: string };
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  /** Connections that came while the link was cut: nobody answers them. */
  readonly #waiting = new Set<Socket>();
  #state: LinkState = { type: 'open' };
  /** Whether anything came while the link was not open. */
  #wasHit = false;

  constructor(target: { readonly port: number; readonly localAddress: string }) {
    this.#target = target;
    this.#server = createServer((socket) => {
      this.#accept(socket);
    });
  }

  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', () => {
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  }

  set(state: LinkState): void {
    this.#state = state;
    this.#wasHit = false;
    if (state.type !== 'cut') return;
    // Whoever has a connection sends signs of life on it, which now wait.
    this.#wasHit = this.#pairs.size > 0;
    for (const socket of [...this.#pairs].flat()) socket.pause();
  }

  /**
   * Opens the link again. Bytes that were held back arrive late, or are lost with their connections:
   * both happen in networks.
   *
   * @returns whether anything was held back since `set`
   */
  heal(held: 'late' | 'lost'): boolean {
    const wasHit = this.#wasHit && this.#state.type !== 'open';
    this.#state = { type: 'open' };
    for (const socket of this.#waiting) socket.destroy();
    for (const socket of [...this.#pairs].flat()) {
      if (held === 'late') socket.resume();
      else socket.destroy();
    }
    return wasHit;
  }

  async close(): Promise<void> {
    for (const socket of [...this.#waiting, ...[...this.#pairs].flat()]) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(near: Socket): void {
    near.on('error', () => near.destroy());
    if (this.#state.type === 'cut') {
      this.#wasHit = true;
      this.#waiting.add(near);
      near.on('close', () => this.#waiting.delete(near));
      return;
    }
    const far = connect({ host: '127.0.0.1', ...this.#target, noDelay: true });
    near.setNoDelay(true);
    const pair = [near, far] as const;
    this.#pairs.add(pair);
    far.on('error', () => far.destroy());
    for (const [one, other] of [pair, [far, near] as const]) {
      one.on('close', () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
      this.#forward(one, other);
    }
  }

  #forward(from: Socket, to: Socket): void {
    let lastDueMs = 0;
    from.on('data', (chunk) => {
      if (this.#state.type !== 'slow' && performance.now() >= lastDueMs) {
        if (!to.write(chunk)) {
          from.pause();
          to.once('drain', () => {
            if (this.#state.type !== 'cut') from.resume();
          });
        }
        return;
      }
      const { delayMs, jitterMs } =
        this.#state.type === 'slow' ? this.#state : { delayMs: 0, jitterMs: 0 };
      this.#wasHit = true;
      // Late, and never before what went in earlier.
      const dueMs = performance.now() + delayMs + ((chunk.length * 7919) % (jitterMs + 1));
      lastDueMs = Math.max(lastDueMs, dueMs);
      setTimeout(() => to.write(chunk), lastDueMs - performance.now());
    });
    from.on('end', () => to.end());
  }
}

/** The network between the nodes of a cluster. */
export class LinkProxies {
  readonly #links = new Map<string, Link>();
  readonly #ports = new Map<string, number>();
  readonly #serial = new Map<string, number>();

  /** Makes the ways between the nodes; ids and the port each listens on. */
  async open(nodes: readonly { readonly id: string; readonly port: number }[]): Promise<void> {
    for (const [at, { id }] of nodes.entries()) this.#serial.set(id, at + 1);
    for (const from of nodes) {
      for (const to of nodes) {
        if (from.id === to.id) continue;
        const localAddress = this.sourceOf(from.id, to.id);
        const link = new Link({ port: to.port, localAddress });
        this.#links.set(keyOf(from.id, to.id), link);
        this.#ports.set(keyOf(from.id, to.id), await link.listen());
      }
    }
  }

  /** The flags with which a node dials its peers through the proxies. */
  dialFlags(id: string): readonly string[] {
    return [...this.#ports].flatMap(([key, port]) => {
      const [from, to] = key.split('>');
      return from === id ? ['--dial', `${to ?? ''}=127.0.0.1:${port}`] : [];
    });
  }

  /** The address the far side of a link comes from, by which its packets are known. */
  sourceOf(from: string, to: string): string {
    return `127.77.${this.#serial.get(from) ?? 0}.${this.#serial.get(to) ?? 0}`;
  }

  /** Nothing gets from one node to the other any more; the other direction is not touched. */
  cut(from: string, to: string): void {
    this.#links.get(keyOf(from, to))?.set({ type: 'cut' });
  }

  /** What goes from one node to the other takes longer. */
  slow(from: string, to: string, delayMs: number, jitterMs: number): void {
    this.#links.get(keyOf(from, to))?.set({ type: 'slow', delayMs, jitterMs });
  }

  /** @returns whether any message was held back */
  healAll(held: 'late' | 'lost'): boolean {
    return [...this.#links.values()].map((link) => link.heal(held)).includes(true);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => link.close()));
  }
}

function keyOf(from: string, to: string): string {
  return `${from}>${to}`;
}
