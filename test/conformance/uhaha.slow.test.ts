import { afterEach, describe, expect, test } from 'vitest';

import { TestFolder } from '../cluster/local-cluster.ts';
import { until } from '../cluster/raftdeck-process.ts';
import { ask, WireClient } from './wire-client.ts';

/*
 * What Uhaha's own tests check: clusters of one, three and five, each node started with `-t i` and a
 * port alone, and 50 clients that find the leader by luck. With a check of the outcome that those
 * tests do not have: what was acknowledged is there.
 */

const BASE = 26_400;
const CLIENTS = 50;
const RUN_MS = 4_000;
const PATIENCE_MS = 30_000;

let folder: TestFolder;

afterEach(async () => {
  await folder.dispose();
});

/** Writes and deletes until the time is up, trying any node again and again as Uhaha's clients do. */
class LuckyClient {
  /** The last acknowledged value per key; null after a delete. A write in doubt leaves `unsure`. */
  readonly values = new Map<string, string | null>();
  readonly unsure = new Set<string>();
  done = 0;
  readonly #ports: readonly number[];
  #client: WireClient | null = null;

  constructor(ports: readonly number[]) {
    this.#ports = ports;
  }

  async connect(): Promise<void> {
    await this.#command(['PING'], (reply) => reply === '+PONG');
  }

  async run(name: string, untilMs: number): Promise<void> {
    for (let turn = 0; performance.now() < untilMs; turn += 1) {
      const key = `${name}-${turn}-${Math.random().toString(36).slice(2)}`.padEnd(32, 'x');
      this.unsure.add(key);
      await this.#command(['SET', key, key], (reply) => reply === '+OK');
      this.unsure.delete(key);
      this.values.set(key, key);
      const earlier = `${name}-${turn - 2}`;
      const old = [...this.values.keys()].find((one) => one.startsWith(`${earlier}-`));
      if (old !== undefined) {
        await this.#command(['DEL', old], (reply) => reply === ':0' || reply === ':1');
        this.values.set(old, null);
      }
      this.done += 2;
    }
    this.#client?.close();
  }

  /** The value as whoever leads has it; null when there is none. */
  async get(key: string): Promise<string | null> {
    const reply = await this.#command(['GET', key], (text) => text.startsWith('$'));
    return reply === '$-1' ? null : reply.slice(1);
  }

  close(): void {
    this.#client?.close();
  }

  /** Sends a command to whoever is there until somebody takes it; resolves with the reply to that. */
  async #command(args: readonly string[], isDone: (reply: string) => boolean): Promise<string> {
    return until(`${args.join(' ')} is done`, PATIENCE_MS, async () => {
      try {
        const port = this.#ports[Math.floor(Math.random() * this.#ports.length)] ?? 0;
        this.#client ??= await WireClient.open(port);
        const reply = await this.#client.ask(...args);
        if (isDone(reply)) return reply;
      } catch {
        // Not there yet: another try.
      }
      this.#client?.close();
      this.#client = null;
      return null;
    });
  }
}

describe.each([1, 3, 5])('a cluster of %i', (size) => {
  test(`6.2#1–5 starts, takes 50 clients and keeps what it acknowledged`, async () => {
    folder = new TestFolder();
    const base = BASE + 10 * size;
    const ports = Array.from({ length: size }, (_, at) => base + at + 1);
    const ready = ports.map(async (_, at) => {
      const own = ['-t', String(at + 1), '-a', `:${base}`, '-d', folder.path];
      const node = folder.start(['node', '--dialect', 'uhaha', ...own]);
      // 6.2#1
      await until(
        `node ${at + 1} is ready`,
        PATIENCE_MS,
        () => node.stderr.includes('logs loaded: ready for commands'),
        () => node.stderr,
      );
    });
    await Promise.all(ready);

    // 6.2#4
    const decade = String(base).slice(0, 4);
    for (const port of ports) {
      const said = await until(`${port} knows who leads`, PATIENCE_MS, async () => {
        const leader = await ask(port, 'RAFT', 'LEADER');
        return leader === '$' ? null : leader;
      });
      expect(said).toMatch(new RegExp(`^\\$0\\.0\\.0\\.0:${decade}`));
    }

    // 6.2#2 and 6.2#5
    const clients = Array.from({ length: CLIENTS }, () => new LuckyClient(ports));
    await Promise.all(clients.map((client) => client.connect()));

    // 6.2#3
    const untilMs = performance.now() + RUN_MS;
    await Promise.all(clients.map((client, at) => client.run(`c${at}`, untilMs)));
    expect(clients.every((client) => client.done > 0)).toBe(true);
    const reader = new LuckyClient(ports);
    for (const { values } of clients) {
      for (const [key, value] of values) expect(await reader.get(key)).toBe(value);
    }
    reader.close();
  });
});
