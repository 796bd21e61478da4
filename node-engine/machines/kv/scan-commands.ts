import { NOT_AN_INTEGER, SYNTAX_ERROR } from '../../machine/command-errors.ts';
import { isWord } from '../../machine/command-arguments.ts';
import { Glob, PatternTooComplexError } from '../../machine/glob.ts';
import { parseInteger } from '../../machine/integers.ts';
import type { Keyspace } from '../../machine/keyspace.ts';
import type { CommandContext } from '../../machine/machine.ts';
import { errorReply, type ErrorReply, type Reply } from '../../resp/value.ts';
import { argumentAt, NO_KEYS, required, wordWith, type KvCommand } from './kv-command.ts';

const INVALID_CURSOR = errorReply('ERR invalid cursor');
const PATTERN_TOO_COMPLEX = errorReply('ERR pattern too complex');

const SCAN_COUNT_DEFAULT = 10;
const UINT64_MAX = 2n ** 64n - 1n;

type Args = readonly Uint8Array[];

interface ScanOptions {
  glob: Glob | null;
  count: number;
  /** False when TYPE asks for something that no key here holds. */
  strings: boolean;
}

/** Sorted, unlike in Redis: the same reply from every node. */
function keys(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  return matching(new Glob(argumentAt(args, 1)), (glob) => {
    const found: Uint8Array[] = [];
    keyspace.forEachKey(context, (key) => {
      if (glob.matches(key)) found.push(key);
    });
    return found.sort((left, right) => Buffer.compare(left, right));
  });
}

function scan(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  const cursor = parseCursor(argumentAt(args, 1));
  if (cursor === null) return INVALID_CURSOR;
  const options = parseScanOptions(args);
  if ('type' in options) return options;
  return matching(options.glob, (glob) => {
    const found: Uint8Array[] = [];
    const next = keyspace.scan(cursor, options.count, context, (key) => {
      if (options.strings && (glob?.matches(key) ?? true)) found.push(key);
    });
    return [String(next), found];
  });
}

function parseScanOptions(args: Args): ScanOptions | ErrorReply {
  const options: ScanOptions = { glob: null, count: SCAN_COUNT_DEFAULT, strings: true };
  for (let at = 2; at < args.length; at += 2) {
    const name = argumentAt(args, at);
    const value = args[at + 1];
    if (value === undefined) return SYNTAX_ERROR;
    if (isWord(name, 'COUNT')) {
      const count = parseInteger(value);
      if (count === null) return NOT_AN_INTEGER;
      if (count < 1) return SYNTAX_ERROR;
      options.count = Number(count);
    } else if (isWord(name, 'MATCH')) {
      options.glob = new Glob(value);
    } else if (isWord(name, 'TYPE')) {
      options.strings = isWord(value, 'STRING');
    } else {
      return SYNTAX_ERROR;
    }
  }
  return options;
}

/** A cursor as SCAN gave it; none is 0, as in Redis. One beyond ours is the end of an iteration, so it yields nothing. */
function parseCursor(argument: Uint8Array): number | null {
  const text = String.fromCharCode(...argument.subarray(0, 21));
  if (!/^[0-9]{0,20}$/.test(text) || BigInt(text) > UINT64_MAX) return null;
  return Number(text);
}

/** Runs a search; one that takes too many steps is answered with an error. */
function matching<Pattern extends Glob | null>(
  glob: Pattern,
  search: (glob: Pattern) => Reply,
): Reply {
  try {
    return search(glob);
  } catch (error) {
    if (error instanceof PatternTooComplexError) return PATTERN_TOO_COMPLEX;
    throw error;
  }
}

function dbSize(keyspace: Keyspace, _args: Args, context: CommandContext): Reply {
  return keyspace.count(context);
}

function randomKey(keyspace: Keyspace, _args: Args, context: CommandContext): Reply {
  return keyspace.randomKey(() => context.randomUint32(), context);
}

const READ = { kind: 'read', group: 'generic', ...NO_KEYS } as const;

/** Commands that look at all keys. */
export const SCAN_COMMANDS: readonly KvCommand[] = [
  {
    ...READ,
    name: 'keys',
    arity: 2,
    summary: 'Returns the keys that match a pattern, sorted.',
    complexity: 'O(N log N) in the number of keys',
    arguments: [required('pattern', 'pattern')],
    run: keys,
  },
  {
    ...READ,
    name: 'scan',
    arity: -2,
    summary: 'Returns some of the keys, and where to go on.',
    complexity: 'O(N) in COUNT',
    arguments: [
      required('cursor', 'integer'),
      { ...wordWith('MATCH', 'pattern', 'pattern'), optional: true },
      { ...wordWith('COUNT', 'count', 'integer'), optional: true },
      { ...wordWith('TYPE', 'type', 'string'), optional: true },
    ],
    run: scan,
  },
  {
    ...READ,
    name: 'randomkey',
    arity: 1,
    summary: 'Returns some key.',
    complexity: 'O(1)',
    arguments: [],
    run: randomKey,
  },
  {
    ...READ,
    group: 'server',
    name: 'dbsize',
    arity: 1,
    summary: 'Returns the number of keys.',
    complexity: 'O(1)',
    arguments: [],
    run: dbSize,
  },
];
