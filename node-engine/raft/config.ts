/** Timing and limits of the core. Every field has its unit in its name. */
export interface RaftConfig {
  /** An election timeout is drawn evenly from [min, max) (Raft paper §5.2). */
  readonly electionTimeoutMinMs: number;
  readonly electionTimeoutMaxMs: number;
  /** A leader is heard at least this often; well below the election timeout. */
  readonly heartbeatIntervalMs: number;
  /**
   * A leader that has nothing else to send waits this long before it tells its followers of a new
   * commit index: the next entries carry it where there are any. 0: at once.
   */
  readonly commitNoticeDelayMs: number;
  /** Most bytes of runs in one AppendEntries. */
  readonly appendBytesMax: number;
  /** Most AppendEntries with runs in flight to one follower (dissertation §10.2.1). */
  readonly appendsInFlightMax: number;
  /** Most bytes in flight to one follower. */
  readonly bytesInFlightMax: number;
  /** Proposals are refused while more than this is not committed, or not written by the leader. */
  readonly uncommittedBytesMax: number;
  /** Runs kept in memory below the commit index for followers that are a little behind. */
  readonly cacheBytesMax: number;
  /** Bytes of one snapshot chunk. */
  readonly snapshotChunkBytes: number;
  /** A non-voter within this many entries of the leader's last index counts as caught up (§4.2.1). */
  readonly promotionLagMax: number;
}

/** What a node uses unless told otherwise. */
export const DEFAULT_RAFT_CONFIG: RaftConfig = {
  electionTimeoutMinMs: 400,
  electionTimeoutMaxMs: 800,
  heartbeatIntervalMs: 80,
  commitNoticeDelayMs: 5,
  appendBytesMax: 1024 * 1024,
  appendsInFlightMax: 16,
  bytesInFlightMax: 8 * 1024 * 1024,
  uncommittedBytesMax: 256 * 1024 * 1024,
  cacheBytesMax: 16 * 1024 * 1024,
  snapshotChunkBytes: 256 * 1024,
  promotionLagMax: 64,
};
