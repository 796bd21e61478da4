import { NOT_AN_INTEGER } from '../../machine/command-errors.ts';
import {
  addIntegers,
  INT64_MIN,
  INTEGER_BYTES_MAX,
  parseInteger,
  writeInteger,
} from '../../machine/integers.ts';
import { NO_EXPIRY, type Keyspace } from '../../machine/keyspace.ts';
import type { CommandContext } from '../../machine/machine.ts';
import { errorReply, type Reply } from '../../resp/value.ts';
import { addDecimals, formatDecimal, parseDecimal } from './decimal.ts';
import { argumentAt, asciiBytes, KEY, ONE_KEY, required, type KvCommand } from './kv-command.ts';

const WOULD_OVERFLOW = errorReply('ERR increment or decrement would overflow');
const NOT_A_FLOAT = errorReply('ERR value is not a valid float');

/** Digits on their way into the keyspace. */
const SCRATCH = new Uint8Array(INTEGER_BYTES_MAX);

type Args = readonly Uint8Array[];

function incrementBy(
  keyspace: Keyspace,
  key: Uint8Array,
  change: { readonly by: number | bigint; readonly context: CommandContext },
): Reply {
  const stored = keyspace.get(key, change.context);
  const before = stored === null ? 0 : parseInteger(stored);
  if (before === null) return NOT_AN_INTEGER;
  const sum = addIntegers(before, change.by);
  if (sum === null) return WOULD_OVERFLOW;
  const digits = SCRATCH.subarray(0, writeInteger(sum, SCRATCH));
  if (stored === null) keyspace.set(key, digits, NO_EXPIRY);
  else keyspace.resize(key, digits.length, change.context).set(digits);
  return sum;
}

function step(by: 1 | -1): KvCommand['run'] {
  return (keyspace, args, context) => incrementBy(keyspace, argumentAt(args, 1), { by, context });
}

function incrBy(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  const by = parseInteger(argumentAt(args, 2));
  if (by === null) return NOT_AN_INTEGER;
  return incrementBy(keyspace, argumentAt(args, 1), { by, context });
}

function decrBy(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  const by = parseInteger(argumentAt(args, 2));
  if (by === null) return NOT_AN_INTEGER;
  if (by === INT64_MIN) return errorReply('ERR decrement would overflow');
  return incrementBy(keyspace, argumentAt(args, 1), { by: -by, context });
}

function incrByFloat(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  const key = argumentAt(args, 1);
  const stored = keyspace.get(key, context);
  const before = stored === null ? parseDecimal(asciiBytes('0')) : parseDecimal(stored);
  const by = parseDecimal(argumentAt(args, 2));
  if (before === null || by === null) return NOT_A_FLOAT;
  if (before === 'infinite' || by === 'infinite') {
    return errorReply('ERR increment would produce NaN or Infinity');
  }
  const sum = asciiBytes(formatDecimal(addDecimals(before, by)));
  if (stored === null) keyspace.set(key, sum, NO_EXPIRY);
  else keyspace.resize(key, sum.length, context).set(sum);
  return sum;
}

const WRITE = { kind: 'write', group: 'string', complexity: 'O(1)', ...ONE_KEY } as const;

/** Commands that count. Values are decimal text, so that GET shows them. */
export const COUNTER_COMMANDS: readonly KvCommand[] = [
  {
    ...WRITE,
    name: 'incr',
    arity: 2,
    summary: 'Adds one to the integer in a key; a missing one is 0.',
    arguments: [KEY],
    run: step(1),
  },
  {
    ...WRITE,
    name: 'decr',
    arity: 2,
    summary: 'Subtracts one from the integer in a key; a missing one is 0.',
    arguments: [KEY],
    run: step(-1),
  },
  {
    ...WRITE,
    name: 'incrby',
    arity: 3,
    summary: 'Adds to the integer in a key; a missing one is 0.',
    arguments: [KEY, required('increment', 'integer')],
    run: incrBy,
  },
  {
    ...WRITE,
    name: 'decrby',
    arity: 3,
    summary: 'Subtracts from the integer in a key; a missing one is 0.',
    arguments: [KEY, required('decrement', 'integer')],
    run: decrBy,
  },
  {
    ...WRITE,
    name: 'incrbyfloat',
    arity: 3,
    summary: 'Adds to the decimal number in a key; a missing one is 0.',
    arguments: [KEY, required('increment', 'double')],
    run: incrByFloat,
  },
];
