import type { Result } from './errors.ts';
import type { LoadPush, LoadRequest, SavedHistory } from './load.ts';
import type { FaultRef, FaultRequest, HealedFaults } from './fault.ts';
import type { KeyCalls } from './keys.ts';
import type {
  AppInfo,
  ClusterSummary,
  ClusterView,
  CommandOutcome,
  EventView,
  OutputLine,
  SecretFile,
  Settings,
} from './model.ts';
import type { MetricsView } from './metrics.ts';
import type { BookmarkView, MomentView, RecordingView, StepKind } from './recording.ts';
import type { MenuPush, OutsideCalls, OutsidePush } from './outside.ts';
import type { OpenedRecording, RecordingFileCalls } from './recording-file.ts';
import type { SnapshotCalls } from './snapshots.ts';

/** What a new cluster is to be; anything left out is the host's choice. */
export interface CreateClusterRequest {
  readonly name?: string;
  /** 1, 3, 5, 7 or 9 voters. */
  readonly nodes: number;
  /** First client port; node n listens on basePort + n - 1. */
  readonly basePort?: number;
  readonly machine?: string;
  readonly backend?: 'leveldb' | 'fastlog' | 'memory';
  readonly durability?: 'low' | 'medium' | 'high';
}

/** A node of a cluster. */
export interface NodeRef {
  readonly clusterId: string;
  readonly nodeId: string;
}

/** What a removed node has come back as. */
export interface ReturnedPeer {
  /** Whether it gets a vote once it has caught up; else it stays the non-voter that it was. */
  readonly getsVote: boolean;
}

/** A node whose log is to lose what a snapshot covers. */
export interface ShrinkRequest extends NodeRef {
  /** The last entry that may go; all that the newest snapshot covers where it is absent. */
  readonly upTo?: number;
}

/**
 * Every call the renderer can make: request in, Result out. Both bindings (Electron IPC, WebSocket)
 * carry exactly these; arguments are checked in the host, whatever the renderer checked before.
 *
 * A call that changes a cluster is answered when the cluster has answered. The picture changes
 * because of a push, never because of the answer.
 */
export interface HostApi extends KeyCalls, OutsideCalls, RecordingFileCalls, SnapshotCalls {
  appInfo(request: Record<string, never>): Promise<Result<AppInfo>>;
  /** Which secret is kept where, as it is now. */
  secretFile(request: Record<string, never>): Promise<Result<SecretFile>>;
  getSettings(request: Record<string, never>): Promise<Result<Settings>>;
  setSettings(request: Settings): Promise<Result<Settings>>;
  /**
   * Ends the host that serves this page. Nodes that are kept are found again by the next one. E_STATE
   * in the app's own window, which has a menu for it.
   */
  quit(request: { readonly nodes: 'keep' | 'stop' }): Promise<Result<null>>;

  /** A run of free ports for a new cluster, so that it can be shown before it is used. */
  suggestPorts(request: { readonly nodes: number }): Promise<Result<{ readonly basePort: number }>>;
  /** Returns as soon as the cluster is known; its progress is pushed in `operation`. */
  createCluster(request: CreateClusterRequest): Promise<Result<{ readonly clusterId: string }>>;
  startCluster(request: { readonly clusterId: string }): Promise<Result<null>>;
  stopCluster(request: { readonly clusterId: string }): Promise<Result<null>>;
  renameCluster(request: {
    readonly clusterId: string;
    readonly name: string;
  }): Promise<Result<null>>;
  /** Stops it and removes its folder; `confirmName` must be its name. */
  deleteCluster(request: {
    readonly clusterId: string;
    readonly confirmName: string;
  }): Promise<Result<null>>;

  startNode(request: NodeRef): Promise<Result<null>>;
  /** Asks the process to end and waits (SIGTERM). */
  stopNode(request: NodeRef): Promise<Result<null>>;
  /** Ends the process at once (SIGKILL). */
  killNode(request: NodeRef): Promise<Result<null>>;
  /** SIGSTOP. */
  freezeNode(request: NodeRef): Promise<Result<null>>;
  /** SIGCONT. */
  resumeNode(request: NodeRef): Promise<Result<null>>;
  /** Stops it, if it runs, and starts it. */
  restartNode(request: NodeRef): Promise<Result<null>>;

  /** Starts the next node and sends RAFTADDPEER to the leader. Progress is pushed in `operation`. */
  addPeer(request: { readonly clusterId: string }): Promise<Result<{ readonly nodeId: string }>>;
  /** RAFTREMOVEPEER; the leader hands over first. Then the process is stopped, its data kept. */
  removePeer(request: NodeRef): Promise<Result<null>>;
  /**
   * Starts a node that was removed, on the data that it kept, and sends RAFTADDPEER to the leader; for
   * one that was a non-voter for good RAFT SERVER ADD with NONVOTER, so that it is that again. Progress
   * is pushed in `operation`, as of a peer that is added.
   */
  returnPeer(request: NodeRef): Promise<Result<ReturnedPeer>>;
  /**
   * Gives the place of a member that cannot use what it stored to a new node with an id of its own: that
   * one gets everything from the leader, as by `addPeer`, and when it has the standing of the old one,
   * that is removed, as by `removePeer`. Answered when the leader has taken the new one in; the rest is
   * pushed in `operation`. E_STATE for the leader and for what is no member.
   */
  rebuildPeer(request: NodeRef): Promise<Result<{ readonly nodeId: string }>>;
  /** RAFT SERVER TRANSFER; to the voter furthest ahead when `nodeId` is null. */
  transferLeadership(request: {
    readonly clusterId: string;
    readonly nodeId: string | null;
  }): Promise<Result<null>>;
  /** RAFTSNAPSHOT on that node. */
  takeSnapshot(request: NodeRef): Promise<Result<null>>;
  /** RAFTSHRINKLOG on that node; with `upTo` RAFT LOG SHRINK, which keeps all entries above it. */
  shrinkLog(request: ShrinkRequest): Promise<Result<null>>;

