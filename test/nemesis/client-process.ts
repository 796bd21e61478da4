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
  /** Reads that were answered on READONLY connections, by whichever node they were to. */
  readonly anywhere: { reads: number };
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

/** A connection, and where the next one goes when it is known. */
interface Seat {
  client: RespClient | null;
  address: string | null;
  /** Opened with READONLY: it reads on the node it has come to. */
  readonly isReadonly: boolean;
}

/**
 * A client that has one call under way at a time, over a socket of its own. It believes what errors
 * say: after one that promises that nothing was done it may ask another node, after anything else the
 * outcome is unknown and the process is never heard of again.
 *
 * About every other read goes to any node, over a second connection that is READONLY.
 */
export class ClientProcess {
  readonly #world: ClientWorld;
  readonly #random: SeededRandom;
  readonly #main: Seat = { client: null, address: null, isReadonly: false };
  readonly #reader: Seat = { client: null, address: null, isReadonly: true };
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
    leave(this.#main, null);
    leave(this.#reader, null);
  }

  async #ask(call: Call): Promise<Outcome> {
    let wasSent = false;
    const isRead = call.f === 'read' || call.command[0] === 'LREAD';
    const isAnywhere = isRead && this.#random.below(2) === 0;
    const seat = isAnywhere ? this.#reader : this.#main;
    for (let hop = 0; hop < HOPS_MAX; hop += 1) {
      const client = await this.#connected(seat);
      if (client === null) continue;
      let reply;
      try {
        reply = await client.call(call.command, { timeoutMs: COMMAND_LIMIT_MS });
      } catch (error) {
        leave(seat, null);
        if (error instanceof ClientError && !error.sent) continue;
        return { type: 'info' };
      }
      wasSent = true;
      if (!isErrorReply(reply)) {
        if (isAnywhere) this.#world.anywhere.reads += 1;
        return { type: 'ok', output: call.output(reply) };
      }
      const [code = '', ...rest] = reply.text.split(' ');
      if (code === 'MOVED' || code === 'TRY') {
        leave(seat, rest.at(-1) ?? null);
        continue;
      }
      leave(seat, null);
      if (code === 'UNKNOWN') return { type: 'info' };
      const isKnown = ['CLUSTERDOWN', 'TRYAGAIN', 'LOADING', 'BUSY', 'MISCONF'].includes(code);
      if (!isKnown) this.#world.surprises.push(`${call.command.join(' ')}: ${reply.text}`);
      return { type: 'fail' };
    }
    return { type: wasSent ? 'fail' : 'unsent' };
  }

  async #connected(seat: Seat): Promise<RespClient | null> {
    if (seat.client !== null && !seat.client.closed) return seat.client;
    const address = seat.address ?? this.#random.of(this.#world.addresses());
    try {
      seat.client = await RespClient.connect({ address, connectTimeoutMs: CONNECT_LIMIT_MS });
      if (seat.isReadonly) {
        await seat.client.call(['READONLY'], { timeoutMs: COMMAND_LIMIT_MS });
      }
      return seat.client;
    } catch {
      // Nobody there now; another node next time.
      leave(seat, null);
      await pause(PAUSE_MS);
      return null;
    }
  }
}

/** Leaves a node for another, or for whichever comes. */
function leave(seat: Seat, address: string | null): void {
  seat.client?.close();
  seat.client = null;
  seat.address = address;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
