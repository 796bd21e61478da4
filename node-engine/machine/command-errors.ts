import { errorReply, type ErrorReply } from '../resp/value.ts';

/** How much of a name typed by a client an error repeats, and of all its arguments together. */
const ECHOED_CHARACTERS_MAX = 128;

/**
 * Thrown by a command of a machine to answer an error; `message` is the exact text of the reply and
 * starts with its upper-case code: `ERR no such ticket`.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** Nothing the command's grammar allows (Redis's own text). */
export const SYNTAX_ERROR: ErrorReply = errorReply('ERR syntax error');

/** Not a decimal integer of 64 bits, or outside what the command allows (Redis's own text). */
export const NOT_AN_INTEGER: ErrorReply = errorReply('ERR value is not an integer or out of range');

/**
 * The answer to too few or too many arguments.
 *
 * @param name the command's name, repeated in lower case
 */
export function arityError(name: string): ErrorReply {
  return errorReply(`ERR wrong number of arguments for '${name.toLowerCase()}' command`);
}

/**
 * The answer to a name that no command has; as Redis, with the first arguments.
 *
 * @param args the whole command, the name first
 */
export function unknownCommandError(args: readonly Uint8Array[]): ErrorReply {
  const [name, ...rest] = args;
  let echoed = '';
  for (const argument of rest) {
    if (echoed.length >= ECHOED_CHARACTERS_MAX) break;
    echoed += `'${latin1(argument, ECHOED_CHARACTERS_MAX - echoed.length)}' `;
  }
  const typed = name === undefined ? '' : latin1(name, ECHOED_CHARACTERS_MAX);
  return errorReply(`ERR unknown command '${typed}', with args beginning with: ${echoed}`);
}

/** One character per byte, so that no byte is lost and nothing fails; CR and LF go when written. */
function latin1(bytes: Uint8Array, charactersMax: number): string {
  return String.fromCharCode(...bytes.subarray(0, charactersMax));
}
