import type { ServerLimits } from './limits.ts';

/** Whoever takes commands now, or took some within so long before, has a share. */
const WINDOW_MS = 250;

/** Who has commands under way, as the shares know it. */
export interface ShareHolder {
  /** The window in which it last took commands. Only `FairShare` changes it. */
  shareWindow: number;
}

/** What one connection may have under way. */
export interface Share {
  readonly repliesMax: number;
  readonly bytesMax: number;
}

/**
 * How much one connection may have under way. Who is alone may have all there is; as soon as others ask
 * for something too, everyone has the same, but enough for an ordinary pipeline.
 *
 * What is under way goes through the log together, and a command that comes behind it waits for all of
 * it. So a long pipeline is taken in slices of its share, and a short command joins the next one.
 */
export class FairShare {
  readonly #limits: ServerLimits;
  #window = 0;
  #count = 0;
  #countBefore = 0;
  /** For so many holders; every connection of a turn gets the same object. */
  #holders = 1;
  #share: Share;

  constructor(limits: ServerLimits) {
    this.#limits = limits;
    this.#share = this.#shareOf(1);
  }

  /** The share of a connection that takes commands at `nowMs`, on the monotonic clock. */
  of(holder: ShareHolder, nowMs: number): Share {
    const window = Math.floor(nowMs / WINDOW_MS);
    if (window !== this.#window) {
      this.#countBefore = window === this.#window + 1 ? this.#count : 0;
      this.#count = 0;
      this.#window = window;
    }
    if (holder.shareWindow !== window) {
      holder.shareWindow = window;
      this.#count += 1;
    }
    const holders = Math.max(this.#count, this.#countBefore);
    if (holders !== this.#holders) {
      this.#holders = holders;
      this.#share = this.#shareOf(holders);
    }
    return this.#share;
  }

  #shareOf(holders: number): Share {
    const { pendingRepliesMax, pendingBytesMax, sharedRepliesMax } = this.#limits;
    const { shareRepliesMin, shareBytesMax } = this.#limits;
    if (holders <= 1) return { repliesMax: pendingRepliesMax, bytesMax: pendingBytesMax };
    const equal = Math.max(shareRepliesMin, Math.floor(sharedRepliesMax / holders));
    return {
      repliesMax: Math.min(pendingRepliesMax, equal),
      bytesMax: Math.min(pendingBytesMax, shareBytesMax),
    };
  }
}
