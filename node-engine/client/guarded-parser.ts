import RedisParser from 'redis-parser';

import { ReplyGuard } from '../resp/reply-guard.ts';
import type { ReplyLimits } from '../resp/reply-limits.ts';

/** How to read a RESP2 stream, and what to do with it. */
export interface GuardedParserOptions {
  readonly limits: ReplyLimits;
  /** Type bytes to let through; all of RESP2 unless given. */
  readonly types?: string;
  /**
   * One whole message: Buffer, string (an integer, in decimal), null, Error (an error reply), or an
   * array of these. Buffers may share memory with the chunks.
   */
  readonly onMessage: (message: unknown) => void;
  /** The stream is beyond repair, or beyond the limits. Called once; nothing follows. */
  readonly onFault: (reason: string) => void;
}

/** npm `redis-parser` behind a guard that knows limits, which it does not. */
export class GuardedParser {
  readonly #guard: ReplyGuard;
  readonly #parser: RedisParser;
  readonly #onFault: (reason: string) => void;
  #faulty = false;

  constructor(options: GuardedParserOptions) {
    this.#guard = new ReplyGuard(options.limits, options.types);
    this.#onFault = options.onFault;
    const onMessage = (message: unknown): void => {
      if (!this.#faulty) options.onMessage(message);
    };
    this.#parser = new RedisParser({
      returnBuffers: true,
      stringNumbers: true,
      returnReply: onMessage,
      returnError: onMessage,
      returnFatalError: (error) => {
        this.#fail(error.message);
      },
    });
  }

  /** True while no part of a message is missing: what comes next begins one. */
  get isBetweenMessages(): boolean {
    return !this.#faulty && this.#guard.isBetweenMessages;
  }

  /** Parses the next chunk. Whole messages in front of a fault still come out. */
  execute(chunk: Buffer): void {
    if (this.#faulty) return;
    const fault = this.#guard.check(chunk);
    const good = fault === null ? chunk : chunk.subarray(0, this.#guard.wholeBytes);
    if (good.length > 0) this.#parser.execute(good);
    if (fault !== null) this.#fail(fault);
  }

  /** Ends the parser: no message comes out any more. */
  stop(): void {
    this.#faulty = true;
  }

  #fail(reason: string): void {
    if (this.#faulty) return;
    this.#faulty = true;
    this.#onFault(reason);
  }
}
