import { performance } from 'node:perf_hooks';

import { RespClient } from '../../node-engine/client/resp-client.ts';
import { askLeader, textOf } from './local-cluster.ts';
import { until } from './raftdeck-process.ts';

/** A write that the cluster has acknowledged. */
interface Acknowledged {
  readonly key: string;
  readonly value: string;
  /** performance.now() when the reply came. */
  readonly atMs: number;
}

const RETRY_MS = 10;
const COMMAND_TIMEOUT_MS = 20_000;
/** A node that has no leader for longer than an election may be none of the cluster any more. */
const REFUSALS_MAX = 50;
/** How a node says that it has not read anything now, and another time or another node may. */
const NOT_READ = /^-(?:MOVED|CLUSTERDOWN|TRYAGAIN|LOADING)/;
const READ_LIMIT_MS = 30_000;

/**
 * Writers that each set one key after another, all different, and note what was acknowledged. A
 * write is sent again only when its error says that nothing was done; one whose outcome is not known
 * is left, and its key never used again.
 */
export class WriteStream {
  readonly acknowledged: Acknowledged[] = [];
  /** Keys whose fate nobody knows: connection lost, timeout, or UNKNOWN. */
  readonly unknown: string[] = [];
  /** Replies that are none of those a client has to expect. */
  readonly surprises: string[] = [];
  readonly #addresses: readonly string[];
  readonly #valueBytes: number;
  #stopped = false;
  #writers: Promise<void>[] = [];

  constructor(addresses: readonly string[], options: { readonly valueBytes?: number } = {}) {
    this.#addresses = addresses;
    this.#valueBytes = options.valueBytes ?? 16;
  }

  start(writers: number): void {
    this.#writers = Array.from({ length: writers }, (_, writer) => this.#write(writer));
  }

  /** Lets every writer finish its write. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#writers);
  }

  /** The longest time without an acknowledgement from `fromMs` to `toMs`. */
  longestGapMs(fromMs: number, toMs: number): number {
    const times = this.acknowledged.map(({ atMs }) => atMs);
    const within = times.filter((atMs) => atMs > fromMs && atMs < toMs).sort((a, b) => a - b);
    const marks = [fromMs, ...within, toMs];
    return Math.max(...marks.slice(1).map((mark, offset) => mark - (marks[offset] ?? 0)));
  }

  async #write(writer: number): Promise<void> {
    let address = this.#addresses[writer % this.#addresses.length] ?? '';
    let client: RespClient | null = null;
    let attempt = 0;
    let refusals = 0;
    for (let number = 0; !this.#stopped;) {
      client ??= await this.#connect(address);
      if (client === null) {
        attempt += 1;
        address = this.#addresses[(writer + attempt) % this.#addresses.length] ?? '';
        await pause();
        continue;
      }
      const key = `w${writer}:${number}`;
      const value = `${key}=`.padEnd(this.#valueBytes, 'x');
      const answer = await this.#set(client, key, value);
      const moved = /^-(?:MOVED \d+|TRY) (\S+)$/.exec(answer)?.[1];
      if (answer === 'OK') {
        this.acknowledged.push({ key, value, atMs: performance.now() });
        number += 1;
        refusals = 0;
      } else if (moved !== undefined) {
        client.close();
        client = null;
        address = moved;
      } else if (/^-(?:CLUSTERDOWN|TRYAGAIN|LOADING|BUSY)/.test(answer)) {
        await pause();
        refusals += 1;
        if (refusals % REFUSALS_MAX !== 0) continue;
        client.close();
        client = null;
        attempt += 1;
        address = this.#addresses[(writer + attempt) % this.#addresses.length] ?? '';
      } else {
        if (!/^-UNKNOWN|^connection:/.test(answer)) this.surprises.push(answer);
        this.unknown.push(key);
        number += 1;
        client.close();
        client = null;
      }
    }
    client?.close();
  }

  async #set(client: RespClient, key: string, value: string): Promise<string> {
    try {
      return textOf(await client.call(['SET', key, value], { timeoutMs: COMMAND_TIMEOUT_MS }));
    } catch (error) {
      return `connection: ${String(error)}`;
    }
  }

  async #connect(address: string): Promise<RespClient | null> {
    try {
      return await RespClient.connect({ address, connectTimeoutMs: 1_000 });
    } catch {
      // Nobody there now: the next address is tried.
      return null;
    }
  }
}

/**
 * Compares what was acknowledged with what a node answers, many keys at a time. A refusal is no answer:
 * the leader is asked then, whichever it is by now, or the same node again where `readonly` asks for its
 * own word.
 */
export async function missingFrom(
  address: string,
  acknowledged: readonly { readonly key: string; readonly value: string }[],
  options: { readonly readonly?: boolean } = {},
): Promise<readonly string[]> {
  const client = await RespClient.connect({ address });
  const missing: string[] = [];
  try {
    if (options.readonly === true) await client.call(['READONLY']);
    for (let start = 0; start < acknowledged.length; start += 500) {
      const part = acknowledged.slice(start, start + 500);
      const replies = await Promise.all(part.map(({ key }) => client.call(['GET', key])));
      for (const [offset, { key, value }] of part.entries()) {
        let found = textOf(replies[offset] ?? null);
        if (NOT_READ.test(found)) {
          found =
            options.readonly === true
              ? await readAgain(client, key)
              : await askLeader([address], 'GET', key);
        }
        if (found !== value) missing.push(`${key}: ${found}`);
      }
    }
  } finally {
    client.close();
  }
  return missing;
}

async function readAgain(client: RespClient, key: string): Promise<string> {
  return until(`${key} is read`, READ_LIMIT_MS, async () => {
    const found = textOf(await client.call(['GET', key]));
    return NOT_READ.test(found) ? null : found;
  });
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, RETRY_MS));
}
