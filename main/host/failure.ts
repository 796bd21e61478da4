import type { HostError, HostErrorCode, Result } from '../contract/errors.ts';

/** What calls without a value return when it is done. */
export const DONE: Result<null> = { ok: true, value: null };

/** An error result. `message` says what happened, what it means and what to do. */
export function failure(
  code: HostErrorCode,
  message: string,
): { readonly ok: false; readonly error: HostError } {
  return { ok: false, error: { code, message } };
}

/** The words of something that was thrown, for the middle of a sentence. */
export function causeOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
