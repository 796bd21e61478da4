import { arityError, NOT_AN_INTEGER, SYNTAX_ERROR } from '../../machine/command-errors.ts';
import { isWord } from '../../machine/command-arguments.ts';
import { parseInteger } from '../../machine/integers.ts';
import { NO_EXPIRY, type Keyspace } from '../../machine/keyspace.ts';
import type { ArgumentDoc, CommandContext } from '../../machine/machine.ts';
import { errorReply, OK, type Reply } from '../../resp/value.ts';
import { expiryUnitOf, readExpiry, type ExpiryUnit } from './expiry-options.ts';
import {
  ALL_KEYS,
  argumentAt,
  KEY,
  KEY_VALUE_PAIRS,
  KEYS,
  ONE_KEY,
  optionalOneOf,
  required,
  VALUE,
  VALUE_BYTES_MAX,
  VALUE_TOO_LONG,
  word,
  wordWith,
  type KvCommand,
} from './kv-command.ts';
import { SET } from './set-command.ts';

const EMPTY = new Uint8Array(0);

type Args = readonly Uint8Array[];

function get(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  return keyspace.get(argumentAt(args, 1), context);
}

function setNx(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  const key = argumentAt(args, 1);
  if (keyspace.has(key, context)) return 0;
  keyspace.set(key, argumentAt(args, 2), NO_EXPIRY);
  return 1;
}

function setWithUnit(command: string, unit: ExpiryUnit): KvCommand['run'] {
  return (keyspace, args, context) => {
    const expiry = readExpiry(argumentAt(args, 2), { unit, clock: context, command });
    if (typeof expiry !== 'number') return expiry;
    keyspace.set(argumentAt(args, 1), argumentAt(args, 3), expiry);
    return OK;
  };
}

function getSet(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  const key = argumentAt(args, 1);
  const previous = keyspace.get(key, context)?.slice() ?? null;
  keyspace.set(key, argumentAt(args, 2), NO_EXPIRY);
  return previous;
}

function getDel(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  const key = argumentAt(args, 1);
  const value = keyspace.get(key, context)?.slice() ?? null;
  if (value !== null) keyspace.delete(key, context);
  return value;
}

function getEx(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  const key = argumentAt(args, 1);
  let unit: ExpiryUnit | null = null;
  let timeAt = 0;
  let persist = false;
  for (let at = 2; at < args.length; at++) {
    const argument = argumentAt(args, at);
    if (isWord(argument, 'PERSIST') && unit === null) {
      persist = true;
      continue;
    }
    const named = expiryUnitOf(argument);
    const takes = named !== null && !persist && (unit ?? named) === named;
    if (!takes || at + 1 === args.length) return SYNTAX_ERROR;
    unit = named;
    timeAt = ++at;
  }
  const value = keyspace.get(key, context)?.slice() ?? null;
  if (value === null) return null;
  if (unit !== null) {
    const time = argumentAt(args, timeAt);
    const expiry = readExpiry(time, { unit, clock: context, command: 'getex' });
    if (typeof expiry !== 'number') return expiry;
    if (expiry <= context.nowMs()) keyspace.delete(key, context);
    else keyspace.setExpiry(key, expiry, context);
  } else if (persist) {
    keyspace.setExpiry(key, NO_EXPIRY, context);
  }
  return value;
}

function append(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  const key = argumentAt(args, 1);
  const suffix = argumentAt(args, 2);
  const length = keyspace.get(key, context)?.length ?? 0;
  if (length + suffix.length > VALUE_BYTES_MAX) return VALUE_TOO_LONG;
  keyspace.resize(key, length + suffix.length, context).set(suffix, length);
  return length + suffix.length;
}

function strLen(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  return keyspace.get(argumentAt(args, 1), context)?.length ?? 0;
}

function getRange(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  const first = parseInteger(argumentAt(args, 2));
  const last = parseInteger(argumentAt(args, 3));
  if (first === null || last === null) return NOT_AN_INTEGER;
  const value = keyspace.get(argumentAt(args, 1), context);
  if (value === null || (first < 0 && last < 0 && first > last)) return EMPTY;
  const start = clampPosition(first, value.length);
  const end = Math.min(clampPosition(last, value.length) + 1, value.length);
  return start < end ? value.subarray(start, end) : EMPTY;
}

/** A position in a value: negative ones count from its end, and none lies before its start. */
function clampPosition(position: number | bigint, length: number): number {
  const value = Number(position);
  return value < 0 ? Math.max(0, length + value) : value;
}

function setRange(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  const key = argumentAt(args, 1);
  const offset = parseInteger(argumentAt(args, 2));
  const bytes = argumentAt(args, 3);
  if (offset === null) return NOT_AN_INTEGER;
  if (offset < 0) return errorReply('ERR offset is out of range');
  const length = keyspace.get(key, context)?.length ?? 0;
  if (bytes.length === 0) return length;
  const end = Number(offset) + bytes.length;
  if (end > VALUE_BYTES_MAX) return VALUE_TOO_LONG;
  keyspace.resize(key, Math.max(length, end), context).set(bytes, Number(offset));
  return Math.max(length, end);
}

function mGet(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  const values: Reply[] = [];
  for (let at = 1; at < args.length; at++) values.push(keyspace.get(argumentAt(args, at), context));
  return values;
}

function mSet(keyspace: Keyspace, args: Args): Reply {
  if (args.length % 2 === 0) return arityError('mset');
  setPairs(keyspace, args);
  return OK;
}

