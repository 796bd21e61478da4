import { unknownCommandError } from '../../machine/command-errors.ts';
import { makeRange } from '../../machine/byte-range.ts';
import { ByteStoreHashing } from '../../machine/byte-store-hashing.ts';
import { ByteStoreRestore, ByteStoreSnapshot } from '../../machine/byte-store-snapshot.ts';
import { ByteStore } from '../../machine/byte-store.ts';
import { checkArity } from '../../machine/command-arguments.ts';
import type {
  CommandContext,
  CommandSpec,
  Machine,
  MachineDefinition,
  MachineOptions,
  MachineRestore,
  MachineSnapshot,
  StateHashing,
} from '../../machine/machine.ts';
import { expectHeader, withHeader } from '../../machine/snapshot-header.ts';
import type { CommandBatch } from '../../resp/command-batch.ts';
import { NameTable } from '../../resp/name-table.ts';
import { errorReply, type ErrorReply, type Reply } from '../../resp/value.ts';
import { COUNTER_COMMANDS } from './counter-commands.ts';
import { EXPIRY_COMMANDS } from './expiry-commands.ts';
import { KEY_COMMANDS } from './key-commands.ts';
import { KEY_BYTES_MAX, type KvCommand } from './kv-command.ts';
import { SCAN_COMMANDS } from './scan-commands.ts';
import { STRING_COMMANDS } from './string-commands.ts';

/**
 * Expired keys whose memory one write may free. Keys expire for every command by their time alone;
 * this only bounds how long a write can be held up when a million of them expire at once.
 */
const EXPIRED_PER_WRITE = 16;

const SNAPSHOT_FORMAT = 1;

const KEY_TOO_LONG = errorReply(`ERR key is too long (max ${KEY_BYTES_MAX} bytes)`);

const COMMANDS: readonly KvCommand[] = [
  ...STRING_COMMANDS,
  ...COUNTER_COMMANDS,
  ...KEY_COMMANDS,
  ...EXPIRY_COMMANDS,
  ...SCAN_COMMANDS,
];

const TABLE = new NameTable(COMMANDS.map((command) => [command.name, command] as const));

const SPECS: ReadonlyMap<string, CommandSpec> = new Map(
  COMMANDS.map((command) => [command.name, command] as const),
);

/** The key-value machine: strings with expiry, with the commands, replies and errors of Redis. */
export const kv: MachineDefinition = {
  name: 'kv',
  version: '1.0.0',
  commands: SPECS,
  create: (options) => new KvMachine(options),
};

class KvMachine implements Machine {
  readonly name = kv.name;
  readonly version = kv.version;
  readonly commands = SPECS;
  readonly #hashSeed: bigint;
  #keyspace: ByteStore;
  /** Time of the newest write that came while keys had an expiry; what expired before it is gone. */
  #appliedMs = 0;
  readonly #plain = { key: makeRange(), value: makeRange() };

  constructor(options: MachineOptions) {
    this.#hashSeed = options.hashSeed;
    this.#keyspace = new ByteStore(options.hashSeed);
  }

  apply(args: readonly Uint8Array[], context: CommandContext): Reply {
    const command = commandOf(args);
    if ('type' in command) return command;
    this.#beginWrite(context);
    if (hasLongKey(command, args)) return KEY_TOO_LONG;
    return command.run(this.#keyspace, args, context);
  }

  query(args: readonly Uint8Array[], context: CommandContext): Reply {
    const command = commandOf(args);
    if ('type' in command) return command;
    if (command.kind === 'write') throw new Error(`${command.name} is a write`);
    return command.run(this.#keyspace, args, context);
  }

  applyAt(batch: CommandBatch, i: number, context: CommandContext): Reply {
    const command = this.#plainAt(batch, i);
    if (command === null) return this.apply(batch.args(i), context);
    this.#beginWrite(context);
    return command(this.#keyspace, this.#plain, context);
  }

  queryAt(batch: CommandBatch, i: number, context: CommandContext): Reply {
    const command = this.#plainAt(batch, i);
    if (command === null) return this.query(batch.args(i), context);
    return command(this.#keyspace, this.#plain, context);
  }

  /** Handler of the command when it has the plain form, whose arguments are then in `#plain`. */
  #plainAt(batch: CommandBatch, i: number): NonNullable<KvCommand['runAt']> | null {
    const { bytes } = batch;
    const command = TABLE.find(bytes, batch.argStart(i, 0), batch.argEnd(i, 0));
    if (command?.runAt === undefined || batch.argCount(i) !== command.plainArgs) return null;
    const { key, value } = this.#plain;
    key.bytes = bytes;
    key.start = batch.argStart(i, 1);
    key.end = batch.argEnd(i, 1);
    if (key.end - key.start > KEY_BYTES_MAX) return null;
    if (command.plainArgs === 3) {
      value.bytes = bytes;
      value.start = batch.argStart(i, 2);
      value.end = batch.argEnd(i, 2);
    }
    return command.runAt;
  }

  /** What every write does first, so that views in its reply stay good: memory changes hands. */
  #beginWrite(context: CommandContext): void {
    this.#keyspace.housekeep();
    if (!this.#keyspace.hasExpiries) return;
    this.#appliedMs = context.nowMs();
    this.#keyspace.expireDue(this.#appliedMs, EXPIRED_PER_WRITE);
  }

  snapshot(): MachineSnapshot {
    const header = { format: SNAPSHOT_FORMAT, machine: this.name, version: this.version };
    return withHeader(header, new ByteStoreSnapshot(this.#keyspace, this.#appliedMs));
  }

  restore(): MachineRestore {
    const expected = { format: SNAPSHOT_FORMAT, machine: this.name };
    return expectHeader(
      expected,
      () =>
        new ByteStoreRestore(this.#hashSeed, (keyspace) => {
          this.#keyspace = keyspace;
        }),
    );
  }

  size(): number {
    const nowMs = this.#appliedMs;
    return this.#keyspace.count({ nowMs: () => nowMs });
  }

  stateHash(): string {
    return this.#keyspace.stateHash(this.#appliedMs);
  }

  beginStateHash(): StateHashing {
    return new ByteStoreHashing(this.#keyspace, this.#appliedMs);
  }
}

/** The command, or the error to answer when there is none or its number of arguments is wrong. */
function commandOf(args: readonly Uint8Array[]): KvCommand | ErrorReply {
  const [name] = args;
  const command = name === undefined ? undefined : TABLE.find(name);
  if (command === undefined) return unknownCommandError(args);
  return checkArity(command.name, command, args.length) ?? command;
}

function hasLongKey(command: KvCommand, args: readonly Uint8Array[]): boolean {
  if (command.firstKey === 0) return false;
  const last = command.lastKey < 0 ? args.length + command.lastKey : command.lastKey;
  for (let at = command.firstKey; at <= last; at += command.keyStep) {
    if ((args[at]?.length ?? 0) > KEY_BYTES_MAX) return true;
  }
  return false;
}
