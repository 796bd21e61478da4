import { SYNTAX_ERROR } from '../../machine/command-errors.ts';
import { isWord } from '../../machine/command-arguments.ts';
import { NO_EXPIRY, type Clock, type Keyspace } from '../../machine/keyspace.ts';
import type { CommandContext } from '../../machine/machine.ts';
import { OK, type ErrorReply, type Reply } from '../../resp/value.ts';
import { expiryUnitOf, readExpiry, type ExpiryUnit } from './expiry-options.ts';
import {
  argumentAt,
  KEY,
  ONE_KEY,
  optionalOneOf,
  VALUE,
  word,
  wordWith,
  type KvCommand,
} from './kv-command.ts';

interface SetOptions {
  condition: 'NX' | 'XX' | null;
  get: boolean;
  keepTtl: boolean;
  unit: ExpiryUnit | null;
  /** Position of the time that belongs to `unit`. */
  timeAt: number;
}

/** `SET key value [NX|XX] [GET] [EX s|PX ms|EXAT s|PXAT ms|KEEPTTL]`. */
export const SET: KvCommand = {
  name: 'set',
  kind: 'write',
  arity: -3,
  group: 'string',
  summary: 'Sets the value of a key, whatever it was before, and its expiry.',
  complexity: 'O(1)',
  ...ONE_KEY,
  arguments: [
    KEY,
    VALUE,
    optionalOneOf('condition', word('NX'), word('XX')),
    { ...word('GET'), optional: true },
    optionalOneOf(
      'expiration',
      wordWith('EX', 'seconds', 'integer'),
      wordWith('PX', 'milliseconds', 'integer'),
      wordWith('EXAT', 'unix-time-seconds', 'integer'),
      wordWith('PXAT', 'unix-time-milliseconds', 'integer'),
      word('KEEPTTL'),
    ),
  ],
  run: set,
  plainArgs: 3,
  runAt(keyspace, { key, value }) {
    keyspace.store(key, value, NO_EXPIRY);
    return OK;
  },
};

function set(keyspace: Keyspace, args: readonly Uint8Array[], context: CommandContext): Reply {
  const key = argumentAt(args, 1);
  const value = argumentAt(args, 2);
  if (args.length === 3) {
    keyspace.set(key, value, NO_EXPIRY);
    return OK;
  }
  const options = parseOptions(args);
  if (options === null) return SYNTAX_ERROR;
  const expiry = expiryOf(options, args, context);
  if (typeof expiry !== 'number') return expiry;
  const before = keyspace.expiryOf(key, context);
  // Copied: the new value may take the old one's place in memory.
  const previous = options.get ? (keyspace.get(key, context)?.slice() ?? null) : null;
  const blocked = options.condition === 'NX' ? before !== null : before === null;
  if (options.condition !== null && blocked) return previous;
  const expiresAtMs = options.keepTtl && before !== null ? before : expiry;
  storeUntil(keyspace, key, { value, expiresAtMs, clock: context });
  return options.get ? previous : OK;
}

/** Sets a key, unless it would be gone at once: then it goes now. */
export function storeUntil(
  keyspace: Keyspace,
  key: Uint8Array,
  entry: { readonly value: Uint8Array; readonly expiresAtMs: number; readonly clock: Clock },
): void {
  if (entry.expiresAtMs !== NO_EXPIRY && entry.expiresAtMs < entry.clock.nowMs()) {
    keyspace.delete(key, entry.clock);
  } else {
    keyspace.set(key, entry.value, entry.expiresAtMs);
  }
}

function parseOptions(args: readonly Uint8Array[]): SetOptions | null {
  const options: SetOptions = {
    condition: null,
    get: false,
    keepTtl: false,
    unit: null,
    timeAt: 0,
  };
  for (let at = 3; at < args.length; at++) {
    const argument = argumentAt(args, at);
    if (isWord(argument, 'NX') && options.condition !== 'XX') options.condition = 'NX';
    else if (isWord(argument, 'XX') && options.condition !== 'NX') options.condition = 'XX';
    else if (isWord(argument, 'GET')) options.get = true;
    else if (isWord(argument, 'KEEPTTL') && options.unit === null) options.keepTtl = true;
    else {
      const unit = expiryUnitOf(argument);
      const takes = unit !== null && !options.keepTtl && (options.unit ?? unit) === unit;
      if (!takes || at + 1 === args.length) return null;
      options.unit = unit;
      options.timeAt = ++at;
    }
  }
  return options;
}

function expiryOf(
  options: SetOptions,
  args: readonly Uint8Array[],
  clock: Clock,
): number | ErrorReply {
  if (options.unit === null) return NO_EXPIRY;
  const time = argumentAt(args, options.timeAt);
  return readExpiry(time, { unit: options.unit, clock, command: 'set' });
}
