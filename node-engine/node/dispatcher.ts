import { isErrorReply } from '../client/reply-text.ts';
import { checkArity } from '../machine/command-arguments.ts';
import type { MachineService, Routed } from '../machine/intermediate.ts';
import type { CommandContext, CommandSpec } from '../machine/machine.ts';
import type { NodeHandle } from '../machine/node-handle.ts';
import type { CommandBatch } from '../resp/command-batch.ts';
import { CommandRunReader, parseCommandRun } from '../resp/command-run.ts';
import { encodeCommand } from '../resp/command-writer.ts';
import { NameTable } from '../resp/name-table.ts';
import { errorReply } from '../resp/value.ts';
import type { Reply } from '../resp/value.ts';
import { machineError } from './applier.ts';
import { isForStrangers, refusedByRole } from './auth/permission.ts';
import { LATER } from './commands/command.ts';
import type { NodeCommand } from './commands/command.ts';
import type { ReadFailure, ReadLevel } from './driver-ports.ts';
import { Forwarding, type Forward } from './forwarding.ts';
import { Intermediates } from './intermediates.ts';
import { slotOf } from './key-slot.ts';
import { MachineReads, MachineWrites, type CommandSink } from './machine-commands.ts';
import type { NodeContext } from './node-context.ts';
import { ownArguments } from './own-arguments.ts';
import { ResponseFilter } from './response-filter.ts';
import { RoutedRead, RoutedWrite } from './routed-commands.ts';
import type { ServedClient } from './served-client.ts';
import type { ServerCounters } from './status-builder.ts';

/** What a name stands for: the machine's or the node's. */
type Target =
  | { readonly type: 'node'; readonly name: string; readonly command: NodeCommand }
  | { readonly type: CommandSpec['kind']; readonly name: string; readonly spec: CommandSpec };

/**
 * Takes commands from connections and sees that each gets its one reply: the node's own are run
 * here, the machine's writes go through the log and its reads wait for the moment they may run.
 *
 * A connection's commands take effect in the order they were sent. Writes may follow writes and
 * reads may follow reads without waiting; a write behind an unanswered read is held back.
 */
export class Dispatcher implements CommandSink {
  readonly #node: NodeContext;
  readonly #counters: ServerCounters;
  readonly #targets: NameTable<Target>;
  readonly #forwarding: Forwarding;
  readonly #readContext: CommandContext;
  readonly #service: MachineService | null;
  readonly #intermediates: Intermediates;
  readonly #filter: ResponseFilter | null;
  /** Reads the commands of reads that had to wait. */
  readonly reader = new CommandRunReader();

