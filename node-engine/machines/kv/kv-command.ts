import type { ByteRange } from '../../machine/byte-range.ts';
import type { Keyspace } from '../../machine/keyspace.ts';
import type { ArgumentDoc, CommandContext, CommandSpec } from '../../machine/machine.ts';
import { errorReply, type ErrorReply, type Reply } from '../../resp/value.ts';

/**
 * One command of the kv machine. Handlers see arguments whose number and key lengths have been
 * checked, and check everything else before they change anything.
 */
export interface KvCommand extends CommandSpec {
  readonly name: string;
  readonly run: (keyspace: Keyspace, args: readonly Uint8Array[], context: CommandContext) => Reply;
  /**
   * The same for command `i` of a batch, by offsets: for the plain form of the commands that come in
   * millions, whose first argument is the only key. `run` is asked for any other form.
   */
  readonly runAt?: (keyspace: Keyspace, plain: PlainCommand, context: CommandContext) => Reply;
  /** Arguments of the plain form, the name counted. */
  readonly plainArgs?: number;
}

/** The arguments of a plain command, where they are. */
export interface PlainCommand {
  readonly key: ByteRange;
  /** The second argument; empty when there is none. */
  readonly value: ByteRange;
}

/** A longer key is refused. Part of the log's meaning: all nodes must agree, so it is no option. */
export const KEY_BYTES_MAX = 65_536;
/** The longest value that APPEND and SETRANGE may make; the same as the longest argument. */
export const VALUE_BYTES_MAX = 64 * 1024 * 1024;

/** Key positions of commands with one key, with only keys, with key-value pairs, and with none. */
export const ONE_KEY = { firstKey: 1, lastKey: 1, keyStep: 1 };
export const TWO_KEYS = { firstKey: 1, lastKey: 2, keyStep: 1 };
export const ALL_KEYS = { firstKey: 1, lastKey: -1, keyStep: 1 };
export const KEY_VALUE_PAIRS = { firstKey: 1, lastKey: -1, keyStep: 2 };
export const NO_KEYS = { firstKey: 0, lastKey: 0, keyStep: 0 };

export const KEY: ArgumentDoc = { name: 'key', type: 'key' };
export const KEYS: ArgumentDoc = { name: 'key', type: 'key', multiple: true };
export const VALUE: ArgumentDoc = { name: 'value', type: 'string' };

/** Documents one argument that must be there. */
export function required(name: string, type: ArgumentDoc['type']): ArgumentDoc {
  return { name, type };
}

/** Documents a word that stands for itself. */
export function word(token: string): ArgumentDoc {
  return { name: token.toLowerCase(), type: 'token', token };
}

/** Documents a word that is followed by a value. */
export function wordWith(token: string, name: string, type: ArgumentDoc['type']): ArgumentDoc {
  return { name, type, token };
}

/** Documents a choice of which at most one may be there. */
export function optionalOneOf(name: string, ...choices: readonly ArgumentDoc[]): ArgumentDoc {
  return { name, type: 'oneof', optional: true, arguments: choices };
}

/** The argument at a position whose presence the arity or an earlier look has shown. */
export function argumentAt(args: readonly Uint8Array[], position: number): Uint8Array {
  const argument = args[position];
  if (argument === undefined) throw new RangeError(`no argument at position ${position}`);
  return argument;
}

/** Redis's answer to an expiry that is not positive or out of range. */
export function invalidExpireTime(command: string): ErrorReply {
  return errorReply(`ERR invalid expire time in '${command}' command`);
}

/** Redis's answer to a value that would become too long. */
export const VALUE_TOO_LONG: ErrorReply = errorReply(
  'ERR string exceeds maximum allowed size (proto-max-bulk-len)',
);

/** The bytes of an ASCII text, as values are stored. */
export function asciiBytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
