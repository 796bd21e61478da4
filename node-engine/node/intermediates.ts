import { CommandError } from '../machine/command-errors.ts';
import { toReply } from '../machine/handler-result.ts';
import type {
  Instead,
  IntermediateCall,
  IntermediateHandler,
  IntermediateResult,
  Routed,
} from '../machine/intermediate.ts';
import type { NodeHandle } from '../machine/node-handle.ts';
import { errorReply } from '../resp/value.ts';
import type { Reply } from '../resp/value.ts';
import { machineError } from './applier.ts';
import type { Driver } from './driver.ts';
import { ownArguments } from './own-arguments.ts';
import type { ServedClient } from './served-client.ts';

const NO_BYTES = new Uint8Array(0);

/** What the dispatcher does for an intermediate command. */
export interface IntermediatePorts {
  readonly handle: NodeHandle;
  readonly driver: Pick<Driver, 'hasSeen' | 'read'>;
  answer(client: ServedClient, ticket: number, reply: Reply): void;
  /** Runs a command that must not be an intermediate one itself. */
  runInstead(client: ServedClient, args: readonly Uint8Array[], ticket: number): void;
  /** Sends a command through the log or lets it wait for its read; `respond` makes the answer. */
  route(client: ServedClient, args: readonly Uint8Array[], ticket: number, routed: Routed): void;
  /** Goes on with what was held back. */
  resume(client: ServedClient): void;
}

/** A command together with what answers it. */
export interface IntermediateCommand {
  /** In lower case. */
  readonly name: string;
  readonly handler: IntermediateHandler;
  /** With the name; copied before they are handed on. */
  readonly args: readonly Uint8Array[];
  /** It need not see what its client wrote before it. */
  readonly atOnce?: boolean;
}

/** Runs commands that concern this node alone, and keeps their answers in order. */
export class Intermediates {
  readonly #ports: IntermediatePorts;

  constructor(ports: IntermediatePorts) {
    this.#ports = ports;
  }

  /**
   * Runs one, once what the client sent before it has happened: its handler may ask the node for it.
   * Until it has answered, the client's later commands wait.
   */
  start(client: ServedClient, command: IntermediateCommand, ticket: number): void {
    const own = { ...command, args: ownArguments(command.args) };
    if (client.pendingReads > 0) {
      client.held.unshift({ args: own.args, ticket });
      return;
    }
    const { driver } = this.#ports;
    if (command.atOnce === true || driver.hasSeen(client.session)) {
      this.#run(client, own, ticket);
      return;
    }
    const run = (): void => {
      client.busy = false;
      this.#run(client, own, ticket);
      this.#ports.resume(client);
    };
    client.busy = true;
    // A write that failed is answered by now; nothing is left to wait for.
    driver.read('low', { ready: run, failed: run }, client.session);
  }

  #run(client: ServedClient, command: IntermediateCommand, ticket: number): void {
    const { args } = command;
    let result: IntermediateResult | Promise<IntermediateResult>;
    try {
      result = command.handler(callOf(client, command.name, args.slice(1), this.#ports.handle));
    } catch (error) {
      this.#ports.answer(client, ticket, refusalOf(error));
      return;
    }
    if (!isPromise(result)) {
      this.#settle(client, args, ticket, result);
      return;
    }
    client.busy = true;
    const done = (settle: () => void): void => {
      client.busy = false;
      settle();
      this.#ports.resume(client);
    };
    result.then(
      (late) => {
        done(() => {
          this.#settle(client, args, ticket, late);
        });
      },
      (error: unknown) => {
        done(() => {
          this.#ports.answer(client, ticket, refusalOf(error));
        });
      },
    );
  }

  #settle(
    client: ServedClient,
    args: readonly Uint8Array[],
    ticket: number,
    result: IntermediateResult,
  ): void {
    const type = typeof result === 'object' && result !== null && 'type' in result && result.type;
    if (type === 'instead') {
      this.#ports.runInstead(client, bytesOf(result as Instead), ticket);
    } else if (type === 'routed') {
      this.#ports.route(client, args, ticket, result as Routed);
    } else if (type === 'hijack') {
      this.#hijack(client, ticket, result as Extract<IntermediateResult, { type: 'hijack' }>);
    } else {
      this.#ports.answer(
        client,
        ticket,
        replyOf(() => result as Reply),
      );
    }
  }

  #hijack(
    client: ServedClient,
    ticket: number,
    { take }: Extract<IntermediateResult, { type: 'hijack' }>,
  ): void {
    try {
      if (client.hijack(take)) {
        // The new owner writes what it likes; this place in the order is given up without a byte.
        client.fill(ticket, { type: 'raw', bytes: NO_BYTES });
        for (let next = client.held.shift(); next !== undefined; next = client.held.shift()) {
          client.fill(next.ticket, { type: 'raw', bytes: NO_BYTES });
          client.owner?.(next.args);
        }
        return;
      }
    } catch (error) {
      client.owner = null;
      this.#ports.answer(client, ticket, refusalOf(error));
      return;
    }
    const text = 'ERR a client inside the process cannot be taken over';
    this.#ports.answer(client, ticket, errorReply(text));
  }
}

/** Makes a reply of what `make` returns; what it throws becomes one too. */
export function replyOf(make: () => Parameters<typeof toReply>[0]): Reply {
  try {
    return toReply(make());
  } catch (error) {
    return refusalOf(error);
  }
}

function refusalOf(error: unknown): Reply {
  return error instanceof CommandError ? errorReply(error.message) : machineError(error);
}

function callOf(
  client: ServedClient,
  name: string,
  bytes: readonly Uint8Array[],
  node: NodeHandle,
): IntermediateCall {
  let texts: readonly string[] | null = null;
  return {
    name,
    bytes,
    client: client.info,
    node,
    get args() {
      texts ??= bytes.map((argument) => Buffer.from(argument).toString('utf8'));
      return texts;
    },
  };
}

function bytesOf({ args }: Instead): readonly Uint8Array[] {
  return args.map((word) => (typeof word === 'string' ? Buffer.from(word, 'utf8') : word));
}

function isPromise<Value>(value: Value | Promise<Value>): value is Promise<Value> {
  return value instanceof Promise;
}