  constructor(
    node: NodeContext,
    counters: ServerCounters,
    commands: readonly NodeCommand[],
    forward: Forward | null,
    handle: NodeHandle,
  ) {
    this.#node = node;
    this.#counters = counters;
    this.#forwarding = new Forwarding(node.core, forward, {
      answer: (client, ticket, reply) => {
        this.#answer(client, ticket, reply);
      },
      resume: (client) => {
        this.resume(client);
      },
    });
    const targets = new Map<string, Target>();
    for (const [name, spec] of node.machine.commands) {
      targets.set(name, { type: spec.kind, name, spec });
    }
    // The node's own commands win over a machine's of the same name.
    for (const command of commands) {
      targets.set(command.name, { type: 'node', name: command.name, command });
    }
    this.#targets = new NameTable(targets);
    this.#service = node.machine.service ?? null;
    this.#intermediates = this.#makeIntermediates(handle);
    const filter = this.#service?.filter ?? null;
    this.#filter = filter === null ? null : new ResponseFilter(filter);
    this.#readContext = {
      nowNs: () => node.driver.nowNs(),
      nowMs: () => Number(node.driver.nowNs() / 1_000_000n),
      randomUint32: () => (Math.random() * 2 ** 32) >>> 0,
    };
  }

  /** Handles commands as they came in one read; their memory is only valid during the call. */
  take(client: ServedClient, batch: CommandBatch): void {
    let from = 0;
    while (from < batch.count) {
      if (client.owner !== null) {
        client.owner(ownArguments(batch.args(from)));
        from += 1;
        continue;
      }
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

  /** Handles one command of a client inside the process; its arguments are its own. */
  takeLocal(client: ServedClient, args: readonly Uint8Array[]): void {
    const ticket = client.reserve();
    if (client.held.length > 0 || client.busy) client.held.push({ args, ticket });
    else this.#run(client, args, null, ticket);
  }

  #takeOne(client: ServedClient, batch: CommandBatch, i: number): void {
    const args = batch.args(i);
    if (client.held.length > 0 || client.busy) {
      client.held.push({ args: ownArguments(args), ticket: client.reserve() });
    } else this.#run(client, args, batch.raw(i), client.reserve());
  }

  /** Whether command `i` may go with those like it behind it, and as what. */
  #groupType(client: ServedClient, batch: CommandBatch, i: number): 'write' | 'read' | null {
    const { monitors } = this.#node;
    if (client.user?.role !== 'admin') return null;
    if (client.held.length > 0 || client.busy || this.#forwarding.isOn) return null;
    // Each on its own where each is looked at, by a monitor or on its way out by the machine.
    if (monitors.count > 0 || this.#filter !== null) return null;
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
  #writes(client: ServedClient, batch: CommandBatch, from: number, end: number): void {
    const count = end - from;
    const raw = batch.bytes.subarray(batch.rawStart(from), batch.rawEnd(end - 1));
    const waiter = new MachineWrites(this, client, client.reserve(count), raw);
    this.#node.driver.write(raw, waiter, client.session, count);
  }

  /** Reads of one client that came together. */
  #reads(client: ServedClient, batch: CommandBatch, from: number, end: number): void {
    const count = end - from;
    const commands = { batch, from, end };
    const read = new MachineReads(this, client, client.reserve(count), commands);
    client.pendingReads += 1;
    this.#node.driver.read(this.#levelFor(client), read, client.session, count);
    // The batch is the parser's memory: reads that have to wait need their own.
    if (!read.finished) read.keepCommands();
  }

  #levelFor(client: ServedClient): ReadLevel {
    return client.readLevel ?? this.#node.settings.consistency;
  }

  /** Goes on with what was held back, until something has to wait again. */
  resume(client: ServedClient): void {
    while (client.held.length > 0 && client.pendingReads === 0 && !client.busy) {
      if (client.pendingForwards > 0) return;
      const next = client.held.shift();
      if (next !== undefined) this.#run(client, next.args, null, next.ticket);
    }
  }

  #run(
    client: ServedClient,
    args: readonly Uint8Array[],
    raw: Uint8Array | null,
    ticket: number,
  ): void {
    this.#counters.commands += 1;
    if (client.user === null && !isForStrangers(args[0])) {
      this.#answer(client, ticket, this.#node.dialect.notAuthenticated);
      return;
    }
    const target = args[0] === undefined ? undefined : this.#targets.find(args[0]);
    if (target === undefined) {
      this.#runUnknown(client, args, ticket);
      return;
    }
    client.lastCommand = target.name;
    const spec = target.type === 'node' ? target.command.spec : target.spec;
    if (checkArity(target.name, spec, args.length) !== null) {
      const typed = Buffer.from(args[0] ?? []).toString('latin1');
      this.#answer(client, ticket, this.#node.dialect.wrongArity(target.name, typed));
      return;
    }
    const forbidden = refusedByRole(client.user, target);
    if (forbidden !== null) {
      this.#answer(client, ticket, forbidden);
      return;
    }
    const { monitors } = this.#node;
    if (monitors.count > 0) monitors.saw(client, target.name, args);
    if (target.type === 'node') this.#runNode(client, target.command, args, ticket);
    else this.#runMachine(client, target, { args, raw }, ticket);
  }

  #runMachine(
    client: ServedClient,
    target: { readonly type: CommandSpec['kind']; readonly name: string },
    command: { readonly args: readonly Uint8Array[]; readonly raw: Uint8Array | null },
    ticket: number,
  ): void {
    const { type, name } = target;
    const { dialect, machine } = this.#node;
    const args = dialect.adapt(machine.name, name, command.args);
    if ('type' in args) {
      this.#answer(client, ticket, args);
      return;
    }
    // What the dialect has rewritten goes into the log as it is now.
    const raw = args === command.args ? command.raw : null;
    this.#filter?.note(client, { name, args }, ticket);
    if (type === 'write') this.#write(client, { args, raw }, ticket);
    else if (type === 'read') this.#read(client, args, ticket);
    else {
      const handler = this.#service?.intermediates.get(name);
      if (handler === undefined) throw new Error(`nobody answers ${name}`);
      this.#intermediates.start(client, { name, handler, args }, ticket);
    }
  }

  #runUnknown(client: ServedClient, args: readonly Uint8Array[], ticket: number): void {
    const service = this.#node.dialect.reserves(args[0]) ? null : this.#service;
    const { catchAll: handler = null, catchAllOnlyRoutes: atOnce = false } = service ?? {};
    if (handler === null) {
      this.#answer(client, ticket, this.#node.dialect.unknownCommand(args));
      return;
    }
    const typed = Buffer.from(args[0] ?? []).toString('latin1');
    const name = typed.toLowerCase();
    const forbidden = refusedByRole(client.user, { type: 'catch-all', name });
    if (forbidden !== null) {
      this.#answer(client, ticket, forbidden);
      return;
    }
    client.lastCommand = name;
    const { monitors } = this.#node;
    if (monitors.count > 0) monitors.saw(client, name, args);
    this.#filter?.note(client, { name, args }, ticket);
    this.#intermediates.start(client, { name, handler, args, atOnce }, ticket);
  }

  #makeIntermediates(handle: NodeHandle): Intermediates {
    return new Intermediates({
      handle,
      driver: this.#node.driver,
      answer: (client, ticket, reply) => {
        this.#answer(client, ticket, reply);
      },
      runInstead: (client, args, ticket) => {
        const target = args[0] === undefined ? undefined : this.#targets.find(args[0]);
        if (target === undefined || target.type === 'intermediate') {
          const text = 'ERR a command can only be replaced by one that the node or its log runs';
          this.#answer(client, ticket, errorReply(text));
        } else this.#run(client, args, null, ticket);
      },
      route: (client, args, ticket, routed) => {
        this.#route(client, args, ticket, routed);
      },
      resume: (client) => {
        this.resume(client);
      },
    });
  }

  #route(client: ServedClient, args: readonly Uint8Array[], ticket: number, routed: Routed): void {
    if (this.#forwarding.take(client, args, ticket)) return;
    const { driver } = this.#node;
    const ports = {
      answer: (reply: Reply) => {
        this.#answer(client, ticket, reply);
      },
      failure: (failure: ReadFailure) => this.#node.failure(failure, 0),
    };
    if (routed.kind === 'write') {
      driver.write(encodeCommand(args), new RoutedWrite(ports, routed.respond), client.session);
      return;
    }
    const read = new RoutedRead(ports, routed.respond, () => {
      client.pendingReads -= 1;
      this.resume(client);
    });
    client.pendingReads += 1;
    driver.read(this.#levelFor(client), read, client.session);
  }

  #runNode(
    client: ServedClient,
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
    client: ServedClient,
    command: { readonly args: readonly Uint8Array[]; readonly raw: Uint8Array | null },
    ticket: number,
  ): void {
    if (this.#forwarding.take(client, command.args, ticket)) return;
    if (client.pendingReads > 0) {
      // In front: what is held already came after it.
      client.held.unshift({ args: ownArguments(command.args), ticket });
      return;
    }
    const raw = command.raw ?? encodeCommand(command.args);
    this.#node.driver.write(raw, new MachineWrites(this, client, ticket, raw), client.session);
  }

  #read(client: ServedClient, args: readonly Uint8Array[], ticket: number): void {
    const level = this.#levelFor(client);
    if (isLeaders(level) && this.#forwarding.take(client, args, ticket)) return;
    if (client.pendingForwards > 0) {
      client.held.unshift({ args: ownArguments(args), ticket });
      return;
    }
    if (this.#node.driver.loading) {
      this.#answer(client, ticket, this.#node.dialect.loading);
      return;
    }
    const batch = parseCommandRun(encodeCommand(args));
    const read = new MachineReads(this, client, ticket, { batch, from: 0, end: 1 });
    client.pendingReads += 1;
    this.#node.driver.read(level, read, client.session);
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
    client: ServedClient,
    ticket: number,
    failure: ReadFailure,
    command: { readonly batch: CommandBatch; readonly i: number },
  ): void {
    const { batch, i } = command;
    // Who forwards can have the leader answer what this node could not; nothing was read.
    const isAnswerable = failure.kind === 'too-old' || failure.kind === 'not-confirmed';
    if (isAnswerable && this.#forwarding.take(client, batch.args(i), ticket)) return;
    const target = this.#targetAt(batch, i);
    const spec = target === undefined || target.type === 'node' ? null : target.spec;
    const slot = spec === null ? 0 : slotOf(spec, batch.args(i));
    this.#answer(client, ticket, this.#node.failure(failure, slot));
  }

  /** Gives a command its reply. */
  succeed(client: ServedClient, ticket: number, reply: Reply): void {
    this.#answer(client, ticket, reply);
  }

  #answer(client: ServedClient, ticket: number, reply: Reply): void {
    if (isErrorReply(reply)) this.#counters.errors += 1;
    client.fill(ticket, this.#filter === null ? reply : this.#filter.apply(client, ticket, reply));
  }
}

function isLeaders(level: ReadLevel): boolean {
  return level === 'medium' || level === 'high';
}
