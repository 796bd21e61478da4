/**
 * A condition that must hold, did not: a bug in this program or damage to its memory, never bad
 * input. It is not caught below the process: a server that no longer knows its own state must stop
 * before it tells others something untrue.
 */
export class InvariantError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvariantError';
  }
}

/**
 * Stops the node when a condition that must hold does not. On in production.
 *
 * @param why why it must hold; a constant text, so that a passing check costs nothing
 * @throws InvariantError
 */
export function assert(condition: boolean, why: string): asserts condition {
  if (!condition) throw new InvariantError(why);
}

/**
 * The value, which must be there.
 *
 * @param why why it is present
 * @throws InvariantError when it is null or undefined
 */
export function unwrap<T>(value: T | null | undefined, why: string): T {
  if (value === null || value === undefined) throw new InvariantError(why);
  return value;
}
