/**
 * The one description of a node: what `RAFT STATUS` answers and `RAFT WATCH` pushes, as one JSON
 * document. Types only: the host imports them. All indices are safe integers; `null` = not known.
 */

/** A member as this node's membership in force has it. */
export interface MemberStatus {
  readonly id: string;
  readonly peerAddress: string;
  readonly clientAddress: string;
  readonly voter: boolean;
  /** A non-voter that will be promoted once it has caught up. */
  readonly promote: boolean;
}

/** How a leader sees one of its followers. */
export interface FollowerProgress {
  readonly id: string;
  readonly state: 'probe' | 'replicate' | 'snapshot';
  readonly matchIndex: number;
  readonly nextIndex: number;
  readonly appendsInFlight: number;
  /** Milliseconds since the last message from it, or null. */
  readonly lastContactMs: number | null;
  /** Round trip of the last acknowledged append, milliseconds, or null. */
  readonly roundTripMs: number | null;
  readonly snapshotSentBytes: number | null;
  readonly snapshotSizeBytes: number | null;
  /** Whether the link to it is up. */
  readonly connected: boolean;
}

/** The link on which this node sends to one peer. The peer's own link to this node is not in it. */
export interface LinkState {
  readonly id: string;
  /** Whether messages to it leave now. */
  readonly connected: boolean;
  /** Why the last attempt failed or the link was lost; null while it is up and before the first. */
  readonly lastError: string | null;
}

/** How far the wall clock of a peer is from this node's, as measured over the link to it. */
export interface ClockStatus {
  readonly id: string;
  /** Milliseconds that the peer's clock is ahead; negative when it is behind. */
  readonly offsetMs: number;
  /** The true offset differs by at most this: half of the round trip it was measured with. */
  readonly errorMs: number;
  /** Milliseconds since it was measured. */
  readonly ageMs: number;
}

/** A fault in force on this node. */
export interface FaultStatus {
  readonly id: string;
  readonly kind: string;
  readonly description: string;
  /** The other end of the link that it is on; null for a fault of the node itself (disk, clock). */
  readonly peerId: string | null;
  /** Which way it works on that link, as seen from this node. */
  readonly direction: 'in' | 'out' | 'none';
  /** What is left of the lease when this was said, milliseconds. */
  readonly leaseMs: number;
  /** The effect so far, in words: counted and measured, never what was asked for. */
  readonly measured: string;
  /** Messages, writes or readings of the clock that met it. */
  readonly seen: number;
  /** Of them: messages lost, writes refused or failed. */
  readonly stopped: number;
  /** Of them: went on late, or were off. */
  readonly shifted: number;
  /** By how much, milliseconds: on average, and the one furthest from zero. Null while none was. */
  readonly meanMs: number | null;
  readonly extremeMs: number | null;
  /** Of a rate: what got through. */
  readonly bytesPerSecond: number | null;
}

/** Counters since the process started. */
export interface NodeCounters {
  readonly commands: number;
  readonly writes: number;
  readonly reads: number;
  readonly errors: number;
  readonly elections: number;
  readonly logWrites: number;
  readonly logWriteBytes: number;
  readonly snapshotsTaken: number;
  readonly snapshotsInstalled: number;
  readonly messagesSent: number;
  readonly messagesReceived: number;
  readonly connections: number;
}

/** Figures over the last second or so; null when nothing happened. */
export interface NodeFigures {
  readonly writesPerSecond: number;
  readonly readsPerSecond: number;
  /** Proposal to commit, milliseconds. */
  readonly commitP50Ms: number | null;
  readonly commitP99Ms: number | null;
  /** Log write to durable, milliseconds. */
  readonly fsyncP50Ms: number | null;
  readonly fsyncP99Ms: number | null;
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly cpuPercent: number;
}

/** A snapshot on this node. */
export interface SnapshotStatus {
  readonly id: string;
  readonly index: number;
  readonly term: number;
  readonly sizeBytes: number;
  /** Unix milliseconds when it was made here. */
  readonly madeAtMs: number;
}

/** How far the restore of a state is. */
export interface RestoreStatus {
  /** A snapshot's id, or a file's name. */
  readonly name: string;
  /** The leader reads the file; or its state is on its way through the log. */
  readonly step: 'checking' | 'copying';
  /** That have come here through the log. */
  readonly bytes: number;
  /** 0 while it is not known. */
  readonly sizeBytes: number;
}

/** Why a node does not take part, or 'ok'. */
export type NodeHealth =
  | 'ok'
  /** Started, not in any cluster: waits for RAFTADDPEER or for its `-j` to succeed. */
  | 'waiting'
  /** Reading its log and snapshot. */
  | 'loading'
  /** Removed from the cluster by a committed membership. */
  | 'removed'
  /** Its log is not what was durable; neither votes nor acknowledges until repaired. */
  | 'damaged'
  /** A write or sync failed; it has stopped taking part. */
  | 'storage-failed';

