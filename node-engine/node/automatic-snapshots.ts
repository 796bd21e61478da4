import type { LogIndex } from '../raft/types.ts';
import type { SnapshotPolicy } from './driver-ports.ts';
import type { Snapshotter } from './snapshotter.ts';

/** A snapshot that failed is not tried again by itself before this. */
const SNAPSHOT_RETRY_MS = 30_000;

/** A log that is kept for a follower which is being sent a snapshot grows to this many times its size. */
const KEPT_LOGS_MAX = 16;

/** Makes a snapshot by itself when the log has grown enough since the last one. */
export class AutomaticSnapshots {
  readonly #policy: SnapshotPolicy;
  readonly #snapshotter: Snapshotter;
  /** Bytes written to the log at the last snapshot made by itself. */
  #bytesAtLast = 0;
  /** The newest entry then. */
  #indexAtLast = 0;
  #nextMs = 0;
  #isReplaced = false;

  constructor(policy: SnapshotPolicy, snapshotter: Snapshotter) {
    this.#policy = policy;
    this.#snapshotter = snapshotter;
  }

  /** The log has grown by a whole state, which a snapshot of it makes superfluous. */
  stateReplaced(): void {
    this.#isReplaced = true;
  }

  /** Once per turn; `logWriteBytes` is all that this node has ever written to its log. */
  run(nowMs: number, appliedIndex: LogIndex, logWriteBytes: number): void {
    const { snapshotEntries, snapshotLogBytes } = this.#policy;
    const entries = appliedIndex - Math.max(this.#snapshotter.lastIndex, this.#indexAtLast);
    const bytes = logWriteBytes - this.#bytesAtLast;
    const due =
      this.#isReplaced ||
      (snapshotEntries > 0 && entries >= snapshotEntries) ||
      (snapshotLogBytes > 0 && bytes >= snapshotLogBytes);
    if (!due || entries === 0 || nowMs < this.#nextMs || this.#snapshotter.busy) return;
    if (this.#policy.isOnDemand === true) {
      if (!this.#snapshotter.promise(bytes < KEPT_LOGS_MAX * snapshotLogBytes)) return;
    }
    this.#isReplaced = false;
    this.#bytesAtLast = logWriteBytes;
    this.#indexAtLast = appliedIndex;
    if (this.#policy.isOnDemand === true) return;
    this.#snapshotter.take((outcome) => {
      if (!outcome.ok) this.#nextMs = nowMs + SNAPSHOT_RETRY_MS;
    });
  }
}
