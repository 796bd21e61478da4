import { assert } from './assert.ts';
import type { LogIndex, NodeId, SnapshotMeta } from './types.ts';

/*
 * What a leader knows of one other server (dissertation §3.5, §10.2.1).
 *
 *   probe      where the logs agree is not known: one AppendEntries at a time
 *   replicate  it is known: messages follow each other without waiting, within limits
 *   snapshot   what the follower needs next is not in the log any more: chunks of a snapshot
 */

/** A snapshot on its way to a follower, one chunk at a time. */
export interface SnapshotTransfer {
  readonly snapshot: SnapshotMeta;
  /** Where the chunk begins that is being read or is on its way. */
  offset: number;
  /** The chunk is being read from disk. */
  reading: boolean;
  /** When to send the chunk again, for lack of an answer. */
  resendMs: number;
}

/** How far a non-voter has come with catching up (dissertation §4.2.1). */
export interface CatchUpRound {
  /** The leader's last index when the round began. */
  targetIndex: LogIndex;
  startedMs: number;
}

/** One follower in the eyes of the leader. Invariant: matchIndex < nextIndex. */
export class Progress {
  readonly id: NodeId;
  /** When the leader began to deal with it. */
  readonly sinceMs: number;
  state: 'probe' | 'replicate' | 'snapshot' = 'probe';
  /** The last index known to be durable there and equal to the leader's. Only grows, but for a loss. */
  matchIndex: LogIndex = 0;
  /** The newest read round when `matchIndex` was learnt; see `refused` in replication.ts. */
  matchRound = 0;
  /** The next index to send. */
  nextIndex: LogIndex;
  /** In `probe`: an answer is awaited, or until the next heartbeat. */
  probeSent = false;
  /** The leader's commit index that the follower may know of. */
  commitSent: LogIndex = 0;
  /** The newest read round it has answered. */
  readRound = 0;
  /** When it last answered, or null. */
  lastContactMs: number | null = null;
  /** Between sending the last acknowledged append and its answer, or null. */
  roundTripMs: number | null = null;
  /** First index of the runs being read from disk for it, or null. */
  fetchingFrom: LogIndex | null = null;
  /** The last such read failed; the next is tried with the next heartbeat. */
  fetchFailed = false;
  transfer: SnapshotTransfer | null = null;
  catchUp: CatchUpRound | null = null;
  /** A non-voter near enough to the end of the log to become a voter (dissertation §4.2.1). */
  isCaughtUp = false;
  /** The index of the membership that it is no longer in, or null. */
  removedAt: LogIndex | null = null;
  /** When to stop talking to a removed server; known once its removal is committed. */
  forgetMs = Infinity;

  /** AppendEntries on their way: last index and bytes of each, oldest first, in a ring. */
  readonly #lastIndices: LogIndex[];
  readonly #bytes: number[];
  readonly #sentMs: number[];
  #oldest = 0;
  #count = 0;
  #bytesInFlight = 0;

  constructor(options: {
    readonly id: NodeId;
    readonly nextIndex: LogIndex;
    readonly appendsInFlightMax: number;
    readonly nowMs: number;
  }) {
    const { appendsInFlightMax } = options;
    this.id = options.id;
    this.nextIndex = options.nextIndex;
    this.sinceMs = options.nowMs;
    this.#lastIndices = new Array<number>(appendsInFlightMax).fill(0);
    this.#bytes = new Array<number>(appendsInFlightMax).fill(0);
    this.#sentMs = new Array<number>(appendsInFlightMax).fill(0);
  }

  get appendsInFlight(): number {
    return this.#count;
  }

  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  /** Whether another AppendEntries with runs would have to wait. */
  isFull(bytesInFlightMax: number): boolean {
    return this.#count === this.#lastIndices.length || this.#bytesInFlight >= bytesInFlightMax;
  }

  /** Notes an AppendEntries with runs; what comes next follows it without waiting. */
  sent(lastIndex: LogIndex, bytes: number, nowMs: number): void {
    assert(this.#count < this.#lastIndices.length, 'the limit is checked before sending');
    const slot = (this.#oldest + this.#count) % this.#lastIndices.length;
    this.#lastIndices[slot] = lastIndex;
    this.#bytes[slot] = bytes;
    this.#sentMs[slot] = nowMs;
    this.#count += 1;
    this.#bytesInFlight += bytes;
    this.nextIndex = lastIndex + 1;
  }

  /** The follower has everything up to `index`. True when that is news. */
  matched(index: LogIndex, nowMs: number): boolean {
    while (this.#count > 0 && (this.#lastIndices[this.#oldest] ?? 0) <= index) {
      this.roundTripMs = nowMs - (this.#sentMs[this.#oldest] ?? 0);
      this.#bytesInFlight -= this.#bytes[this.#oldest] ?? 0;
      this.#oldest = (this.#oldest + 1) % this.#lastIndices.length;
      this.#count -= 1;
    }
    this.nextIndex = Math.max(this.nextIndex, index + 1);
    // A late answer says less than is known already; it never takes anything back.
    if (index <= this.matchIndex) return false;
    this.matchIndex = index;
    return true;
  }

  /** The follower has lost entries that it once acknowledged. Nothing of it is known any more. */
  lostEntries(): void {
    this.matchIndex = 0;
    this.isCaughtUp = false;
    this.catchUp = null;
  }

  becomeProbe(nextIndex: LogIndex): void {
    this.#leave('probe');
    this.nextIndex = Math.max(nextIndex, this.matchIndex + 1);
  }

  becomeReplicate(): void {
    this.#leave('replicate');
    this.nextIndex = this.matchIndex + 1;
  }

  becomeSnapshot(snapshot: SnapshotMeta): void {
    this.#leave('snapshot');
    this.transfer = { snapshot, offset: 0, reading: false, resendMs: 0 };
  }

  #leave(state: Progress['state']): void {
    this.state = state;
    this.probeSent = false;
    this.fetchingFrom = null;
    this.transfer = null;
    this.commitSent = 0;
    this.#count = 0;
    this.#bytesInFlight = 0;
  }
}
