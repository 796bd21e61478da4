import type { Message } from './message.ts';
import type { HardState, LogIndex, NodeId, Run, SnapshotMeta } from './types.ts';

/** What this server is in its term; a non-voter is a follower that never campaigns. */
export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

/** A read that may be answered once the machine has applied `readIndex`. */
export interface ReleasedRead {
  readonly readId: number;
  readonly readIndex: LogIndex;
}

/** Runs below the core's cache that a follower needs; the driver reads them from the log store. */
export interface FetchRequest {
  readonly to: NodeId;
  readonly fromIndex: LogIndex;
  readonly toIndex: LogIndex;
  readonly bytesMax: number;
}

/** Bytes of the newest snapshot that a follower needs next; the driver reads them from its file. */
export interface SnapshotRead {
  readonly to: NodeId;
  readonly snapshot: SnapshotMeta;
  readonly offset: number;
  readonly bytesMax: number;
}

/** A chunk received from the leader; the driver writes it aside and reports `snapshotChunkStored`. */
export interface SnapshotWrite {
  readonly from: NodeId;
  readonly snapshot: SnapshotMeta;
  readonly offset: number;
  readonly data: Uint8Array;
  readonly done: boolean;
}

/**
 * All that the core wants done, in one object. The driver handles its parts in this order:
 *
 * 1. `messages` may leave now, before anything of this Ready is on disk.
 * 2. `hardState`, `install`, `truncateFrom`, `append` and `trimThrough` are ONE write of the log
 *    store. Writes are made in the order of `sequence`, one at a time.
 * 3. When that write is durable, and not before: `raft.persisted(sequence)`, and then
 *    `messagesAfterAppend` leave: votes and append answers (dissertation §3.8).
 * 4. Entries up to `commitIndex` are applied, in index order, but never beyond what is durable here.
 * 5. `reads` are answered once the machine has applied their `readIndex`.
 *
 * A failed write ends the node: nothing of steps 3–5 may happen for it, or for any later Ready.
 */
export interface Ready {
  /** 1, 2, 3 … */
  readonly sequence: number;
  /** True when step 2 has something to do. */
  readonly mustPersist: boolean;
  /** Term or vote changed (then it must be synced), or the commit hint rides along with a write. */
  readonly hardState: HardState | null;
  /** The whole log is replaced by this received snapshot, which is already durable. */
  readonly install: SnapshotMeta | null;
  /** Remove every record that starts at or above this index; always the start of a stored run. */
  readonly truncateFrom: LogIndex | null;
  /** Runs to append after that, contiguous. */
  readonly append: readonly Run[];
  /** Entries up to here may be dropped: a durable snapshot covers them. */
  readonly trimThrough: LogIndex | null;
  readonly messages: readonly Message[];
  /** Leave once this Ready's write is durable. Always empty when `mustPersist` is false. */
  readonly messagesAfterAppend: readonly Message[];
  /** Apply up to here: committed and durable on this server. Never decreases. */
  readonly commitIndex: LogIndex;
  readonly reads: readonly ReleasedRead[];
  /** Reads that will never be released (leadership was lost); they were not served. */
  readonly failedReads: readonly number[];
  readonly fetches: readonly FetchRequest[];
  readonly snapshotReads: readonly SnapshotRead[];
  readonly snapshotWrites: readonly SnapshotWrite[];
}
