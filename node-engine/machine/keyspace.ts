import type { ByteRange } from './byte-range.ts';

/** The part of a command's context that decides which keys have expired. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
}

/** The expiry of a key that has none. */
export const NO_EXPIRY = Infinity;

/**
 * Binary keys and values with expiry times.
 *
 * A key whose expiry lies before the clock is gone for every call, whether its memory has been freed
 * or not; so what a call answers follows from the calls and clocks before it alone. Writes must come
 * with clocks that never go back, and a read's clock may run ahead of them but never behind.
 *
 * Returned bytes are views: a later call that changes anything may overwrite them. Bytes passed in
 * are copied.
 */
export interface Keyspace {
  /** The value, or null. */
  get(key: Uint8Array, clock: Clock): Uint8Array | null;
  /** `get` for a key that is a part of larger memory. */
  lookUp(key: ByteRange, clock: Clock): Uint8Array | null;
  has(key: Uint8Array, clock: Clock): boolean;
  /** Milliseconds since 1970 or NO_EXPIRY; null without such a key. */
  expiryOf(key: Uint8Array, clock: Clock): number | null;
  /**
   * Creates or replaces.
   *
   * @param value may be a view of another key's value in this keyspace
   * @param expiresAtMs the last millisecond at which the key is there, or NO_EXPIRY
   */
  set(key: Uint8Array, value: Uint8Array, expiresAtMs: number): void;
  /** `set` for a key and a value that are parts of larger memory. */
  store(key: ByteRange, value: ByteRange, expiresAtMs: number): void;
  /**
   * Makes the value `length` bytes long: a longer one is filled up with zeros, and a new key starts
   * empty. The expiry stays.
   *
   * @returns the value, to be written to before the next call
   */
  resize(key: Uint8Array, length: number, clock: Clock): Uint8Array;
  /** Changes the expiry of a key that is there; false without such a key. */
  setExpiry(key: Uint8Array, expiresAtMs: number, clock: Clock): boolean;
  /** False without such a key. */
  delete(key: Uint8Array, clock: Clock): boolean;
  clear(): void;
  /** Keys that are there. */
  count(clock: Clock): number;
  /** Every key, in no order. */
  forEachKey(clock: Clock, visit: (key: Uint8Array) => void): void;
  /**
   * Part of an iteration: about `count` keys if so many are left. Every key that is there from the
   * first part to the last is visited exactly once.
   *
   * @param cursor 0 to begin, then what the part before returned
   * @returns the next cursor, 1 … 2^32-1, or 0 at the end
   */
  scan(cursor: number, count: number, clock: Clock, visit: (key: Uint8Array) => void): number;
  /** Some key, or null when there is none. */
  randomKey(randomUint32: () => number, clock: Clock): Uint8Array | null;
}