function mSetNx(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  if (args.length % 2 === 0) return arityError('msetnx');
  for (let at = 1; at < args.length; at += 2) {
    if (keyspace.has(argumentAt(args, at), context)) return 0;
  }
  setPairs(keyspace, args);
  return 1;
}

function setPairs(keyspace: Keyspace, args: Args): void {
  for (let at = 1; at < args.length; at += 2) {
    keyspace.set(argumentAt(args, at), argumentAt(args, at + 1), NO_EXPIRY);
  }
}

const PAIRS: ArgumentDoc = {
  name: 'data',
  type: 'block',
  multiple: true,
  arguments: [KEY, VALUE],
};
const RANGE: readonly ArgumentDoc[] = [
  KEY,
  required('start', 'integer'),
  required('end', 'integer'),
];
const TIMES: readonly ArgumentDoc[] = [
  wordWith('EX', 'seconds', 'integer'),
  wordWith('PX', 'milliseconds', 'integer'),
  wordWith('EXAT', 'unix-time-seconds', 'integer'),
  wordWith('PXAT', 'unix-time-milliseconds', 'integer'),
];

const READ = { kind: 'read', group: 'string', ...ONE_KEY } as const;
const WRITE = { kind: 'write', group: 'string', ...ONE_KEY } as const;

/** Commands on whole values and their parts. */
export const STRING_COMMANDS: readonly KvCommand[] = [
  SET,
  {
    ...READ,
    name: 'get',
    arity: 2,
    summary: 'Returns the value of a key.',
    complexity: 'O(1)',
    arguments: [KEY],
    run: get,
    plainArgs: 2,
    runAt: (keyspace, { key }, context) => keyspace.lookUp(key, context),
  },
  {
    ...WRITE,
    name: 'setnx',
    arity: 3,
    summary: 'Sets the value of a key only when there is no such key.',
    complexity: 'O(1)',
    arguments: [KEY, VALUE],
    run: setNx,
  },
  {
    ...WRITE,
    name: 'setex',
    arity: 4,
    summary: 'Sets the value of a key and its expiry in seconds.',
    complexity: 'O(1)',
    arguments: [KEY, required('seconds', 'integer'), VALUE],
    run: setWithUnit('setex', 'EX'),
  },
  {
    ...WRITE,
    name: 'psetex',
    arity: 4,
    summary: 'Sets the value of a key and its expiry in milliseconds.',
    complexity: 'O(1)',
    arguments: [KEY, required('milliseconds', 'integer'), VALUE],
    run: setWithUnit('psetex', 'PX'),
  },
  {
    ...WRITE,
    name: 'getset',
    arity: 3,
    summary: 'Sets the value of a key and returns the one before.',
    complexity: 'O(1)',
    arguments: [KEY, VALUE],
    run: getSet,
  },
  {
    ...WRITE,
    name: 'getdel',
    arity: 2,
    summary: 'Deletes a key and returns its value.',
    complexity: 'O(1)',
    arguments: [KEY],
    run: getDel,
  },
  {
    ...WRITE,
    name: 'getex',
    arity: -2,
    summary: 'Returns the value of a key and changes its expiry.',
    complexity: 'O(1)',
    arguments: [KEY, optionalOneOf('expiration', ...TIMES, word('PERSIST'))],
    run: getEx,
  },
  {
    ...WRITE,
    name: 'append',
    arity: 3,
    summary: 'Appends to the value of a key and returns its new length.',
    complexity: 'O(1)',
    arguments: [KEY, VALUE],
    run: append,
  },
  {
    ...READ,
    name: 'strlen',
    arity: 2,
    summary: 'Returns the length of a value in bytes.',
    complexity: 'O(1)',
    arguments: [KEY],
    run: strLen,
  },
  {
    ...READ,
    name: 'getrange',
    arity: 4,
    summary: 'Returns the bytes of a value from start to end, both included.',
    complexity: 'O(N) in the bytes returned',
    arguments: RANGE,
    run: getRange,
  },
  {
    ...READ,
    name: 'substr',
    arity: 4,
    summary: 'An older name of GETRANGE.',
    complexity: 'O(N) in the bytes returned',
    arguments: RANGE,
    run: getRange,
  },
  {
    ...WRITE,
    name: 'setrange',
    arity: 4,
    summary: 'Overwrites part of a value, filling a gap with zero bytes.',
    complexity: 'O(N) in the bytes given',
    arguments: [KEY, required('offset', 'integer'), VALUE],
    run: setRange,
  },
  {
    ...READ,
    name: 'mget',
    arity: -2,
    summary: 'Returns the values of several keys.',
    complexity: 'O(N) in the number of keys',
    ...ALL_KEYS,
    arguments: [KEYS],
    run: mGet,
  },
  {
    ...WRITE,
    name: 'mset',
    arity: -3,
    summary: 'Sets several keys at once.',
    complexity: 'O(N) in the number of keys',
    ...KEY_VALUE_PAIRS,
    arguments: [PAIRS],
    run: mSet,
  },
  {
    ...WRITE,
    name: 'msetnx',
    arity: -3,
    summary: 'Sets several keys at once, if none of them is there.',
    complexity: 'O(N) in the number of keys',
    ...KEY_VALUE_PAIRS,
    arguments: [PAIRS],
    run: mSetNx,
  },
];
