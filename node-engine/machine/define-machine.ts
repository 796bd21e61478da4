import { refuseIncomplete } from './description-rules.ts';
import { CommandError, unknownCommandError } from './command-errors.ts';
import { checkArity } from './command-arguments.ts';
import {
  HandlerCall,
  type CallInput,
  type ReadCall,
  type TickCall,
  type WriteCall,
} from './handler-call.ts';
import { refusePromise, toReply, type HandlerResult } from './handler-result.ts';
import type {
  ConnectionHooks,
  FilteredReply,
  IntermediateHandler,
  MachineService,
} from './intermediate.ts';
import type {
  CommandContext,
  CommandSpec,
  Machine,
  MachineDefinition,
  MachineRestore,
  MachineSnapshot,
} from './machine.ts';
import { CodecKeeper, JsonKeeper, type SnapshotCodec, type StateKeeper } from './state-keeper.ts';
import { NameTable } from '../resp/name-table.ts';
import { errorReply, type ErrorReply, type Reply } from '../resp/value.ts';

/** What every command says of itself; see `CommandSpec` for the meaning. All but `kind` may be left out. */
export interface CommandDescription extends Partial<CommandSpec> {
  readonly kind: CommandSpec['kind'];
}

/** A command that goes through the log and runs on every node. */
export interface WriteCommand<State extends object> extends CommandDescription {
  readonly kind: 'write';
  /**
   * Answers the command and changes the state. Must depend on the call alone: no clock, chance or
   * variable of its own, or the nodes drift apart. Throw a CommandError to refuse.
   */
  readonly run: (call: WriteCall<State>) => HandlerResult;
}

/** A command that one node answers, at the node's read consistency. */
export interface ReadCommand<State extends object> extends CommandDescription {
  readonly kind: 'read';
  /** Answers the command. Cannot change the state. */
  readonly run: (call: ReadCall<State>) => HandlerResult;
}

/**
 * A command that the node which received it answers by itself, whatever its role: it sees no state,
 * may wait for something, and may return `instead(…)` or `hijack(…)`.
 */
export interface IntermediateCommand extends CommandDescription {
  readonly kind: 'intermediate';
  readonly run: IntermediateHandler;
}

/** What `defineMachine` takes. */
export interface MachineDescription<State extends object> {
  /** Names the machine in its snapshots: another one cannot restore them. */
  readonly name: string;
  readonly version: string;
  /** The state before the first entry of the log. */
  readonly initial: () => State;
  /** By name; clients may use any case. */
  readonly commands: Readonly<
    Record<string, WriteCommand<State> | ReadCommand<State> | IntermediateCommand>
  >;
  /** Answers every command whose name neither the node nor this machine has; runs as an intermediate. */
  readonly catchAll?: IntermediateHandler;
  /** Called on the one node that a client talks to. */
  readonly connections?: ConnectionHooks;
  /** Makes another answer of what the machine answered, on the node that answers; errors pass as they are. */
  readonly filter?: (filtered: FilteredReply) => HandlerResult;
  /**
   * How the state gets into a snapshot and back.
   *
   * `'json'`: the state is made of what JSON can hold (plain objects, arrays, strings, finite
   * numbers, booleans, null), and is kept so: anything else is refused where it is assigned, what is
   * assigned is copied, and objects have no prototype (test for a key with `in` or `Object.hasOwn`). In
   * return a command that throws changes nothing, and a read cannot change anything.
   *
   * A codec: the state is anything, and the handlers must take care: those that can fail check
   * before they change, because what a handler changed before it threw stays changed (on every
   * node alike).
   */
  readonly snapshot: 'json' | SnapshotCodec<State>;
  /** For 'json': makes the state from what an older version saved. */
  readonly restore?: (saved: unknown, version: string) => State;
  /** Entries in the state, for the node's status; its fields if left out. */
  readonly size?: (state: Readonly<State>) => number;
  /** Asks for ticks: called on every node about this often, at the time of an entry of its own. */
  readonly tick?: {
    readonly intervalMs: number;
    readonly run: (call: TickCall<State>) => void;
  };
}

const NAME = /^[a-z][a-z0-9._:-]*$/;

/**
 * Makes a replicated machine from a description of its commands.
 *
 * @throws TypeError when the description cannot work, naming the place: what is missing or of another
 *   type, bad or double names, a state that is not JSON
 */
export function defineMachine<State extends object>(
  description: MachineDescription<State>,
): MachineDefinition {
  refuseIncomplete(description);
  const specs = new Map<string, CommandSpec>();
  for (const [typed, command] of Object.entries(description.commands)) {
    const name = typed.toLowerCase();
    if (!NAME.test(name)) throw new TypeError(`'${typed}' cannot be the name of a command`);
    if (specs.has(name)) throw new TypeError(`there are two commands ${name}`);
    specs.set(name, specOf(command, description.name));
  }
  makeKeeper(description);
  return {
    name: description.name,
    version: description.version,
    commands: specs,
    create: () => new DefinedMachine(description, specs),
  };
}

