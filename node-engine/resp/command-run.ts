import type { CommandBatch } from './command-batch.ts';
import { REQUEST_LIMITS } from './request-limits.ts';
import { RequestParser } from './request-parser.ts';

/** Bytes that should be whole RESP commands, back to back, are not. */
export class CommandRunError extends Error {
  override readonly name = 'CommandRunError';
}

/*
 * A command that was accepted once must be readable for good, so the bytes of a run are not bounded
 * by what a connection may send today.
 */
const NO_LIMITS = {
  ...REQUEST_LIMITS,
  argsMax: 2 ** 31 - 1,
  bulkBytesMax: 2 ** 31 - 1,
  commandBytesMax: Number.MAX_SAFE_INTEGER,
};

/**
 * Parses a whole run: `count` RESP commands concatenated, as log entries hold them.
 *
 * The batch refers to `bytes` itself and stays valid for as long as the caller keeps it.
 *
 * @throws CommandRunError when the bytes are not exactly a number of whole commands in array form
 */
export function parseCommandRun(bytes: Uint8Array): CommandBatch {
  return wholeRun(new RequestParser(NO_LIMITS), bytes);
}

function wholeRun(parser: RequestParser, bytes: Uint8Array): CommandBatch {
  parser.feed(bytes);
  const batch = parser.next(Infinity);
  const whole =
    batch !== null && batch.start === 0 && batch.rawEnd(batch.count - 1) === bytes.length;
  if (!whole || batch.inline) {
    throw new CommandRunError(parser.error ?? 'the bytes are not whole commands');
  }
  return batch;
}

/** Reads one run after another, with one set of buffers for all of them. */
export class CommandRunReader {
  #parser = new RequestParser(NO_LIMITS);

  /**
   * `parseCommandRun`, but the batch is only valid until the next run is read.
   *
   * @throws CommandRunError when the bytes are not exactly a number of whole commands in array form
   */
  read(bytes: Uint8Array): CommandBatch {
    try {
      return wholeRun(this.#parser, bytes);
    } catch (error) {
      this.#parser = new RequestParser(NO_LIMITS);
      throw error;
    }
  }
}

/**
 * Calls back for each command of a run, in order, with views of its arguments into `bytes`.
 *
 * @param bytes RESP commands concatenated, in array form
 * @param callback gets the arguments, the name first, and the command's offset in the run from 0
 * @returns the number of commands
 * @throws CommandRunError, before the first call, when `bytes` are not whole commands
 */
export function forEachCommand(
  bytes: Uint8Array,
  callback: (args: readonly Uint8Array[], offset: number) => void,
): number {
  if (bytes.length === 0) return 0;
  const batch = parseCommandRun(bytes);
  for (let i = 0; i < batch.count; i++) callback(batch.args(i), i);
  return batch.count;
}

/**
 * Byte offset of command number `count` (0-based) in a run; for `count` equal to the number of
 * commands, the run's length. This is what the Raft core needs to split a run.
 *
 * @returns -1 when the run has fewer commands, or is malformed before that point
 */
export function commandOffset(bytes: Uint8Array, count: number): number {
  if (count === 0) return 0;
  const parser = new RequestParser(NO_LIMITS);
  parser.feed(bytes);
  const batch = parser.next(count);
  if (batch === null || batch.inline || batch.start !== 0 || batch.count < count) return -1;
  return batch.rawEnd(count - 1);
}
