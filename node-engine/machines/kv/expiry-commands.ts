import { NOT_AN_INTEGER } from '../../machine/command-errors.ts';
import { isWord } from '../../machine/command-arguments.ts';
import { parseInteger } from '../../machine/integers.ts';
import { NO_EXPIRY, type Keyspace } from '../../machine/keyspace.ts';
import type { ArgumentDoc, CommandContext } from '../../machine/machine.ts';
import { errorReply, type ErrorReply, type Reply } from '../../resp/value.ts';
import { absoluteExpiry, type ExpiryUnit } from './expiry-options.ts';
import {
  argumentAt,
  invalidExpireTime,
  KEY,
  ONE_KEY,
  optionalOneOf,
  required,
  word,
  type KvCommand,
} from './kv-command.ts';

/** How much of an option that is none an error repeats. */
const ECHOED_BYTES_MAX = 128;

const NO_KEY = -2;
const NO_TTL = -1;

type Args = readonly Uint8Array[];

/** When EXPIRE may change the expiry. */
interface Conditions {
  nx: boolean;
  xx: boolean;
  gt: boolean;
  lt: boolean;
}

function expireIn(command: string, unit: ExpiryUnit): KvCommand['run'] {
  return (keyspace, args, context) => {
    const conditions = parseConditions(args);
    if ('type' in conditions) return conditions;
    const given = parseInteger(argumentAt(args, 2));
    if (given === null) return NOT_AN_INTEGER;
    const expiresAtMs = absoluteExpiry(given, { unit, clock: context });
    if (expiresAtMs === null) return invalidExpireTime(command);
    const key = argumentAt(args, 1);
    const before = keyspace.expiryOf(key, context);
    if (before === null || !mayChange(conditions, before, expiresAtMs)) return 0;
    if (expiresAtMs <= context.nowMs()) keyspace.delete(key, context);
    else keyspace.setExpiry(key, expiresAtMs, context);
    return 1;
  };
}

/** A key without expiry counts as one that expires last; so GT never applies to it. */
function mayChange(conditions: Conditions, before: number, after: number): boolean {
  if (conditions.nx && before !== NO_EXPIRY) return false;
  if (conditions.xx && before === NO_EXPIRY) return false;
  if (conditions.gt && after <= before) return false;
  return !(conditions.lt && after >= before);
}

function parseConditions(args: Args): Conditions | ErrorReply {
  const conditions: Conditions = { nx: false, xx: false, gt: false, lt: false };
  for (let at = 3; at < args.length; at++) {
    const argument = argumentAt(args, at);
    if (isWord(argument, 'NX')) conditions.nx = true;
    else if (isWord(argument, 'XX')) conditions.xx = true;
    else if (isWord(argument, 'GT')) conditions.gt = true;
    else if (isWord(argument, 'LT')) conditions.lt = true;
    else return unsupportedOption(argument);
  }
  if (conditions.nx && (conditions.xx || conditions.gt || conditions.lt)) {
    return errorReply('ERR NX and XX, GT or LT options at the same time are not compatible');
  }
  if (conditions.gt && conditions.lt) {
    return errorReply('ERR GT and LT options at the same time are not compatible');
  }
  return conditions;
}

function unsupportedOption(argument: Uint8Array): ErrorReply {
  const echoed = Buffer.from(argument.subarray(0, ECHOED_BYTES_MAX)).toString('latin1');
  return errorReply(`ERR Unsupported option ${echoed}`);
}

/** The expiry in milliseconds since 1970, or what Redis answers without one. */
function expiry(keyspace: Keyspace, args: Args, context: CommandContext): number {
  const expiresAtMs = keyspace.expiryOf(argumentAt(args, 1), context);
  if (expiresAtMs === null) return NO_KEY;
  return expiresAtMs === NO_EXPIRY ? NO_TTL : expiresAtMs;
}

function pTtl(keyspace: Keyspace, args: Args, context: CommandContext): number {
  const expiresAtMs = expiry(keyspace, args, context);
  return expiresAtMs < 0 ? expiresAtMs : expiresAtMs - context.nowMs();
}

/** To the nearest second, as Redis. */
function inSeconds(run: typeof pTtl): KvCommand['run'] {
  return (keyspace, args, context) => {
    const ms = run(keyspace, args, context);
    return ms < 0 ? ms : Math.floor((ms + 500) / 1000);
  };
}

function persist(keyspace: Keyspace, args: Args, context: CommandContext): Reply {
  const key = argumentAt(args, 1);
  const before = keyspace.expiryOf(key, context);
  if (before === null || before === NO_EXPIRY) return 0;
  keyspace.setExpiry(key, NO_EXPIRY, context);
  return 1;
}

function expireArguments(name: string): readonly ArgumentDoc[] {
  const condition = optionalOneOf('condition', word('NX'), word('XX'), word('GT'), word('LT'));
  return [KEY, required(name, 'integer'), condition];
}

const GENERIC = { group: 'generic', complexity: 'O(1)', ...ONE_KEY } as const;
const WRITE = { ...GENERIC, kind: 'write' } as const;
const READ = { ...GENERIC, kind: 'read' } as const;

/** Commands on the expiry of keys. */
export const EXPIRY_COMMANDS: readonly KvCommand[] = [
  {
    ...WRITE,
    name: 'expire',
    arity: -3,
    summary: 'Sets the expiry of a key in seconds from now.',
    arguments: expireArguments('seconds'),
    run: expireIn('expire', 'EX'),
  },
  {
    ...WRITE,
    name: 'pexpire',
    arity: -3,
    summary: 'Sets the expiry of a key in milliseconds from now.',
    arguments: expireArguments('milliseconds'),
    run: expireIn('pexpire', 'PX'),
  },
  {
    ...WRITE,
    name: 'expireat',
    arity: -3,
    summary: 'Sets the expiry of a key in seconds since 1970.',
    arguments: expireArguments('unix-time-seconds'),
    run: expireIn('expireat', 'EXAT'),
  },
  {
    ...WRITE,
    name: 'pexpireat',
    arity: -3,
    summary: 'Sets the expiry of a key in milliseconds since 1970.',
    arguments: expireArguments('unix-time-milliseconds'),
    run: expireIn('pexpireat', 'PXAT'),
  },
  {
    ...WRITE,
    name: 'persist',
    arity: 2,
    summary: 'Takes the expiry from a key.',
    arguments: [KEY],
    run: persist,
  },
  {
    ...READ,
    name: 'ttl',
    arity: 2,
    summary: 'Returns the seconds a key has left; -1 without expiry, -2 without key.',
    arguments: [KEY],
    run: inSeconds(pTtl),
  },
  {
    ...READ,
    name: 'pttl',
    arity: 2,
    summary: 'Returns the milliseconds a key has left; -1 without expiry, -2 without key.',
    arguments: [KEY],
    run: pTtl,
  },
  {
    ...READ,
    name: 'expiretime',
    arity: 2,
    summary: 'Returns the expiry of a key in seconds since 1970.',
    arguments: [KEY],
    run: inSeconds(expiry),
  },
  {
    ...READ,
    name: 'pexpiretime',
    arity: 2,
    summary: 'Returns the expiry of a key in milliseconds since 1970.',
    arguments: [KEY],
    run: expiry,
  },
];
