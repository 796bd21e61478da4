import { assert, unwrap } from './assert.ts';
import type { LogIndex, LoggedMembership, Membership } from './types.ts';

/** Nobody: what a server believes before it has joined a cluster. */
export const NO_MEMBERSHIP: LoggedMembership = { index: 0, membership: { members: [] } };

/**
 * Which membership holds where. A server uses the newest one in its log, committed or not
 * (dissertation §4.1), so cutting the log brings an older one back into force, and a received
 * snapshot that replaces the log replaces all of them.
 *
 * Invariant: indices strictly ascend; the first is that of the membership before the log, so there is
 * always one.
 */
export class MembershipLog {
  #entries: LoggedMembership[];

  /** @param base the membership before the log: that of the snapshot, or `NO_MEMBERSHIP` */
  constructor(base: LoggedMembership, logged: readonly LoggedMembership[]) {
    this.#entries = [base];
    for (const entry of logged) {
      // Entries the snapshot covers are older than what it says.
      if (entry.index > base.index) this.append(entry.index, entry.membership);
    }
  }

  /** The membership in force. */
  get current(): LoggedMembership {
    return unwrap(this.#entries[this.#entries.length - 1], 'there is always a membership');
  }

  /** The one before it, which holds again if the newest is cut off; null when none is known. */
  get previous(): LoggedMembership | null {
    return this.#entries[this.#entries.length - 2] ?? null;
  }

  append(index: LogIndex, membership: Membership): void {
    assert(index > this.current.index, 'a newer membership has a higher index');
    this.#entries.push({ index, membership });
  }

  /** Forgets those at and above `index`; an earlier one is in force again. */
  truncateFrom(index: LogIndex): void {
    while (this.#entries.length > 1 && this.current.index >= index) this.#entries.pop();
  }

  /** Forgets those that only entries up to `index` needed. */
  trimThrough(index: LogIndex): void {
    let needed = 0;
    while ((this.#entries[needed + 1]?.index ?? Infinity) <= index) needed += 1;
    if (needed > 0) this.#entries.splice(0, needed);
  }

  /** Starts again from a snapshot. */
  reset(base: LoggedMembership): void {
    this.#entries = [base];
  }

  /** The membership at `index`, which must not lie before the first one known. */
  at(index: LogIndex): LoggedMembership {
    let found = this.#entries.length - 1;
    while (found > 0 && (this.#entries[found]?.index ?? 0) > index) found -= 1;
    return unwrap(this.#entries[found], 'there is always a membership');
  }
}
