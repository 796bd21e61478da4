import type { HandlerResult } from './handler-result.ts';
import { toReply } from './handler-result.ts';
import type { MachineService, Routed } from './intermediate.ts';
import type {
  CommandContext,
  CommandSpec,
  Machine,
  MachineDefinition,
  MachineRestore,
  MachineSnapshot,
} from './machine.ts';
import type { ClientInfo } from './node-handle.ts';
import { CommandError } from './command-errors.ts';
import { CodecKeeper } from './state-keeper.ts';
import { errorReply, type Reply } from '../resp/value.ts';

/** What `FinnApplier.apply` returns; `command` hands it on. */
export type FinnResult = HandlerResult | Routed;

/** The only way to the state that is replicated. */
export interface FinnApplier {
  /**
   * With `mutate`: the command goes into the log, `mutate` runs on every node when it is applied, and
   * on the node that the client talks to `respond` makes the answer from what it returned. Without
   * (null): a read; `respond` alone runs, once the node's read consistency allows it.
   *
   * @param client as `command` got it
   */
  apply(
    client: ClientInfo | null,
    mutate: ((context: CommandContext) => HandlerResult) | null,
    respond: (reply: Reply) => HandlerResult,
  ): FinnResult;
}

/** A machine in the shape of Finn's, with a state of its own inside. */
export interface FinnMachine {
  /**
   * Handles a command. Called twice for a write: with its client on the node that received it, and
   * with null on every node, from the log. Changes the state in `mutate` alone; answers what is
   * wrong with a command by throwing a CommandError, before `apply`.
   */
  command(applier: FinnApplier, client: ClientInfo | null, args: readonly Uint8Array[]): FinnResult;
  /** The whole state; equal states must give equal bytes. Left out: no snapshots. */
  snapshot?(): Iterable<Uint8Array | string>;
  /** Replaces the whole state by what `snapshot` wrote, joined. */
  restore?(bytes: Uint8Array): void;
}

/** What `defineFinnMachine` takes. */
export interface FinnDescription {
  /** Names the machine in its snapshots: another one cannot restore them. */
  readonly name: string;
  readonly version: string;
  /** Makes a machine with the state before the first entry of the log. */
  readonly create: () => FinnMachine;
}

/**
 * Takes a machine written for Finn's interface, for those who port one. A new machine is written with
 * `defineMachine`: it says of each command what it is, which feeds arity errors, documentation and the
 * console, none of which there is for a Finn machine.
 */
export function defineFinnMachine(description: FinnDescription): MachineDefinition {
  const commands: ReadonlyMap<string, CommandSpec> = new Map();
  return {
    name: description.name,
    version: description.version,
    commands,
    create: () => new AdaptedMachine(description),
  };
}

class AdaptedMachine implements Machine {
  readonly name: string;
  readonly version: string;
  readonly commands: ReadonlyMap<string, CommandSpec> = new Map();
  readonly service: MachineService;
  readonly #machine: FinnMachine;
  readonly #keeper: CodecKeeper<FinnMachine>;

  constructor({ name, version, create }: FinnDescription) {
    this.name = name;
    this.version = version;
    const machine = create();
    this.#machine = machine;
    this.#keeper = new CodecKeeper({
      ...{ name, version, initial: () => machine },
      codec: {
        write: () => machine.snapshot?.() ?? [],
        // In place: a read that waits still refers to this machine.
        read: (bytes) => {
          if (machine.restore === undefined) throw new Error('this machine restores no snapshots');
          machine.restore(bytes);
          return machine;
        },
      },
    });
    this.service = {
      intermediates: new Map(),
      catchAll: ({ name: typed, bytes, client }) => {
        const args = [Buffer.from(typed, 'latin1'), ...bytes];
        return machine.command(RECEIVING, client, args);
      },
      catchAllOnlyRoutes: true,
      connections: {},
      filter: null,
    };
  }

  apply(args: readonly Uint8Array[], context: CommandContext): Reply {
    try {
      const result = this.#machine.command(new FromLog(context), null, lowerName(args));
      // From the log there is no client, and so no routing: see FromLog.
      return toReply(result as HandlerResult);
    } catch (error) {
      if (error instanceof CommandError) return errorReply(error.message);
      throw error;
    }
  }

  query(): Reply {
    throw new Error('reads of this machine are made by respond');
  }

  snapshot(): MachineSnapshot | null {
    return this.#machine.snapshot === undefined ? null : this.#keeper.snapshot();
  }

  restore(): MachineRestore {
    return this.#keeper.restore();
  }

  size(): number {
    return 0;
  }

  stateHash(): string {
    return this.#keeper.hash();
  }
}

/** On the node that received the command: says where it has to go. */
const RECEIVING: FinnApplier = {
  apply: (_, mutate, respond) => {
    return { type: 'routed', kind: mutate === null ? 'read' : 'write', respond };
  },
};

/** On every node, for an entry of the log: changes the state and answers nobody. */
class FromLog implements FinnApplier {
  readonly #context: CommandContext;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  apply(_: ClientInfo | null, mutate: Parameters<FinnApplier['apply']>[1]): FinnResult {
    if (mutate === null)
      throw new Error('a read is in the log: command must do the same each time');
    return mutate(this.#context);
  }
}

/** The name as the catch-all shows it, so that both calls see the same. */
function lowerName(args: readonly Uint8Array[]): readonly Uint8Array[] {
  const [name, ...rest] = args;
  if (name === undefined) return args;
  return [Buffer.from(Buffer.from(name).toString('latin1').toLowerCase(), 'latin1'), ...rest];
}
