import type { ErrorReply } from '../../resp/value.ts';
import type { ReadFailure } from '../driver-ports.ts';
import type { RedirectContext } from '../failure-reply.ts';
import { FINN_DIALECT } from './finn-dialect.ts';
import { REDIS_DIALECT } from './redis-dialect.ts';
import { UHAHA_DIALECT } from './uhaha-dialect.ts';

/** The names of the dialects, as `--dialect` takes them. */
export type DialectName = 'redis' | 'finn' | 'uhaha';

/**
 * How a node words what it refuses. `redis` is Redis's own words and ours; the other two are those
 * of the frameworks whose users come over with their clients, tests and habits. What a command does
 * is the same in all of them, and so are framing errors.
 */
export interface Dialect {
  readonly name: DialectName;
  /** No command has this name. `args` is the whole command, the name as typed. */
  unknownCommand(args: readonly Uint8Array[]): ErrorReply;
  /** Whether a name is kept from a machine's catch-all: it is unknown whatever the machine. */
  reserves(name: Uint8Array | undefined): boolean;
  /** @param name lower case, `config|get` for a subcommand; @param typed the name as it was typed */
  wrongArity(name: string, typed: string): ErrorReply;
  /** A subcommand that is none: `group` is the command, `words` all that was typed, the name first. */
  unknownSubcommand(group: string, words: readonly string[]): ErrorReply;
  /** A subcommand with too few or too many arguments. */
  subcommandArity(group: string, words: readonly string[], name: string): ErrorReply;
  /** What a write, a read or a change of the membership came to. */
  failure(failure: ReadFailure, context: RedirectContext): ErrorReply;
  /** Another wording of an error of a node's command; the same object when there is none. */
  reword(error: ErrorReply): ErrorReply;
  /** Whether `adapt` has to look at a command of that name with so many arguments. */
  mayAdapt(machine: string, name: string, argCount: number): boolean;
  /**
   * A command of the machine as the machine knows it, where this dialect writes it otherwise; the same
   * object when it does not, and an error when it has nothing of the kind.
   *
   * @param machine the machine's name
   * @param name the command's name, lower case
   */
  adapt(
    machine: string,
    name: string,
    args: readonly Uint8Array[],
  ): readonly Uint8Array[] | ErrorReply;
  /** The node is still opening its data or reading its log. */
  readonly loading: ErrorReply;
  /** Answers to who has not said who they are, said it wrongly, or may not do this. */
  readonly notAuthenticated: ErrorReply;
  readonly wrongPassword: ErrorReply;
  readonly noPassword: ErrorReply;
}

const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  redis: REDIS_DIALECT,
  finn: FINN_DIALECT,
  uhaha: UHAHA_DIALECT,
};

/** The dialect of that name. */
export function dialectOf(name: DialectName): Dialect {
  return DIALECTS[name];
}
