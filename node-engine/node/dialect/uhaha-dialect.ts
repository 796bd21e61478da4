import { isWord } from '../../machine/command-arguments.ts';
import { errorReply } from '../../resp/value.ts';
import type { ErrorReply } from '../../resp/value.ts';
import type { ReadFailure } from '../driver-ports.ts';
import { failureReply, type RedirectContext } from '../failure-reply.ts';
import type { Dialect } from './dialect.ts';
import { ECHOED_CHARACTERS_MAX, REDIS_DIALECT } from './redis-dialect.ts';
import { isStoreCommand, latin1, withoutClasses } from './typed-text.ts';

const SYNTAX_ERROR = errorReply('ERR syntax error');
const WRONG_ARITY = errorReply('ERR wrong number of arguments');
const UNAUTHORIZED = errorReply('ERR unauthorized');

/** Groups below RAFT: an unknown word in one is answered with the group's name alone. */
const RAFT_GROUPS = new Set(['server', 'snapshot']);
const POSITIVE_SECONDS = /^[+]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

const WORDINGS: ReadonlyMap<string, string> = new Map([
  ['ERR a snapshot is in progress', 'ERR in progress'],
  ['ERR Nothing new to snapshot', 'ERR nothing new to snapshot'],
  ['ERR this machine has no snapshots', 'ERR failed to start snapshot: snapshots are disabled'],
]);

/*
 * A redirect here always names slot 0: Uhaha's clients look at the address alone. A write whose
 * outcome is unknown is never answered with MOVED: a client would send it again.
 */
function failure(what: ReadFailure, context: RedirectContext): ErrorReply {
  const down = context.redirect === 'try' ? 'ERR' : 'CLUSTERDOWN';
  switch (what.kind) {
    case 'refused':
      return what.reason === 'not-leader' ? notLeader(context, down) : failureReply(what, context);
    case 'superseded':
      return notLeader(context, down);
    case 'unknown':
      return errorReply(`${down} leadership lost while committing log`);
    case 'unavailable':
      return errorReply(`${down} raft is already shutdown`);
    case 'storage-failed':
    case 'not-confirmed':
    case 'too-old':
      return failureReply(what, context);
  }
}

function notLeader({ leaderAddress, redirect }: RedirectContext, down: string): ErrorReply {
  if (leaderAddress === null) return errorReply(`${down} node is not the leader`);
  return errorReply(redirect === 'try' ? `TRY ${leaderAddress}` : `MOVED 0 ${leaderAddress}`);
}

/**
 * Uhaha's example store: `SET key value [EX seconds]` is all there is, the seconds with a fraction;
 * and a pattern has no classes.
 */
function adapt(
  machine: string,
  name: string,
  args: readonly Uint8Array[],
): readonly Uint8Array[] | ErrorReply {
  if (!isStoreCommand(machine, name, args.length)) return args;
  if (name === 'keys') return withoutClasses(args);
  const [typed, key, value, option, seconds] = args;
  if (typed === undefined || key === undefined || value === undefined) return args;
  if (args.length !== 5 || option === undefined || seconds === undefined) return SYNTAX_ERROR;
  const text = latin1(seconds, ECHOED_CHARACTERS_MAX);
  const milliseconds = Math.round(Number(text) * 1000);
  const isTime = POSITIVE_SECONDS.test(text) && Number.isSafeInteger(milliseconds);
  if (!isWord(option, 'EX') || !isTime || milliseconds < 1) return SYNTAX_ERROR;
  return [typed, key, value, Buffer.from('PX'), Buffer.from(String(milliseconds))];
}

/** The words of Uhaha, each error behind the code that Redis clients look for. */
export const UHAHA_DIALECT: Dialect = {
  ...REDIS_DIALECT,
  name: 'uhaha',
  unknownCommand: (args) => {
    const typed = args[0] === undefined ? '' : latin1(args[0], ECHOED_CHARACTERS_MAX);
    return errorReply(`ERR unknown command '${typed.toLowerCase()}'`);
  },
  // What its leader sends itself in Uhaha.
  reserves: (name) => name !== undefined && isWord(name, 'TICK'),
  wrongArity: (name) =>
    name === 'raft' || name === 'cluster'
      ? errorReply(`ERR wrong number of arguments, try ${name.toUpperCase()} HELP`)
      : WRONG_ARITY,
  unknownSubcommand: (group, words) => {
    const [, word = '', second] = words.map((typed) =>
      typed.toLowerCase().slice(0, ECHOED_CHARACTERS_MAX),
    );
    if (group === 'cluster') {
      return errorReply(
        "ERR unknown subcommand or wrong number of arguments for 'cluster " +
          `${word}', try CLUSTER HELP`,
      );
    }
    if (group !== 'raft') return REDIS_DIALECT.unknownSubcommand(group, words);
    if (!RAFT_GROUPS.has(word)) {
      return errorReply(`ERR unknown raft command 'raft ${word}', try RAFT HELP`);
    }
    return second === undefined
      ? errorReply('ERR wrong number of arguments, try RAFT HELP')
      : errorReply(`ERR unknown raft command '${word}', try RAFT HELP`);
  },
  subcommandArity: (group, words, name) => {
    if (group === 'raft' || (group === 'cluster' && words[1]?.toUpperCase() === 'HELP')) {
      return errorReply('ERR wrong number of arguments, try RAFT HELP');
    }
    if (group === 'cluster') return UHAHA_DIALECT.unknownSubcommand(group, words);
    return REDIS_DIALECT.subcommandArity(group, words, name);
  },
  failure,
  reword: (error) => {
    const wording = WORDINGS.get(error.text);
    return wording === undefined ? error : errorReply(wording);
  },
  mayAdapt: isStoreCommand,
  adapt,
  loading: errorReply('CLUSTERDOWN node is not the leader'),
  notAuthenticated: UNAUTHORIZED,
  wrongPassword: UNAUTHORIZED,
  noPassword: UNAUTHORIZED,
};
