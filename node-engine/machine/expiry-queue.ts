import { NO_EXPIRY } from './keyspace.ts';

const INITIAL_CAPACITY = 64;
const FREE = 0xffff_ffff;

/**
 * The records that expire, the earliest first: a binary heap whose members know their place, so that
 * one can be changed or taken out at once and nothing stale is left behind.
 *
 * A record is known by a ticket that it keeps while it lives; the queue knows the hash of its key.
 * All of it lies in typed arrays: a million members are no work for the garbage collector.
 */
export class ExpiryQueue {
  /** Tickets in heap order. */
  #heap = new Uint32Array(INITIAL_CAPACITY);
  /** By ticket. */
  #expiresAtMs = new Float64Array(INITIAL_CAPACITY);
  #hashes = new Uint32Array(INITIAL_CAPACITY);
  /** By ticket: its place in the heap; of a free ticket, the next free one. */
  #places = new Uint32Array(INITIAL_CAPACITY);
  #size = 0;
  #tickets = 0;
  #firstFree = FREE;

  /** Members. */
  get size(): number {
    return this.#size;
  }

  /** The earliest expiry, or NO_EXPIRY. */
  get earliestMs(): number {
    return this.#size === 0 ? NO_EXPIRY : this.#expiryAt(0);
  }

  /** The member that expires first; only when there is one. */
  get earliest(): { readonly ticket: number; readonly hash: number } {
    const ticket = this.#heap[0] ?? 0;
    return { ticket, hash: this.#hashes[ticket] ?? 0 };
  }

  /** Adds a member and returns its ticket. */
  add(hash: number, expiresAtMs: number): number {
    const ticket = this.#takeTicket();
    this.#hashes[ticket] = hash;
    this.#expiresAtMs[ticket] = expiresAtMs;
    this.#rise(this.#size++, ticket);
    return ticket;
  }

  /** Changes when a member expires. */
  change(ticket: number, expiresAtMs: number): void {
    const before = this.#expiresAtMs[ticket] ?? 0;
    this.#expiresAtMs[ticket] = expiresAtMs;
    const place = this.#places[ticket] ?? 0;
    if (expiresAtMs < before) this.#rise(place, ticket);
    else this.#sink(place, ticket);
  }

  /** Takes a member out; its ticket may come back for another. */
  remove(ticket: number): void {
    const place = this.#places[ticket] ?? 0;
    const last = this.#heap[--this.#size] ?? 0;
    if (place < this.#size) {
      // What stood last takes the free place, and may belong above it as well as below.
      this.#rise(place, last);
      this.#sink(this.#places[last] ?? 0, last);
    }
    this.#places[ticket] = this.#firstFree;
    this.#firstFree = ticket;
  }

  /** Takes all members out. */
  clear(): void {
    this.#size = 0;
    this.#tickets = 0;
    this.#firstFree = FREE;
  }

  /** How many members expire before `nowMs`. Takes steps in proportion to the answer. */
  countBefore(nowMs: number): number {
    let count = 0;
    const waiting = [0];
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      if (place >= this.#size || this.#expiryAt(place) >= nowMs) continue;
      count++;
      waiting.push(2 * place + 1, 2 * place + 2);
    }
    return count;
  }

  #expiryAt(place: number): number {
    return this.#expiresAtMs[this.#heap[place] ?? 0] ?? 0;
  }

  #rise(from: number, ticket: number): void {
    const expiresAtMs = this.#expiresAtMs[ticket] ?? 0;
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#expiryAt(parent) <= expiresAtMs) break;
      this.#put(place, this.#heap[parent] ?? 0);
      place = parent;
    }
    this.#put(place, ticket);
  }

  #sink(from: number, ticket: number): void {
    const expiresAtMs = this.#expiresAtMs[ticket] ?? 0;
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#expiryAt(child + 1) < this.#expiryAt(child)) child++;
      if (this.#expiryAt(child) >= expiresAtMs) break;
      this.#put(place, this.#heap[child] ?? 0);
      place = child;
    }
    this.#put(place, ticket);
  }

  #put(place: number, ticket: number): void {
    this.#heap[place] = ticket;
    this.#places[ticket] = place;
  }

  #takeTicket(): number {
    if (this.#firstFree !== FREE) {
      const ticket = this.#firstFree;
      this.#firstFree = this.#places[ticket] ?? FREE;
      return ticket;
    }
    if (this.#tickets === this.#heap.length) this.#grow();
    return this.#tickets++;
  }

  #grow(): void {
    const capacity = 2 * this.#heap.length;
    const heap = new Uint32Array(capacity);
    heap.set(this.#heap);
    this.#heap = heap;
    const expiresAtMs = new Float64Array(capacity);
    expiresAtMs.set(this.#expiresAtMs);
    this.#expiresAtMs = expiresAtMs;
    const hashes = new Uint32Array(capacity);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const places = new Uint32Array(capacity);
    places.set(this.#places);
    this.#places = places;
  }
}
