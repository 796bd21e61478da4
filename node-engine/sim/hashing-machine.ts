import type {
  CommandContext,
  CommandSpec,
  Machine,
  MachineRestore,
  MachineSnapshot,
} from '../machine/machine.ts';
import type { Reply } from '../resp/value.ts';
import type { Companion } from './companion.ts';
import { writeIdOf } from './command-bytes.ts';
import { mix32 } from './prng.ts';

/** The whole state of the machine. */
export interface MachineState {
  /** Commands applied since the beginning of the log. */
  readonly count: number;
  /** Hash of every command applied, in order, with the time and chance it saw. */
  readonly hash: number;
}

/** Is told of everything that happens to a node's machine. */
export interface MachineWatch {
  /** A command was applied; it is number `count`, and `hash` is the state after it. */
  applied(commandId: number, count: number, hash: number): void;
  /** A snapshot holds this state from now on. */
  snapshotBegun(state: MachineState): void;
  /** A snapshot replaced the state. */
  restored(state: MachineState): void;
}

const WRITE_SPEC: CommandSpec = {
  kind: 'write',
  arity: -2,
  summary: 'Adds a command to the hash of all commands.',
  group: 'simulator',
  arguments: [],
  firstKey: 0,
  lastKey: 0,
  keyStep: 0,
};

const FIXED_BYTES = 16;
const MAGIC = 0x73696d31;

/**
 * The smallest machine that forgets nothing: its state is the number of commands applied and a hash
 * over all of them. Two machines with equal states have applied the same commands in the same order.
 */
export class HashingMachine implements Machine {
  readonly name = 'hashing';
  readonly version = '1';
  readonly commands: ReadonlyMap<string, CommandSpec> = new Map([['w', WRITE_SPEC]]);
  private count = 0;
  private hash = 0;
  readonly tickIntervalMs?: number;
  private readonly watch: MachineWatch;
  private readonly paddingBytes: number;
  private readonly companion: Companion | null;

  /**
   * @param paddingBytes makes snapshots larger, so that they travel in several chunks
   * @param companion goes through everything that this machine does
   */
  constructor(watch: MachineWatch, paddingBytes: number, companion: Companion | null = null) {
    this.watch = watch;
    this.paddingBytes = paddingBytes;
    this.companion = companion;
    const tickIntervalMs = companion?.tickIntervalMs;
    if (tickIntervalMs !== undefined) this.tickIntervalMs = tickIntervalMs;
  }

  state(): MachineState {
    return { count: this.count, hash: this.hash };
  }

  apply(args: readonly Uint8Array[], context: CommandContext): Reply {
    const id = writeIdOf(args[1] ?? new Uint8Array(0));
    this.count += 1;
    this.hash = commandHash(this.hash, id, context.nowNs(), context.randomUint32());
    this.companion?.apply(id, context);
    this.watch.applied(id, this.count, this.hash);
    return this.count;
  }

  tick(context: CommandContext): void {
    this.companion?.tick(context);
  }

  query(): Reply {
    this.companion?.read();
    return this.count;
  }

  snapshot(): MachineSnapshot | null {
    const more = this.companion?.snapshot();
    if (more === null) return null;
    this.watch.snapshotBegun(this.state());
    const bytes = new Uint8Array(FIXED_BYTES + this.paddingBytes);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, MAGIC);
    view.setUint32(4, this.count);
    view.setUint32(8, this.hash);
    view.setUint32(12, this.paddingBytes);
    for (let offset = FIXED_BYTES; offset < bytes.length; offset += 1) bytes[offset] = offset;
    let given = false;
    return {
      next: () => {
        if (given) return more?.next() ?? null;
        given = true;
        return bytes;
      },
      release: () => {
        given = true;
        more?.release();
      },
    };
  }

  restore(): MachineRestore {
    let bytes = new Uint8Array(0);
    return {
      write: (more) => {
        const joined = new Uint8Array(bytes.length + more.length);
        joined.set(bytes);
        joined.set(more, bytes.length);
        bytes = joined;
      },
      finish: () => {
        const { state, rest } = decodeState(bytes);
        if (this.companion !== null) this.companion.restore(rest);
        else if (rest.length > 0) throw new Error('a snapshot of the hashing machine is too long');
        this.count = state.count;
        this.hash = state.hash;
        this.watch.restored(state);
      },
    };
  }

  size(): number {
    return this.count;
  }

  stateHash(): string {
    const count = this.count.toString(16).padStart(8, '0');
    return (count + this.hash.toString(16).padStart(8, '0')).padStart(32, '0');
  }
}

/** The hash after one more command: every bit that a command may see takes part. */
export function commandHash(hash: number, id: number, timeNs: bigint, random: number): number {
  const low = Number(timeNs & 0xffffffffn);
  const high = Number((timeNs >> 32n) & 0xffffffffn);
  return mix32(mix32(mix32(mix32(hash, id), low), high), random);
}

function decodeState(bytes: Uint8Array): {
  readonly state: MachineState;
  readonly rest: Uint8Array;
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < FIXED_BYTES || view.getUint32(0) !== MAGIC) {
    throw new Error('these bytes are not a snapshot of the hashing machine');
  }
  const end = FIXED_BYTES + view.getUint32(12);
  if (bytes.length < end) throw new Error('a snapshot of the hashing machine is cut short');
  for (let offset = FIXED_BYTES; offset < end; offset += 1) {
    if (bytes[offset] !== (offset & 0xff)) throw new Error('a snapshot has altered bytes');
  }
  const state = { count: view.getUint32(4), hash: view.getUint32(8) };
  return { state, rest: bytes.subarray(end) };
}