  /**
   * Puts a fault in force on a node for `leaseMs` (100 to 600,000); then it ends by itself. One of the
   * same kind in the same place ends. What is in force, and its measured effect, comes in
   * `NodeStatusView.faults`.
   */
  setFault(
    request: NodeRef & { readonly fault: FaultRequest; readonly leaseMs: number },
  ): Promise<Result<FaultRef>>;
  /** A new lease, from now on. */
  extendFault(
    request: NodeRef & { readonly faultId: string; readonly leaseMs: number },
  ): Promise<Result<null>>;
  /**
   * Ends one fault of a node; with `faultId` null all of that node, with `nodeId` null too all of the
   * cluster.
   */
  healFaults(request: {
    readonly clusterId: string;
    readonly nodeId: string | null;
    readonly faultId: string | null;
  }): Promise<Result<HealedFaults>>;

  /**
   * Gives a node that is frozen or was killed a lease: when it is over the host resumes or starts it.
   * A lease before it ends; so does one whose node is resumed or started.
   */
  leaseProcess(request: NodeRef & { readonly leaseMs: number }): Promise<Result<null>>;

  /** Begins the built-in workload; its figures and its verdict are pushed in `load`. */
  startLoad(request: LoadRequest & { readonly clusterId: string }): Promise<Result<null>>;
  /** Ends it early; what was done is checked all the same. */
  stopLoad(request: { readonly clusterId: string }): Promise<Result<null>>;
  /** Writes the history of the last load to the disk of the host. */
  saveLoadHistory(request: { readonly clusterId: string }): Promise<Result<SavedHistory>>;

  /** Sends one RESP command; to `nodeId`, or to the leader when null. Follows redirects if asked. */
  sendCommand(request: {
    readonly clusterId: string;
    readonly nodeId: string | null;
    readonly args: readonly string[];
    readonly followRedirects: boolean;
  }): Promise<Result<CommandOutcome>>;
  /** The last lines a node printed, oldest first. */
  nodeOutput(request: NodeRef): Promise<Result<readonly OutputLine[]>>;

  /** What was recorded between two times, Unix ms; at most a day. */
  readRecording(request: {
    readonly clusterId: string;
    readonly fromMs: number;
    readonly toMs: number;
  }): Promise<Result<RecordingView>>;
  /** The cluster as it was at `atMs`; E_NOT_FOUND when nothing was recorded up to then. */
  readMoment(request: {
    readonly clusterId: string;
    readonly atMs: number;
  }): Promise<Result<MomentView>>;
  /** The figures between two times, second by second; at most a day. */
  readMetrics(request: {
    readonly clusterId: string;
    readonly fromMs: number;
    readonly toMs: number;
  }): Promise<Result<MetricsView>>;
  /** The time of the next or previous thing of that kind, seen from `atMs`; null when there is none. */
  findStep(request: {
    readonly clusterId: string;
    readonly atMs: number;
    readonly direction: 'next' | 'previous';
    readonly kind: StepKind;
  }): Promise<Result<{ readonly timeMs: number; readonly event: EventView | null } | null>>;
  addBookmark(request: {
    readonly clusterId: string;
    readonly atMs: number;
    readonly label: string;
  }): Promise<Result<BookmarkView>>;
  removeBookmark(request: {
    readonly clusterId: string;
    readonly bookmarkId: string;
  }): Promise<Result<null>>;
}

/** The name of a call. */
export type HostCall = keyof HostApi;

/**
 * Every push: topic → payload. A payload is the new state, whole; nothing needs to be fetched after
 * it. A new subscriber first gets the present state of what it subscribed to.
 */
export interface HostEvents {
  /** All saved clusters. */
  readonly clusters: readonly ClusterSummary[];
  /** The recordings that were opened from files, the newest first. */
  readonly recordings: readonly OpenedRecording[];
  /** One cluster; at once on a change of role, term, leader, members or process, else at most 5/s. */
  readonly cluster: ClusterView;
  /** New events of one cluster, in order of arrival. */
  readonly events: { readonly clusterId: string; readonly events: readonly EventView[] };
  /** New lines of output of one cluster. */
  readonly output: { readonly clusterId: string; readonly lines: readonly OutputLine[] };
  /** The last load of one cluster. */
  readonly load: LoadPush;
  readonly settings: Settings;
  /** What the system has handed to the app, until the user has answered. */
  readonly outside: OutsidePush;
  /** Each command of the app's menu, once, when it is chosen; nothing is there at first. */
  readonly menu: MenuPush;
}

/** The name of a push. */
export type HostTopic = keyof HostEvents;

/** The topics that are about no cluster. */
export type AppTopic = 'clusters' | 'recordings' | 'settings' | 'outside' | 'menu';

/** What to listen to; `clusterId` for the topics that are about one cluster. */
export type Subscription =
  | { readonly topic: AppTopic }
  | { readonly topic: 'cluster' | 'events' | 'output' | 'load'; readonly clusterId: string };

/** The whole boundary as one side sees the other. */
export interface HostConnection {
  readonly api: HostApi;
  /** Calls `listener` with every push until the returned function is called. */
  subscribe<T extends HostTopic>(
    subscription: Subscription & { readonly topic: T },
    listener: (payload: HostEvents[T]) => void,
  ): () => void;
  /** The state of the connection to the host itself. */
  onState(listener: (state: 'connecting' | 'open' | 'closed') => void): () => void;
}
