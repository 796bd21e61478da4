import type { Session, WriteWaiter } from './driver-ports.ts';

const SLAB_BYTES = 256 * 1024;
const FIRST_SLAB_BYTES = 8 * 1024;
const NO_BYTES = new Uint8Array(0);

/** Commands that will be proposed as one run. */
export interface SealedBatch {
  readonly bytes: Uint8Array;
  readonly count: number;
  /** One per command; commands that came together share theirs. */
  readonly waiters: readonly (WriteWaiter | null)[];
  readonly sessions: readonly SessionPart[];
}

/** Commands of one connection that came together. */
export interface SessionPart {
  readonly session: Session;
  readonly count: number;
  /** Number of the last of them in the batch, from 0. */
  readonly last: number;
}

/**
 * Gathers the raw bytes of write commands, copied once into a slab. What is sealed is the run: the
 * very bytes that are replicated, stored and applied.
 */
export class WriteBatch {
  /** Made with the first command: many servers never take one. */
  #slab = NO_BYTES;
  /** Start of the batch in the slab; everything below belongs to sealed runs. */
  #start = 0;
  #end = 0;
  #waiters: (WriteWaiter | null)[] = [];
  #sessions: SessionPart[] = [];

  get count(): number {
    return this.#waiters.length;
  }

  get sizeBytes(): number {
    return this.#end - this.#start;
  }

  /** Copies `count` commands, back to back in `raw`, into the batch; returns the copy. */
  add(
    raw: Uint8Array,
    count: number,
    waiter: WriteWaiter | null,
    session: Session | null,
  ): Uint8Array {
    if (this.#end + raw.length > this.#slab.length) this.#grow(raw.length);
    const start = this.#end;
    this.#slab.set(raw, start);
    this.#end += raw.length;
    for (let i = 0; i < count; i += 1) this.#waiters.push(waiter);
    if (session !== null) this.#sessions.push({ session, count, last: this.#waiters.length - 1 });
    return this.#slab.subarray(start, this.#end);
  }

  /** Takes everything gathered; the bytes stay where they are and are never written again. */
  seal(): SealedBatch {
    const sealed = {
      bytes: this.#slab.subarray(this.#start, this.#end),
      count: this.#waiters.length,
      waiters: this.#waiters,
      sessions: this.#sessions,
    };
    this.#start = this.#end;
    this.#waiters = [];
    this.#sessions = [];
    return sealed;
  }

  /** Moves the open batch to a fresh slab with room for `moreBytes`. */
  #grow(moreBytes: number): void {
    const open = this.#slab.subarray(this.#start, this.#end);
    const needed = open.length + moreBytes;
    const usual = this.#slab.length === 0 ? FIRST_SLAB_BYTES : SLAB_BYTES;
    const next = new Uint8Array(needed * 2 > usual ? needed * 2 : usual);
    next.set(open, 0);
    this.#slab = next;
    this.#start = 0;
    this.#end = open.length;
  }
}
