import { SYNTAX_ERROR, NOT_AN_INTEGER } from '../../machine/command-errors.ts';
import { isWord } from '../../machine/command-arguments.ts';
import { parseInteger } from '../../machine/integers.ts';
import type { Keyspace } from '../../machine/keyspace.ts';
import type { CommandContext } from '../../machine/machine.ts';
import { errorReply, OK, type Reply } from '../../resp/value.ts';
import {
  ALL_KEYS,
  argumentAt,
  KEY,
  KEYS,
  NO_KEYS,
  ONE_KEY,
  optionalOneOf,
  required,
  TWO_KEYS,
  word,
  wordWith,
  type KvCommand,
} from './kv-command.ts';

const NO_SUCH_KEY = errorReply('ERR no such key');
const TYPE_STRING: Reply = { type: 'simple', text: 'string' };
const TYPE_NONE: Reply = { type: 'simple', text: 'none' };

type Args = readonly Uint8Array[];

function del(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  let deleted = 0;
  for (let at = 1; at < args.length; at++) {
    if (keyspace.delete(argumentAt(args, at), context)) deleted++;
  }
  return deleted;
}

function exists(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  let found = 0;
  for (let at = 1; at < args.length; at++) {
    if (keyspace.has(argumentAt(args, at), context)) found++;
  }
  return found;
}

function type(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  return keyspace.has(argumentAt(args, 1), context) ? TYPE_STRING : TYPE_NONE;
}

function rename(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  return move(keyspace, args, context) ? OK : NO_SUCH_KEY;
}

function renameNx(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  if (!keyspace.has(argumentAt(args, 1), context)) return NO_SUCH_KEY;
  if (keyspace.has(argumentAt(args, 2), context)) return 0;
  move(keyspace, args, context);
  return 1;
}

/** Gives a value and its expiry another key; false when there is nothing to move. */
function move(keyspace: Keyspace, args: Args, context: CommandContext): boolean {
  const source = argumentAt(args, 1);
  const target = argumentAt(args, 2);
  if (!duplicate(keyspace, source, { target, context })) return false;
  if (!sameBytes(source, target)) keyspace.delete(source, context);
  return true;
}

function duplicate(
  keyspace: Keyspace,
  source: Uint8Array,
  to: { readonly target: Uint8Array; readonly context: CommandContext },
): boolean {
  const value = keyspace.get(source, to.context);
  const expiresAtMs = keyspace.expiryOf(source, to.context);
  if (value === null || expiresAtMs === null) return false;
  if (!sameBytes(source, to.target)) keyspace.set(to.target, value, expiresAtMs);
  return true;
}

function copy(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  const source = argumentAt(args, 1);
  const target = argumentAt(args, 2);
  let replace = false;
  for (let at = 3; at < args.length; at++) {
    const argument = argumentAt(args, at);
    if (isWord(argument, 'REPLACE')) {
      replace = true;
    } else if (isWord(argument, 'DB') && at + 1 < args.length) {
      const database = parseInteger(argumentAt(args, ++at));
      if (database === null) return NOT_AN_INTEGER;
      if (database !== 0) return errorReply('ERR DB index is out of range');
    } else {
      return SYNTAX_ERROR;
    }
  }
  if (sameBytes(source, target)) {
    return errorReply('ERR source and destination objects are the same');
  }
  if (!keyspace.has(source, context)) return 0;
  if (!replace && keyspace.has(target, context)) return 0;
  duplicate(keyspace, source, { target, context });
  return 1;
}

function flush(keyspace: Keyspace, args: Args): Reply {
  const mode = args[1];
  const known = mode === undefined || isWord(mode, 'ASYNC') || isWord(mode, 'SYNC');
  if (!known || args.length > 2) return SYNTAX_ERROR;
  keyspace.clear();
  return OK;
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

const FLUSH_MODE = [optionalOneOf('flush-type', word('ASYNC'), word('SYNC'))];
const RENAME_KEYS = [KEY, required('newkey', 'key')];

const WRITE = { kind: 'write', group: 'generic' } as const;
const READ = { kind: 'read', group: 'generic' } as const;

/** Commands on keys, whatever they hold. */
export const KEY_COMMANDS: readonly KvCommand[] = [
  {
    ...WRITE,
    name: 'del',
    arity: -2,
    summary: 'Deletes keys and returns how many there were.',
    complexity: 'O(N) in the number of keys',
    ...ALL_KEYS,
    arguments: [KEYS],
    run: del,
  },
  {
    ...WRITE,
    name: 'unlink',
    arity: -2,
    summary: 'The same as DEL: freeing memory never blocks here.',
    complexity: 'O(N) in the number of keys',
    ...ALL_KEYS,
    arguments: [KEYS],
    run: del,
  },
  {
    ...READ,
    name: 'exists',
    arity: -2,
    summary: 'Counts how many of the keys are there; one named twice counts twice.',
    complexity: 'O(N) in the number of keys',
    ...ALL_KEYS,
    arguments: [KEYS],
    run: exists,
  },
  {
    ...READ,
    name: 'touch',
    arity: -2,
    summary: 'Counts how many of the keys are there.',
    complexity: 'O(N) in the number of keys',
    ...ALL_KEYS,
    arguments: [KEYS],
    run: exists,
  },
  {
    ...READ,
    name: 'type',
    arity: 2,
    summary: 'Returns string, or none without such a key.',
    complexity: 'O(1)',
    ...ONE_KEY,
    arguments: [KEY],
    run: type,
  },
  {
    ...WRITE,
    name: 'rename',
    arity: 3,
    summary: 'Gives a key another name, replacing what has it.',
    complexity: 'O(1)',
    ...TWO_KEYS,
    arguments: RENAME_KEYS,
    run: rename,
  },
  {
    ...WRITE,
    name: 'renamenx',
    arity: 3,
    summary: 'Gives a key another name, if nothing has it.',
    complexity: 'O(1)',
    ...TWO_KEYS,
    arguments: RENAME_KEYS,
    run: renameNx,
  },
  {
    ...WRITE,
    name: 'copy',
    arity: -3,
    summary: 'Copies the value and expiry of a key.',
    complexity: 'O(N) in the length of the value',
    ...TWO_KEYS,
    arguments: [
      required('source', 'key'),
      required('destination', 'key'),
      { ...wordWith('DB', 'destination-db', 'integer'), optional: true },
      { ...word('REPLACE'), optional: true },
    ],
    run: copy,
  },
  {
    ...WRITE,
    group: 'server',
    name: 'flushall',
    arity: -1,
    summary: 'Deletes every key.',
    complexity: 'O(1)',
    ...NO_KEYS,
    arguments: FLUSH_MODE,
    run: flush,
  },
  {
    ...WRITE,
    group: 'server',
    name: 'flushdb',
    arity: -1,
    summary: 'Deletes every key.',
    complexity: 'O(1)',
    ...NO_KEYS,
    arguments: FLUSH_MODE,
    run: flush,
  },
];
