import { errorReply } from '../../resp/value.ts';
import type { ErrorReply } from '../../resp/value.ts';
import type { ReadFailure } from '../driver-ports.ts';
import { failureReply, type RedirectContext } from '../failure-reply.ts';
import type { Dialect } from './dialect.ts';
import { ECHOED_CHARACTERS_MAX, REDIS_DIALECT } from './redis-dialect.ts';
import { isStoreCommand, latin1, withoutClasses } from './typed-text.ts';

/** Finn sends most of its errors without a code. */
const WORDINGS: ReadonlyMap<string, string> = new Map([
  ['ERR peer is unknown', 'peer is unknown'],
  ['ERR peer already known', 'peer already known'],
]);

function failure(what: ReadFailure, context: RedirectContext): ErrorReply {
  switch (what.kind) {
    case 'refused':
      if (what.reason === 'not-leader') return notLeader(context);
      return reword(failureReply(what, context));
    case 'superseded':
      return notLeader(context);
    case 'unknown':
      return errorReply('leadership lost while committing log');
    case 'unavailable':
      return errorReply('raft is already shutdown');
    case 'storage-failed':
    case 'not-confirmed':
    case 'too-old':
      return failureReply(what, context);
  }
}

function notLeader({ leaderAddress, redirect, slot }: RedirectContext): ErrorReply {
  if (leaderAddress === null) return errorReply('ERR leader not known');
  if (redirect === 'moved') return errorReply(`MOVED ${slot} ${leaderAddress}`);
  return errorReply(`TRY ${leaderAddress}`);
}

function reword(error: ErrorReply): ErrorReply {
  const wording = WORDINGS.get(error.text);
  return wording === undefined ? error : errorReply(wording);
}

/** Finn's example store: SET takes a key and a value, and a pattern has no classes. */
function adapt(
  machine: string,
  name: string,
  args: readonly Uint8Array[],
): readonly Uint8Array[] | ErrorReply {
  if (!isStoreCommand(machine, name, args.length)) return args;
  if (name === 'keys') return withoutClasses(args);
  const typed = latin1(args[0] ?? new Uint8Array(0), ECHOED_CHARACTERS_MAX);
  return FINN_DIALECT.wrongArity(name, typed);
}

/** The words of Finn: names as they were typed, TRY, and errors that mostly have no code. */
export const FINN_DIALECT: Dialect = {
  ...REDIS_DIALECT,
  name: 'finn',
  unknownCommand: (args) => {
    const typed = args[0] === undefined ? '' : latin1(args[0], ECHOED_CHARACTERS_MAX);
    return errorReply(`ERR unknown command '${typed}'`);
  },
  wrongArity: (_name, typed) =>
    errorReply(
      `ERR wrong number of arguments for '${typed.slice(0, ECHOED_CHARACTERS_MAX)}' command`,
    ),
  failure,
  reword,
  mayAdapt: isStoreCommand,
  adapt,
  loading: errorReply('ERR raft not ready'),
};
