import type { CommandBatch } from '../resp/command-batch.ts';
import type { Reply } from '../resp/value.ts';
import type { MachineService } from './intermediate.ts';

/**
 * What a command may see of the world. Everything in it is the same on every node for a write, so a
 * machine that uses nothing else cannot diverge.
 */
export interface CommandContext {
  /**
   * Nanoseconds since 1970. In a write: the time its leader gave the entry, strictly growing along
   * the log. In a read: this node's clock, never below the newest applied entry's time.
   */
  nowNs(): bigint;
  /** The same in milliseconds, rounded down. */
  nowMs(): number;
  /**
   * 32 random bits, from the entry's own seed in a write: the n-th call gives the same on every node.
   */
  randomUint32(): number;
}

/** How one command of a machine runs. */
export type CommandKind =
  /** Through the log, on every node. May change the state. */
  | 'write'
  /** On one node, at the node's read consistency. Must not change the state. */
  | 'read'
  /** On the node that received it, whatever its role. Sees no state; see `MachineService`. */
  | 'intermediate';

/** One argument for `COMMAND DOCS`, the console's completion and the documentation. */
export interface ArgumentDoc {
  readonly name: string;
  readonly type: 'key' | 'string' | 'integer' | 'double' | 'pattern' | 'token' | 'oneof' | 'block';
  /** The literal word for `token`, or the word in front of the value. */
  readonly token?: string;
  readonly optional?: boolean;
  readonly multiple?: boolean;
  readonly arguments?: readonly ArgumentDoc[];
}

/** What is known of a command before it runs. Redis's own conventions for arity and key positions. */
export interface CommandSpec {
  readonly kind: CommandKind;
  /**
   * Number of arguments with the name counted, as in Redis: 2 means exactly two, -2 at least two.
   */
  readonly arity: number;
  readonly summary: string;
  /** For grouping in the documentation: 'string', 'generic', 'server' … */
  readonly group: string;
  readonly arguments: readonly ArgumentDoc[];
  /** Position of the first and last key (negative counts from the end) and the step; 0 = no keys. */
  readonly firstKey: number;
  readonly lastKey: number;
  readonly keyStep: number;
  /** Big-O, for the documentation. */
  readonly complexity?: string;
}

/** What a node gives a machine at its creation. */
export interface MachineOptions {
  /**
   * Seeds the hash of byte-keyed tables, so that nobody can choose keys that collide. Give every
   * node of a cluster the same secret value: what a command answers never depends on it, but the
   * cursor of an iteration then stays valid when the client moves to another node.
   */
  readonly hashSeed: bigint;
}

/** A kind of machine; a node makes its one instance from it. */
export interface MachineDefinition {
  readonly name: string;
  readonly version: string;
  /** By lower-case name, the same as in every instance. */
  readonly commands: ReadonlyMap<string, CommandSpec>;
  create(options: MachineOptions): Machine;
}

/**
 * A replicated state machine as the node runs it. `defineMachine` makes one from a friendlier
 * description; `machines/kv` implements it directly.
 *
 * All calls come from one thread, one at a time. A write that throws is answered
 * `ERR machine error: …` and must leave the state unchanged.
 *
 * A reply of `apply` or `query` may hold views of the machine's memory: they are valid until the
 * next call into the machine. Whoever keeps a reply longer copies its bytes.
 */
export interface Machine {
  readonly name: string;
  readonly version: string;
  /** By lower-case name. Static: the same for the life of the process. */
  readonly commands: ReadonlyMap<string, CommandSpec>;
  /**
   * Applies one write. `args[0]` is the name as typed; arguments are views valid during the call.
   * Called on every node in log order, exactly once per entry.
   */
  apply(args: readonly Uint8Array[], context: CommandContext): Reply;
  /** Answers one read. Must not change anything. */
  query(args: readonly Uint8Array[], context: CommandContext): Reply;
  /**
   * The same two for command `i` of a batch. A machine that can do without views of the arguments
   * saves most of what a small command costs; `apply` and `query` stay what they mean.
   */
  applyAt?(batch: CommandBatch, i: number, context: CommandContext): Reply;
  queryAt?(batch: CommandBatch, i: number, context: CommandContext): Reply;
  /**
   * Begins a snapshot of the state as it is now. Later writes must not show in it. The node pulls
   * slices until one is null; each slice is valid until the next pull. Null when the machine has
   * no snapshots.
   */
  snapshot(): MachineSnapshot | null;
  /** Begins replacing the whole state; nothing changes until `finish`. */
  restore(): MachineRestore;
  /**
   * For a machine that does something as time goes by: the node then puts a tick entry into the log
   * about this often, and every node calls `tick` for it. A cluster without such a machine writes
   * nothing while it is idle.
   */
  readonly tickIntervalMs?: number;
  tick?(context: CommandContext): void;
  /** What it does beside its state, for the clients of this one node. */
  readonly service?: MachineService;
  /** Entries in the machine (keys), for status. */
  size(): number;
  /** Hash of the whole state, the same on every node at the same applied index. 32 hex digits. */
  stateHash(): string;
  /**
   * The same bit by bit, for states so large that hashing them at one go would hold up the node:
   * begins with the state as it is now, and later writes do not show in it.
   */
  beginStateHash?(): StateHashing;
}

/** The hash of a state being made. */
export interface StateHashing {
  /** Goes on for a few milliseconds; null until the hash is there. */
  next(): string | null;
  /** Frees what the hashing holds; always called, also after an error. */
  release(): void;
}

/** A snapshot being read out of a machine. */
export interface MachineSnapshot {
  /** The next bytes, 1 B to about 1 MiB, or null at the end. */
  next(): Uint8Array | null;
  /** Frees what the snapshot holds; always called, also after an error. */
  release(): void;
}

/** A state being rebuilt aside. */
export interface MachineRestore {
  /** Bytes in order, cut anywhere. Throws when they are not this machine's snapshot. */
  write(bytes: Uint8Array): void;
  /** The new state takes the old one's place. Throws, changing nothing, when bytes are missing. */
  finish(): void;
}