function specOf(command: CommandDescription, group: string): CommandSpec {
  return {
    kind: command.kind,
    arity: command.arity ?? -1,
    summary: command.summary ?? '',
    group: command.group ?? group,
    arguments: command.arguments ?? [],
    firstKey: command.firstKey ?? 0,
    lastKey: command.lastKey ?? command.firstKey ?? 0,
    keyStep: command.keyStep ?? (command.firstKey === undefined ? 0 : 1),
    ...(command.complexity === undefined ? {} : { complexity: command.complexity }),
  };
}

function makeKeeper<State extends object>(
  description: MachineDescription<State>,
): StateKeeper<State> {
  return description.snapshot === 'json'
    ? new JsonKeeper(description)
    : new CodecKeeper({ ...description, codec: description.snapshot });
}

function serviceOf<State extends object>(description: MachineDescription<State>): MachineService {
  const { commands, catchAll = null, connections = {}, filter = null } = description;
  const intermediates = new Map<string, IntermediateHandler>();
  for (const [typed, command] of Object.entries(commands)) {
    if (command.kind === 'intermediate') intermediates.set(typed.toLowerCase(), command.run);
  }
  return { intermediates, catchAll, catchAllOnlyRoutes: false, connections, filter };
}

interface NamedCommand<State extends object> {
  readonly name: string;
  readonly spec: CommandSpec;
  readonly command: WriteCommand<State> | ReadCommand<State>;
}

class DefinedMachine<State extends object> implements Machine {
  readonly name: string;
  readonly version: string;
  readonly commands: ReadonlyMap<string, CommandSpec>;
  readonly service: MachineService;
  readonly tickIntervalMs?: number;
  readonly tick?: (context: CommandContext) => void;
  readonly #description: MachineDescription<State>;
  readonly #table: NameTable<NamedCommand<State>>;
  readonly #keeper: StateKeeper<State>;
  readonly #call = new HandlerCall<State>();

  constructor(description: MachineDescription<State>, commands: ReadonlyMap<string, CommandSpec>) {
    this.name = description.name;
    this.version = description.version;
    this.commands = commands;
    this.#description = description;
    this.service = serviceOf(description);
    this.#keeper = makeKeeper(description);
    this.#table = new NameTable(
      Object.entries(description.commands).flatMap(([typed, command]) => {
        if (command.kind === 'intermediate') return [];
        const name = typed.toLowerCase();
        return [[name, { name, spec: specOf(command, description.name), command }] as const];
      }),
    );
    const { tick } = description;
    if (tick !== undefined) {
      this.tickIntervalMs = tick.intervalMs;
      // No compiler refuses an async function where nothing is to be returned.
      const run: (call: TickCall<State>) => unknown = tick.run;
      this.tick = (context) => {
        this.#write({ name: 'tick', args: [], context }, (call) => {
          refusePromise(run(call));
          return null;
        });
      };
    }
  }

  apply(args: readonly Uint8Array[], context: CommandContext): Reply {
    const found = this.#find(args);
    if ('type' in found) return found;
    const { command, name } = found;
    if (command.kind !== 'write') throw new Error(`${name} is a read`);
    return this.#write({ name, args, context }, command.run);
  }

  query(args: readonly Uint8Array[], context: CommandContext): Reply {
    const found = this.#find(args);
    if ('type' in found) return found;
    const { command, name } = found;
    if (command.kind !== 'read') throw new Error(`${name} is a write`);
    this.#call.begin({ state: this.#keeper.readOnly, args, context, name });
    try {
      return toReply(command.run(this.#call));
    } catch (error) {
      return refusalOf(error);
    }
  }

  snapshot(): MachineSnapshot | null {
    return this.#keeper.snapshot();
  }

  restore(): MachineRestore {
    return this.#keeper.restore();
  }

  size(): number {
    const state = this.#keeper.readOnly;
    return this.#description.size?.(state) ?? Object.keys(state).length;
  }

  stateHash(): string {
    return this.#keeper.hash();
  }

  #find(args: readonly Uint8Array[]): NamedCommand<State> | ErrorReply {
    const [name] = args;
    const found = name === undefined ? undefined : this.#table.find(name);
    if (found === undefined) return unknownCommandError(args);
    return checkArity(found.name, found.spec, args.length) ?? found;
  }

  #write(
    entry: Pick<CallInput<State>, 'name' | 'args' | 'context'>,
    run: (call: WriteCall<State>) => HandlerResult,
  ): Reply {
    this.#call.begin({ ...entry, state: this.#keeper.writable });
    try {
      const reply = toReply(run(this.#call));
      this.#keeper.commit();
      return reply;
    } catch (error) {
      this.#keeper.rollBack();
      return refusalOf(error);
    }
  }
}

/** A refusal is a reply; anything else is a fault of the machine, which the node reports. */
function refusalOf(error: unknown): ErrorReply {
  if (error instanceof CommandError) return errorReply(error.message);
  throw error;
}
