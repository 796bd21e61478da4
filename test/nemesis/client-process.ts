import { ClientError } from '../../node-engine/client/client-error.ts';
import { RespClient } from '../../node-engine/client/resp-client.ts';
import { isErrorReply } from '../../node-engine/client/reply-text.ts';
import type { Recorder } from './recorder.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { Call, Workload } from './workload.ts';

/** What the clients of a run share. */
export interface ClientWorld {
  readonly recorder: Recorder;
  readonly addresses: () => readonly string[];
  /** Error replies that none of the documented ones. */
  readonly surprises: string[];
  nextProcess: number;
}

const COMMAND_LIMIT_MS = 1_500;
const CONNECT_LIMIT_MS = 500;
const HOPS_MAX = 5;
const PAUSE_MS = 15;

type Outcome =
  | { readonly type: 'ok'; readonly output: unknown }
  /** An error that promises that nothing was done. */
  | { readonly type: 'fail' }
  | { readonly type: 'info' }
  /** Never sent: nobody could be reached. */
  | { readonly type: 'unsent' };

/**
 * A client that has one call under way at a time, over a socket of its own. It believes what errors
 * say: after one that promises that nothing was done it may ask another node, after anything else the
 * outcome is unknown and the process is never heard of again.
 */
export class ClientProcess {
  readonly #world: ClientWorld;
  readonly #random: SeededRandom;
  #client: RespClient | null = null;
  #address: string | null = null;
  #process: number;

  constructor(world: ClientWorld, random: SeededRandom) {
    this.#world = world;
    this.#random = random;
    this.#process = world.nextProcess;
    world.nextProcess += 1;
  }

  /** Calls, one after the other, until told to stop. */
  async run(workloads: readonly Workload[], isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const workload = this.#random.of(workloads);
      const call = workload.next(this.#random);
      const type = await this.perform(call);
      if (type === 'info') workload.unknown(call.key);
      if (type !== 'ok') await pause(PAUSE_MS);
    }
    this.close();
  }

  /** One call with its place in the history. */
  async perform(call: Call): Promise<Outcome['type']> {
    const { recorder } = this.#world;
    const invokeNs = recorder.now();
    const outcome = await this.#ask(call);
    if (outcome.type === 'unsent') return 'unsent';
    const { f, key, input } = call;
    const completeNs = outcome.type === 'info' ? Infinity : recorder.now();
    const output = outcome.type === 'ok' ? outcome.output : null;
    const process = this.#process;
    recorder.add({ process, f, key, input, output, invokeNs, completeNs, type: outcome.type });
    if (outcome.type === 'info') {
      this.#process = this.#world.nextProcess;
      this.#world.nextProcess += 1;
    }
    return outcome.type;
  }

  close(): void {
    this.#client?.close();
    this.#client = null;
  }

  async #ask(call: Call): Promise<Outcome> {
    let wasSent = false;
    for (let hop = 0; hop < HOPS_MAX; hop += 1) {
      const client = await this.#connected();
      if (client === null) continue;
      let reply;
      try {
        reply = await client.call(call.command, { timeoutMs: COMMAND_LIMIT_MS });
      } catch (error) {
        this.#leave(null);
        if (error instanceof ClientError && !error.sent) continue;
        return { type: 'info' };
      }
      wasSent = true;
      if (!isErrorReply(reply)) return { type: 'ok', output: call.output(reply) };
      const [code = '', ...rest] = reply.text.split(' ');
      if (code === 'MOVED' || code === 'TRY') {
        this.#leave(rest.at(-1) ?? null);
        continue;
      }
      this.#leave(null);
      if (code === 'UNKNOWN') return { type: 'info' };
      const isKnown = ['CLUSTERDOWN', 'TRYAGAIN', 'LOADING', 'BUSY', 'MISCONF'].includes(code);
      if (!isKnown) this.#world.surprises.push(`${call.command.join(' ')}: ${reply.text}`);
      return { type: 'fail' };
    }
    return { type: wasSent ? 'fail' : 'unsent' };
  }

  /** Leaves a node for another, or for whichever comes. */
  #leave(address: string | null): void {
    this.#client?.close();
    this.#client = null;
    this.#address = address;
  }

  async #connected(): Promise<RespClient | null> {
    if (this.#client !== null && !this.#client.closed) return this.#client;
    const address = this.#address ?? this.#random.of(this.#world.addresses());
    try {
      this.#client = await RespClient.connect({ address, connectTimeoutMs: CONNECT_LIMIT_MS });
      return this.#client;
    } catch {
      // Nobody there now; another node next time.
      this.#leave(null);
      await pause(PAUSE_MS);
      return null;
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
