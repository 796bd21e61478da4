import { checkArity, keysOf } from '../machine/command-arguments.ts';
import { unknownCommandError } from '../machine/command-errors.ts';
import type { CommandContext, CommandSpec } from '../machine/machine.ts';
import type { CommandBatch } from '../resp/command-batch.ts';
import { NameTable } from '../resp/name-table.ts';
import { errorReply } from '../resp/value.ts';
import type { Reply } from '../resp/value.ts';
import { machineError } from './applier.ts';
import type { ClientConnection } from './client-connection.ts';
import { LATER } from './commands/command.ts';
import type { NodeCommand } from './commands/command.ts';
import type { Consistency, ReadWaiter, WriteFailure, WriteWaiter } from './driver-ports.ts';
import { keySlot } from './key-slot.ts';
import type { NodeContext } from './node-context.ts';
import type { ServerCounters } from './status-builder.ts';

/** What a name stands for: the machine's or the node's. */
type Target =
  | { readonly type: 'node'; readonly name: string; readonly command: NodeCommand }
  | { readonly type: 'write' | 'read'; readonly name: string; readonly spec: CommandSpec };

const LOADING = errorReply('LOADING raftdeck is loading the dataset in memory');

/**
 * Takes commands from connections and sees that each gets its one reply: the node's own are run
 * here, the machine's writes go through the log and its reads wait for the moment they may run.
 *
 * A connection's commands take effect in the order they were sent. Writes may follow writes and
 * reads may follow reads without waiting; a write behind an unanswered read is held back.
 */
export class Dispatcher {
  readonly #node: NodeContext;
  readonly #counters: ServerCounters;
  readonly #targets: NameTable<Target>;
  /** Sends a command to the leader in this client's place; null unless redirecting by forwarding. */
  readonly #forward: ((args: readonly Uint8Array[]) => Promise<Reply>) | null;
  readonly #readContext: CommandContext;

  constructor(
    node: NodeContext,
    counters: ServerCounters,
    commands: readonly NodeCommand[],
    forward: ((args: readonly Uint8Array[]) => Promise<Reply>) | null,
  ) {
    this.#node = node;
    this.#counters = counters;
    this.#forward = forward;
    const targets = new Map<string, Target>();
    for (const [name, spec] of node.machine.commands) {
      targets.set(name, { type: spec.kind, name, spec });
    }
    // The node's own commands win over a machine's of the same name.
    for (const command of commands) {
      targets.set(command.name, { type: 'node', name: command.name, command });
    }
    this.#targets = new NameTable(targets);
    this.#readContext = {
      nowNs: () => node.driver.nowNs(),
      nowMs: () => Number(node.driver.nowNs() / 1_000_000n),
      randomUint32: () => (Math.random() * 2 ** 32) >>> 0,
    };
  }

  /** Handles commands as they came in one read; their memory is only valid during the call. */
  take(client: ClientConnection, batch: CommandBatch): void {
    for (let i = 0; i < batch.count; i += 1) {
      const args = batch.args(i);
      if (client.held.length > 0) {
        client.hold(args.map((argument) => argument.slice()));
      } else {
        this.#run(client, args, batch.raw(i), client.reserve());
      }
    }
  }

  /** Goes on with what was held back, until something has to wait again. */
  resume(client: ClientConnection): void {
    while (client.held.length > 0 && client.pendingReads === 0) {
      const next = client.held.shift();
      if (next !== undefined) this.#run(client, next.args, null, next.ticket);
    }
  }

  #run(
    client: ClientConnection,
    args: readonly Uint8Array[],
    raw: Uint8Array | null,
    ticket: number,
  ): void {
    this.#counters.commands += 1;
    const target = args[0] === undefined ? undefined : this.#targets.find(args[0]);
    if (target === undefined) {
      this.#answer(client, ticket, unknownCommandError(args));
      return;
    }
    client.lastCommand = target.name;
    const spec = target.type === 'node' ? target.command.spec : target.spec;
    const arity = checkArity(target.name, spec, args.length);
    if (arity !== null) {
      this.#answer(client, ticket, arity);
      return;
    }
    if (target.type === 'node') this.#runNode(client, target.command, args, ticket);
    else if (target.type === 'write') this.#write(client, target.spec, { args, raw }, ticket);
    else this.#read(client, target.spec, args, ticket);
  }

  #runNode(
    client: ClientConnection,
    command: NodeCommand,
    args: readonly Uint8Array[],
    ticket: number,
  ): void {
    const reply = (value: Reply): void => {
      this.#answer(client, ticket, value);
    };
    const answer = command.run({ node: this.#node, client, args, reply });
    if (answer !== LATER) reply(answer);
  }

  #write(
    client: ClientConnection,
    spec: CommandSpec,
    command: { readonly args: readonly Uint8Array[]; readonly raw: Uint8Array | null },
    ticket: number,
  ): void {
    if (this.#redirected(client, command.args, ticket)) return;
    if (client.pendingReads > 0) {
      client.hold(
        command.args.map((argument) => argument.slice()),
        ticket,
      );
      return;
    }
    const slot = slotOf(spec, command.args);
    const waiter = new MachineWrite(this, client, ticket, slot);
    const raw = command.raw ?? client.encode(command.args);
    this.#node.driver.write(raw, waiter, client.session);
  }

  #read(
    client: ClientConnection,
    spec: CommandSpec,
    args: readonly Uint8Array[],
    ticket: number,
  ): void {
    const consistency = client.readonly ? 'low' : this.#node.settings.consistency;
    if (consistency !== 'low' && this.#redirected(client, args, ticket)) return;
    if (this.#node.driver.loading) {
      this.#answer(client, ticket, LOADING);
      return;
    }
    const read = new MachineRead(this, client, ticket, args, slotOf(spec, args));
    client.pendingReads += 1;
    this.#startRead(consistency, read, client);
  }

  #startRead(consistency: Consistency, read: MachineRead, client: ClientConnection): void {
    this.#node.driver.read(consistency, read, client.session);
    // The arguments are the parser's memory: a read that has to wait needs its own.
    if (!read.finished) read.keepArguments();
  }

  /** Forwards to the leader, in `--redirect forward`, what this node cannot do itself. */
  #redirected(client: ClientConnection, args: readonly Uint8Array[], ticket: number): boolean {
    const { core } = this.#node;
    if (this.#forward === null || core.role() === 'leader' || core.leaderId() === null)
      return false;
    const own = args.map((argument) => argument.slice());
    this.#forward(own).then(
      (reply) => {
        this.#answer(client, ticket, reply);
      },
      (error: unknown) => {
        const cause = error instanceof Error ? error.message : String(error);
        const text = `UNKNOWN the leader did not answer: ${cause}`;
        this.#answer(client, ticket, errorReply(text));
      },
    );
    return true;
  }

  /** Runs a read on the machine now. */
  query(args: readonly Uint8Array[]): Reply {
    try {
      return this.#node.machine.query(args, this.#readContext);
    } catch (error) {
      return machineError(error);
    }
  }

  /** Answers with what a failure means for the client. */
  fail(client: ClientConnection, ticket: number, failure: WriteFailure, slot: number): void {
    this.#answer(client, ticket, this.#node.failure(failure, slot));
  }

  /** Gives a command its reply. */
  succeed(client: ClientConnection, ticket: number, reply: Reply): void {
    this.#answer(client, ticket, reply);
  }

  #answer(client: ClientConnection, ticket: number, reply: Reply): void {
    const isError = typeof reply === 'object' && reply !== null && 'type' in reply;
    if (isError && reply.type === 'error') this.#counters.errors += 1;
    client.fill(ticket, reply);
  }
}

