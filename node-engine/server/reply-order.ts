import { strict as assert } from 'node:assert';

/** Number of a reply on its connection: 0, 1, 2 … in the order of the commands. */
export type Ticket = number;

/**
 * Keeps a connection's replies in the order of its commands while they become ready in any order.
 *
 * Replies that become ready in order cost two counters; only one that is early is stored.
 */
export class ReplyOrder {
  #head: Ticket = 0;
  #tail: Ticket = 0;
  readonly #early = new Map<Ticket, Uint8Array>();
  #earlyBytes = 0;

  /** Replies that are not written out yet. */
  get pending(): number {
    return this.#tail - this.#head;
  }

  /** The ticket that `reserve` gives out next. */
  get nextTicket(): Ticket {
    return this.#tail;
  }

  /** Bytes of replies that wait for an earlier one. */
  get earlyBytes(): number {
    return this.#earlyBytes;
  }

  /** Takes the next `count` tickets; returns the first. */
  reserve(count: number): Ticket {
    const first = this.#tail;
    this.#tail += count;
    return first;
  }

  /** True when this ticket's reply is the next to be written out. */
  isNext(ticket: Ticket): boolean {
    assert(ticket >= this.#head && ticket < this.#tail, 'a reply is given once, to a taken ticket');
    return ticket === this.#head;
  }

  /** The reply of the next ticket was written out. */
  wroteNext(): void {
    this.#head++;
  }

  /** Keeps a reply that is ready before its turn. */
  store(ticket: Ticket, bytes: Uint8Array): void {
    assert(!this.#early.has(ticket), 'a reply is given once');
    this.#early.set(ticket, bytes);
    this.#earlyBytes += bytes.length;
  }

  /**
   * The stored reply whose turn has come, counted as written out; undefined when it is not ready.
   */
  takeNext(): Uint8Array | undefined {
    if (this.#early.size === 0) return undefined;
    const bytes = this.#early.get(this.#head);
    if (bytes === undefined) return undefined;
    this.#early.delete(this.#head);
    this.#earlyBytes -= bytes.length;
    this.#head++;
    return bytes;
  }
}