/** The full status of one node. */
export interface NodeStatus {
  /** Format of this document. */
  readonly version: 1;
  /** The node's own clock when this was made, Unix milliseconds. */
  readonly timeMs: number;
  /** Grows by one with every status or change pushed on any connection of this process. */
  readonly sequence: number;
  readonly id: string;
  readonly clusterId: string;
  readonly pid: number;
  readonly startedAtMs: number;
  readonly softwareVersion: string;
  readonly machine: string;
  readonly backend: string;
  readonly durability: string;
  readonly consistency: string;
  readonly redirect: string;
  readonly dialect: string;
  readonly clientAddress: string;
  readonly peerAddress: string;
  readonly directory: string;
  readonly health: NodeHealth;
  readonly healthReason: string | null;
  readonly role: 'follower' | 'pre-candidate' | 'candidate' | 'leader';
  /** False for a non-voter and for a node that is in no cluster. */
  readonly voter: boolean;
  readonly term: number;
  readonly votedFor: string | null;
  readonly leaderId: string | null;
  readonly leaderClientAddress: string | null;
  /** Milliseconds since the leader was heard; null on the leader and when never. */
  readonly leaderContactMs: number | null;
  /**
   * Milliseconds since the state here was last known to be current, by the asking of reads; null when
   * that is not known.
   */
  readonly stateAgeMs: number | null;
  readonly transferTarget: string | null;
  readonly members: readonly MemberStatus[];
  readonly membershipIndex: number;
  readonly membershipCommitted: boolean;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  readonly stableIndex: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  /**
   * Up to here the log may go. On disk a snapshot in `snapshots` ends here; in memory it is made when
   * a follower needs it.
   */
  readonly snapshotIndex: number;
  readonly snapshotTerm: number;
  readonly snapshots: readonly SnapshotStatus[];
  readonly snapshotInProgress: boolean;
  /** The state that is about to replace the machine's (RAFT SNAPSHOT RESTORE); null when none is. */
  readonly restore: RestoreStatus | null;
  readonly logBytes: number;
  readonly keys: number;
  /** Only on a leader. */
  readonly followers: readonly FollowerProgress[];
  /** Its links to all peers, whether it leads or not. */
  readonly links: readonly LinkState[];
  /** The clocks of the peers that it has a link to. Nothing depends on them. */
  readonly clocks: readonly ClockStatus[];
  readonly electionTimeoutMinMs: number;
  readonly electionTimeoutMaxMs: number;
  readonly heartbeatIntervalMs: number;
  readonly faultsAllowed: boolean;
  readonly faults: readonly FaultStatus[];
  readonly counters: NodeCounters;
  readonly figures: NodeFigures;
}

/** The changing figures alone; a WATCH sends them at its interval. */
export type NodeStatusPatch = Partial<Omit<NodeStatus, 'id' | 'version'>> & {
  readonly timeMs: number;
  readonly sequence: number;
};

/** One traced event, numbered per process without gaps: a gap in the numbers is a lost event. */
export interface NodeTrace {
  readonly sequence: number;
  /** Unix milliseconds with fraction, from the node's clock. */
  readonly timeMs: number;
  readonly event: NodeTraceEvent;
}

/**
 * What a node traces: the core's own events (`type` as in raft/trace.ts, fields alongside) and these
 * of the node: 'started', 'stopping', 'applied', 'fsync', 'snapshot-started', 'snapshot-taken',
 * 'snapshot-failed', 'snapshot-read-failed', 'log-read-failed', 'restore-started', 'restored',
 * 'restore-failed', 'log-shrunk', 'command' (name and arguments of an administrative command, and who
 * sent it), 'link' (a peer link opened or closed), 'fault', 'health'.
 */
export interface NodeTraceEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/**
 * What a node has kept of its trace since its process began: roles, votes, members, snapshots,
 * commands and the like, but nothing that comes with every entry. The numbers left out between two
 * events were of such frequent ones.
 */
export interface TraceHistory {
  /** Every rare event with this number or a later one was kept. */
  readonly from: number;
  /** The trace goes on after this number. */
  readonly through: number;
  readonly traces: readonly NodeTrace[];
}

/**
 * A message of `RAFT WATCH`, as JSON text in a push: `["raft-watch", kind, json]`.
 *
 * - `status`: NodeStatus in full; the first message, and again after any change of role, term,
 *   leader, members, health, snapshot or faults.
 * - `figures`: NodeStatusPatch, at the interval, only fields that changed.
 * - `history`: TraceHistory, only with EVENTS, once and before any `trace`; in several pieces when
 *   it is long.
 * - `trace`: NodeTrace[], only with EVENTS.
 * - `dropped`: `{"figures": n, "traces": m}`: what a slow reader has missed.
 */
export type WatchKind = 'status' | 'figures' | 'history' | 'trace' | 'dropped';
