import { RespClient } from '../../node-engine/client/resp-client.ts';

/**
 * Watches nodes as anyone could, with `RAFT WATCH EVENTS`, and keeps the administrative commands that
 * they say they were sent, exactly as they were typed.
 */
export class CommandTrace {
  readonly #clients: RespClient[] = [];
  readonly #commands: { readonly port: number; readonly words: readonly string[] }[] = [];

  /** Begins to watch one more node. */
  async watch(port: number): Promise<void> {
    const client = await RespClient.connect({ address: `127.0.0.1:${String(port)}` });
    this.#clients.push(client);
    await client.watch({ events: true, intervalMs: 60_000 }, (kind, json) => {
      if (kind === 'trace') this.#take(port, JSON.parse(json) as unknown);
    });
  }

  /** The commands sent to any node so far, with the port of the node: '7481 RAFTSNAPSHOT'. */
  commands(): readonly string[] {
    return this.#commands.map(({ port, words }) => `${String(port)} ${words.join(' ')}`);
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  #take(port: number, traces: unknown): void {
    if (!Array.isArray(traces)) throw new Error('a trace is a list');
    for (const trace of traces as { readonly event: Record<string, unknown> }[]) {
      const { type, command } = trace.event;
      if (type !== 'command') continue;
      this.#commands.push({ port, words: command as readonly string[] });
    }
  }
}