/** Slot of a command's first key, which MOVED tells; 0 when it has none. */
function slotOf(spec: CommandSpec, args: readonly Uint8Array[]): number {
  if (spec.firstKey === 0) return 0;
  const key = keysOf(spec, args)[0];
  return key === undefined ? 0 : keySlot(key);
}

/** A write of a client. */
class MachineWrite implements WriteWaiter {
  readonly #dispatcher: Dispatcher;
  readonly #client: ClientConnection;
  readonly #ticket: number;
  readonly #slot: number;

  constructor(dispatcher: Dispatcher, client: ClientConnection, ticket: number, slot: number) {
    this.#dispatcher = dispatcher;
    this.#client = client;
    this.#ticket = ticket;
    this.#slot = slot;
  }

  applied(reply: Reply): void {
    this.#dispatcher.succeed(this.#client, this.#ticket, reply);
  }

  failed(failure: WriteFailure): void {
    this.#dispatcher.fail(this.#client, this.#ticket, failure, this.#slot);
  }
}

/** A read of a client, from its arrival until it is answered. */
class MachineRead implements ReadWaiter {
  finished = false;
  readonly #dispatcher: Dispatcher;
  readonly #client: ClientConnection;
  readonly #ticket: number;
  readonly #slot: number;
  #args: readonly Uint8Array[];

  constructor(
    dispatcher: Dispatcher,
    client: ClientConnection,
    ticket: number,
    args: readonly Uint8Array[],
    slot: number,
  ) {
    this.#dispatcher = dispatcher;
    this.#client = client;
    this.#ticket = ticket;
    this.#args = args;
    this.#slot = slot;
  }

  keepArguments(): void {
    this.#args = this.#args.map((argument) => argument.slice());
  }

  ready(): void {
    this.#finish();
    const reply = this.#dispatcher.query(this.#args);
    this.#dispatcher.succeed(this.#client, this.#ticket, reply);
    this.#resume();
  }

  failed(failure: WriteFailure): void {
    this.#finish();
    this.#dispatcher.fail(this.#client, this.#ticket, failure, this.#slot);
    this.#resume();
  }

  #finish(): void {
    this.finished = true;
    this.#client.pendingReads -= 1;
  }

  #resume(): void {
    if (this.#client.held.length > 0) this.#dispatcher.resume(this.#client);
  }
}
