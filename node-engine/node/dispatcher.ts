import { checkArity, keysOf } from '../machine/command-arguments.ts';
import type { CommandContext, CommandSpec } from '../machine/machine.ts';
import type { CommandBatch } from '../resp/command-batch.ts';
import { CommandRunReader, parseCommandRun } from '../resp/command-run.ts';
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
  /** Reads the commands of reads that had to wait. */
  readonly reader = new CommandRunReader();

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
    let from = 0;
    while (from < batch.count) {
      const type = this.#groupType(client, batch, from);
      if (type === null) {
        this.#takeOne(client, batch, from);
        from += 1;
        continue;
      }
      let end = from + 1;
      while (end < batch.count && this.#typeAt(batch, end) === type) end += 1;
      this.#counters.commands += end - from;
      client.lastCommand = this.#targetAt(batch, end - 1)?.name ?? '';
      if (type === 'write') this.#writes(client, batch, from, end);
      else this.#reads(client, batch, from, end);
      from = end;
    }
  }

  #takeOne(client: ClientConnection, batch: CommandBatch, i: number): void {
    const args = batch.args(i);
    if (client.held.length > 0) client.hold(args.map((argument) => argument.slice()));
    else this.#run(client, args, batch.raw(i), client.reserve());
  }

  /** Whether command `i` may go with those like it behind it, and as what. */
  #groupType(client: ClientConnection, batch: CommandBatch, i: number): 'write' | 'read' | null {
    const { monitors } = this.#node;
    // Each on its own where each is looked at, or may be somebody else's to do.
    if (client.held.length > 0 || this.#forward !== null || monitors.count > 0) return null;
    const type = this.#typeAt(batch, i);
    if (type === 'write') return client.pendingReads > 0 ? null : type;
    return type === 'read' && !this.#node.driver.loading ? type : null;
  }

  #targetAt(batch: CommandBatch, i: number): Target | undefined {
    return this.#targets.find(batch.bytes, batch.argStart(i, 0), batch.argEnd(i, 0));
  }

  /** What command `i` is; null when it has to be refused. */
  #typeAt(batch: CommandBatch, i: number): Target['type'] | null {
    const target = this.#targetAt(batch, i);
    if (target === undefined || target.type === 'node') return target?.type ?? null;
    const { dialect, machine } = this.#node;
    const argCount = batch.argCount(i);
    if (dialect.mayAdapt(machine.name, target.name, argCount)) return null;
    return checkArity(target.name, target.spec, argCount) === null ? target.type : null;
  }

  /** Writes of one client that came together: one run, one waiter. */
  #writes(client: ClientConnection, batch: CommandBatch, from: number, end: number): void {
    const count = end - from;
    const raw = batch.bytes.subarray(batch.rawStart(from), batch.rawEnd(end - 1));
    const waiter = new MachineWrites(this, client, client.reserve(count), raw);
    this.#node.driver.write(raw, waiter, client.session, count);
  }

  /** Reads of one client that came together. */
  #reads(client: ClientConnection, batch: CommandBatch, from: number, end: number): void {
    const count = end - from;
    const commands = { batch, from, end };
    const read = new MachineReads(this, client, client.reserve(count), commands);
    client.pendingReads += 1;
    this.#node.driver.read(this.#consistencyFor(client), read, client.session, count);
    // The batch is the parser's memory: reads that have to wait need their own.
    if (!read.finished) read.keepCommands();
  }

  #consistencyFor(client: ClientConnection): Consistency {
    return client.readonly ? 'low' : this.#node.settings.consistency;
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
      this.#answer(client, ticket, this.#node.dialect.unknownCommand(args));
      return;
    }
    client.lastCommand = target.name;
    const spec = target.type === 'node' ? target.command.spec : target.spec;
    if (checkArity(target.name, spec, args.length) !== null) {
      const typed = Buffer.from(args[0] ?? []).toString('latin1');
      this.#answer(client, ticket, this.#node.dialect.wrongArity(target.name, typed));
      return;
    }
    const { monitors } = this.#node;
    if (monitors.count > 0) monitors.saw(client, target.name, args);
    if (target.type === 'node') this.#runNode(client, target.command, args, ticket);
    else this.#runMachine(client, target, { args, raw }, ticket);
  }

  #runMachine(
    client: ClientConnection,
    target: { readonly type: 'write' | 'read'; readonly name: string; readonly spec: CommandSpec },
    command: { readonly args: readonly Uint8Array[]; readonly raw: Uint8Array | null },
    ticket: number,
  ): void {
    const { dialect, machine } = this.#node;
    const args = dialect.adapt(machine.name, target.name, command.args);
    if ('type' in args) {
      this.#answer(client, ticket, args);
      return;
    }
    // What the dialect has rewritten goes into the log as it is now.
    const raw = args === command.args ? command.raw : null;
    if (target.type === 'write') this.#write(client, { args, raw }, ticket);
    else this.#read(client, args, ticket);
  }

  #runNode(
    client: ClientConnection,
    command: NodeCommand,
    args: readonly Uint8Array[],
    ticket: number,
  ): void {
    const { dialect } = this.#node;
    const reply = (value: Reply): void => {
      const isError = typeof value === 'object' && value !== null && 'type' in value;
      const worded = isError && value.type === 'error' ? dialect.reword(value) : value;
      this.#answer(client, ticket, worded);
    };
    const answer = command.run({ node: this.#node, client, args, reply });
    if (answer !== LATER) reply(answer);
  }

  #write(
    client: ClientConnection,
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
    const raw = command.raw ?? client.encode(command.args);
    this.#node.driver.write(raw, new MachineWrites(this, client, ticket, raw), client.session);
  }

  #read(client: ClientConnection, args: readonly Uint8Array[], ticket: number): void {
    const consistency = this.#consistencyFor(client);
    if (consistency !== 'low' && this.#redirected(client, args, ticket)) return;
    if (this.#node.driver.loading) {
      this.#answer(client, ticket, this.#node.dialect.loading);
      return;
    }
    const batch = parseCommandRun(client.encode(args));
    const read = new MachineReads(this, client, ticket, { batch, from: 0, end: 1 });
    client.pendingReads += 1;
    this.#node.driver.read(consistency, read, client.session);
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
  query(batch: CommandBatch, i: number): Reply {
    const { machine } = this.#node;
    try {
      return machine.queryAt === undefined
        ? machine.query(batch.args(i), this.#readContext)
        : machine.queryAt(batch, i, this.#readContext);
    } catch (error) {
      return machineError(error);
    }
  }

  /** Answers command `i` of a batch with what a failure means for the client. */
  fail(
    client: ClientConnection,
    ticket: number,
    failure: WriteFailure,
    command: { readonly batch: CommandBatch; readonly i: number },
  ): void {
    const { batch, i } = command;
    const target = this.#targetAt(batch, i);
    const spec = target === undefined || target.type === 'node' ? null : target.spec;
    const slot = spec === null ? 0 : slotOf(spec, batch.args(i));
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

/** Writes of a client that came together. */
class MachineWrites implements WriteWaiter {
  readonly #dispatcher: Dispatcher;
  readonly #client: ClientConnection;
  /** Place of the next reply, and which of the commands it is for. */
  #ticket: number;
  #position = 0;
  #raw: Uint8Array;
  #batch: CommandBatch | null = null;

  constructor(dispatcher: Dispatcher, client: ClientConnection, ticket: number, raw: Uint8Array) {
    this.#dispatcher = dispatcher;
    this.#client = client;
    this.#ticket = ticket;
    this.#raw = raw;
  }

  taken(raw: Uint8Array): void {
    this.#raw = raw;
  }

  applied(reply: Reply): void {
    this.#dispatcher.succeed(this.#client, this.#ticket, reply);
    this.#ticket += 1;
    this.#position += 1;
  }

  failed(failure: WriteFailure): void {
    // Only a failure asks what the commands were: it may have to name a key's slot.
    const batch = (this.#batch ??= parseCommandRun(this.#raw));
    this.#dispatcher.fail(this.#client, this.#ticket, failure, { batch, i: this.#position });
    this.#ticket += 1;
    this.#position += 1;
  }
}

/** Commands `from` up to `end` of a batch. */
interface BatchPart {
  readonly batch: CommandBatch;
  readonly from: number;
  readonly end: number;
}

/** Reads of a client that came together, from their arrival until they are answered. */
class MachineReads implements ReadWaiter {
  finished = false;
  readonly #dispatcher: Dispatcher;
  readonly #client: ClientConnection;
  readonly #ticket: number;
  /** Where the commands are; null when they have been copied to `#raw`. */
  #part: BatchPart | null;
  #raw: Uint8Array | null = null;

  constructor(dispatcher: Dispatcher, client: ClientConnection, ticket: number, part: BatchPart) {
    this.#dispatcher = dispatcher;
    this.#client = client;
    this.#ticket = ticket;
    this.#part = part;
  }

  keepCommands(): void {
    if (this.#part === null) return;
    const { batch, from, end } = this.#part;
    this.#raw = batch.bytes.slice(batch.rawStart(from), batch.rawEnd(end - 1));
    this.#part = null;
  }

  ready(): void {
    this.#finish();
    const { batch, from, end } = this.#commands();
    for (let i = from; i < end; i += 1) {
      const reply = this.#dispatcher.query(batch, i);
      this.#dispatcher.succeed(this.#client, this.#ticket + i - from, reply);
    }
    this.#resume();
  }

  failed(failure: WriteFailure): void {
    this.#finish();
    const { batch, from, end } = this.#commands();
    for (let i = from; i < end; i += 1) {
      this.#dispatcher.fail(this.#client, this.#ticket + i - from, failure, { batch, i });
    }
    this.#resume();
  }

  #commands(): BatchPart {
    if (this.#part !== null) return this.#part;
    const batch = this.#dispatcher.reader.read(this.#raw ?? new Uint8Array(0));
    return { batch, from: 0, end: batch.count };
  }

  #finish(): void {
    this.finished = true;
    this.#client.pendingReads -= 1;
  }

  #resume(): void {
    if (this.#client.held.length > 0) this.#dispatcher.resume(this.#client);
  }
}
