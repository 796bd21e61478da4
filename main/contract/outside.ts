import { flag, requestOf, type Check } from './argument.ts';
import type { LinkTarget } from './deep-link.ts';
import type { Result } from './errors.ts';
import { id } from './field-checks.ts';
import type { OpenedRecording } from './recording-file.ts';

/*
 * What the system hands the app: a link that was clicked somewhere, a file that was opened. The page asks
 * before anything comes of it.
 */

/** What is asked for from outside. */
export type OutsideAsk =
  | { readonly kind: 'show'; readonly target: LinkTarget }
  /** A recording in a file. It is copied when it is opened; the file stays as it is. */
  | { readonly kind: 'recording'; readonly fileName: string; readonly sizeBytes: number }
  /** A link or a file that is not followed, and why, as a sentence. */
  | { readonly kind: 'refused'; readonly what: 'link' | 'file'; readonly why: string };

/** What waits for the user's answer. */
export interface OutsideRequest {
  readonly requestId: string;
  readonly ask: OutsideAsk;
}

/** The present state of the topic `outside`: in a browser there is never anything. */
export interface OutsidePush {
  readonly request: OutsideRequest | null;
}

/** The calls about what is asked for from outside. */
export interface OutsideCalls {
  /**
   * Answers what waits; it is gone then. What it asks to be shown the page shows itself; a recording is
   * opened and is the value. E_NOT_FOUND when it does not wait any more.
   */
  answerOutside(request: {
    readonly requestId: string;
    readonly accept: boolean;
  }): Promise<Result<OpenedRecording | null>>;
}

type Request<C extends keyof OutsideCalls> = Parameters<OutsideCalls[C]>[0];

/** The checks of the calls about what is asked for from outside. */
export const OUTSIDE_CHECKS: { readonly [C in keyof OutsideCalls]: Check<Request<C>> } = {
  answerOutside: requestOf<Request<'answerOutside'>>({ requestId: id, accept: flag }),
};

/** A command of the app's menu that the page carries out: one of its own shortcuts, by name. */
export interface MenuPush {
  readonly command: string;
}
