/**
 * Why a call to the host did not do what was asked.
 *
 * - `E_ARGS`: an argument is missing, of the wrong type or out of range; `field` names it.
 * - `E_SENDER`: the caller is not the app's own window, or has no session.
 * - `E_RATE`: too many calls at once.
 * - `E_NOT_FOUND`: no such cluster or node.
 * - `E_STATE`: not possible in the state it is in; the message says what would be.
 * - `E_PORT`: a port is taken; the message names it and who has it where known.
 * - `E_SPAWN`: a process did not start; the message holds its last words.
 * - `E_UNREACHABLE`: no node answered.
 * - `E_REFUSED`: the cluster refused; `message` is its error reply as it came.
 * - `E_UNKNOWN_OUTCOME`: the cluster got it, and whether it was done is not known.
 * - `E_TIMEOUT`: no answer in time; for a command that changes the cluster the outcome is not known.
 * - `E_CONFIRM`: it destroys data and was not confirmed with the cluster's name.
 * - `E_IO`: a file could not be read or written.
 * - `E_INTERNAL`: a fault of this app; details are in its log.
 */
export type HostErrorCode =
  | 'E_ARGS'
  | 'E_SENDER'
  | 'E_RATE'
  | 'E_NOT_FOUND'
  | 'E_STATE'
  | 'E_PORT'
  | 'E_SPAWN'
  | 'E_UNREACHABLE'
  | 'E_REFUSED'
  | 'E_UNKNOWN_OUTCOME'
  | 'E_TIMEOUT'
  | 'E_CONFIRM'
  | 'E_IO'
  | 'E_INTERNAL';

/** An error as data: what happened, what it means, what to do, in `message`. */
export interface HostError {
  readonly code: HostErrorCode;
  readonly message: string;
  /** The argument at fault, for E_ARGS. */
  readonly field?: string;
}

/** What every call returns. Nothing is ever thrown across the boundary. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: HostError };
