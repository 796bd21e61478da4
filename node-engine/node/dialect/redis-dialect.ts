import { arityError, unknownCommandError } from '../../machine/command-errors.ts';
import { errorReply } from '../../resp/value.ts';
import { failureReply } from '../failure-reply.ts';
import type { Dialect } from './dialect.ts';

/** How much of a word typed by a client an error repeats. */
export const ECHOED_CHARACTERS_MAX = 128;

/** Redis's words, and ours where Redis has none. */
export const REDIS_DIALECT: Dialect = {
  name: 'redis',
  unknownCommand: unknownCommandError,
  reserves: () => false,
  wrongArity: (name) => arityError(name),
  unknownSubcommand: (group, words) => {
    const typed = (words[1] ?? '').slice(0, ECHOED_CHARACTERS_MAX);
    return errorReply(`ERR unknown subcommand '${typed}'. Try ${group.toUpperCase()} HELP.`);
  },
  subcommandArity: (_group, _words, name) => arityError(name),
  failure: failureReply,
  reword: (error) => error,
  mayAdapt: () => false,
  adapt: (_machine, _name, args) => args,
  loading: errorReply('LOADING raftdeck is loading the dataset in memory'),
  notAuthenticated: errorReply('NOAUTH Authentication required.'),
  wrongPassword: errorReply('WRONGPASS invalid username-password pair or user is disabled.'),
  noPassword: errorReply(
    'ERR AUTH <password> called without any password configured for the default user. ' +
      'Are you sure your configuration is correct?',
  ),
};
