/** What the renderer sees. Read-only, plain JSON, complete: a push replaces what was there. */

/** A Raft role; a non-voter is a follower without a vote. */
export type RoleView = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

/** What the operating system says about a node's process. */
export type ProcessState =
  | 'stopped'
  | 'starting'
  | 'running'
  | 'stopping'
  /** Sent SIGSTOP: it exists and does nothing. */
  | 'frozen'
  /** Ended without being asked; `exitReason` says how. */
  | 'crashed'
  /** Not a process of its own (embedded): it cannot be killed or frozen. */
  | 'embedded';

/** A member of the cluster, as the node that says so has it. */
export interface MemberView {
  readonly id: string;
  readonly peerAddress: string;
  readonly clientAddress: string;
  readonly voter: boolean;
  readonly promote: boolean;
}

/** How the leader sees one follower. */
export interface ProgressView {
  readonly id: string;
  readonly state: 'probe' | 'replicate' | 'snapshot';
  readonly matchIndex: number;
  readonly nextIndex: number;
  readonly appendsInFlight: number;
  readonly lastContactMs: number | null;
  readonly roundTripMs: number | null;
  readonly snapshotSentBytes: number | null;
  readonly snapshotSizeBytes: number | null;
  readonly connected: boolean;
}

/** The link on which a node sends to one peer, as that node has it. */
export interface LinkView {
  readonly id: string;
  readonly connected: boolean;
  /** Why the last attempt failed or the link was lost; null while it is up and before the first. */
  readonly lastError: string | null;
}

/** A fault in force, as its node reports it. */
export interface FaultView {
  readonly id: string;
  readonly kind: string;
  readonly description: string;
  /** The other end of the link that it is on; null for a fault of the node itself (disk, clock). */
  readonly peerId: string | null;
  /** Which way it works on that link, as seen from this node. */
  readonly direction: 'in' | 'out' | 'none';
  /** What was left of the lease when the node said so, milliseconds. */
  readonly leaseMs: number;
  /** The effect so far, in words: '118 of 118 messages lost'. Counted and measured by the node. */
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

/** A snapshot on a node's disk. */
export interface SnapshotView {
  readonly id: string;
  readonly index: number;
  readonly term: number;
  readonly sizeBytes: number;
  readonly madeAtMs: number;
}

/** A state on its way to replace a node's (RAFT SNAPSHOT RESTORE). */
export interface RestoreView {
  /** A snapshot's id, or a file's name in the leader's folder `import`. */
  readonly name: string;
  /** The leader reads the file; or its state is on its way through the log. */
  readonly step: 'checking' | 'copying';
  /** That have come to this node. */
  readonly bytes: number;
  /** 0 while it is not known. */
  readonly sizeBytes: number;
}

/** What a node last said of itself. Every field is that node's own word. */
export interface NodeStatusView {
  /** The node's clock when it said so, Unix ms. */
  readonly timeMs: number;
  readonly health: 'ok' | 'waiting' | 'loading' | 'removed' | 'damaged' | 'storage-failed';
  readonly healthReason: string | null;
  readonly role: RoleView;
  readonly voter: boolean;
  readonly term: number;
  readonly votedFor: string | null;
  readonly leaderId: string | null;
  readonly leaderContactMs: number | null;
  readonly transferTarget: string | null;
  readonly members: readonly MemberView[];
  readonly membershipIndex: number;
  readonly membershipCommitted: boolean;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly snapshotIndex: number;
  readonly snapshotTerm: number;
  readonly snapshots: readonly SnapshotView[];
  readonly snapshotInProgress: boolean;
  /** The state that is about to replace the node's; null when none is. */
  readonly restore: RestoreView | null;
  readonly logBytes: number;
  readonly keys: number;
  readonly followers: readonly ProgressView[];
  /** Its links to all peers, whether it leads or not. */
  readonly links: readonly LinkView[];
  readonly electionTimeoutMinMs: number;
  readonly electionTimeoutMaxMs: number;
  readonly heartbeatIntervalMs: number;
  readonly faults: readonly FaultView[];
  readonly machine: string;
  readonly backend: string;
  readonly durability: string;
  readonly consistency: string;
  readonly writesPerSecond: number;
  readonly readsPerSecond: number;
  readonly commitP50Ms: number | null;
  readonly commitP99Ms: number | null;
  readonly fsyncP50Ms: number | null;
  readonly fsyncP99Ms: number | null;
  readonly residentBytes: number;
  readonly cpuPercent: number;
}

/** One node: what the host knows of its process, and what it last said. */
export interface NodeView {
  readonly id: string;
  /** 'node-1' unless the user named it. */
  readonly name: string;
  readonly clientAddress: string;
  readonly directory: string;
  /** The command line that starts this node by hand, quoted for a POSIX shell. */
  readonly startCommand: string;
  readonly process: ProcessState;
  readonly pid: number | null;
  readonly startedAtMs: number | null;
  /** How the process ended: 'SIGKILL', 'exit code 1: …', or null. */
  readonly exitReason: string | null;
  /** When it ended, Unix ms, host clock. */
  readonly exitedAtMs: number | null;
  /** Whether the host's link to its port is open, and why not. */
  readonly connected: boolean;
  readonly linkError: string | null;
  /** Host clock when `status` arrived; the age of everything in it. Null when it never answered. */
  readonly heardAtMs: number | null;
  readonly status: NodeStatusView | null;
  /** No longer a member: the cluster committed its removal. Its data is kept in `directory`. */
  readonly removed: boolean;
  /** When the host resumes or starts it again, Unix ms; absent while nobody asked it to. */
  readonly leaseEndsAtMs?: number;
}

/** How a cluster is, in the words of the truth line. */
export type HealthLevel = 'healthy' | 'degraded' | 'no-leader' | 'starting' | 'stopped' | 'unknown';

/** The truth line, computed by the host from what every node says. */
export interface ClusterHealth {
  readonly level: HealthLevel;
  /** A sentence for people: 'Healthy: 3 of 3 voters, can lose 1'. */
  readonly sentence: string;
  readonly term: number | null;
  readonly leaderId: string | null;
  /** When this leader won its term, or when the last one was lost; Unix ms. Null when not seen. */
  readonly leaderChangedAtMs: number | null;
  /** How many nodes that answer name this leader, and how many answer. */
  readonly agreeing: number;
  readonly answering: number;
  readonly voters: number;
  readonly votersUp: number;
  readonly quorum: number;
  /** Voters that may still be lost before the cluster stops; negative when it has. */
  readonly tolerance: number;
  /** The follower that is furthest behind the leader, non-voters left out. */
  readonly worstLagEntries: number | null;
  readonly worstLagMs: number | null;
  readonly worstLagId: string | null;
  readonly commitIndex: number | null;
}

/** One step of creating, starting or restoring a cluster, or of adding a peer. */
export interface StepView {
  readonly name: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly detail: string | null;
  readonly elapsedMs: number | null;
}

/** A long operation under way or just ended. */
export interface OperationView {
  /** `restore` makes a new cluster of a snapshot; `replace` gives a running one that state. */
  readonly kind: 'create' | 'start' | 'add-peer' | 'restore' | 'replace';
  readonly nodeId: string | null;
  readonly steps: readonly StepView[];
  readonly state: 'running' | 'done' | 'failed';
}

/** A whole cluster. */
export interface ClusterView {
  readonly id: string;
  readonly name: string;
  readonly createdAtMs: number;
  readonly machine: string;
  readonly directory: string;
  readonly health: ClusterHealth;
  /** By id, numbers in numeric order. */
  readonly nodes: readonly NodeView[];
  readonly operation: OperationView | null;
  /** What to type: 'redis-cli -c -p 7481'. Null while nothing answers. */
  readonly connectCommand: string | null;
  /** Host clock when this was made, Unix ms. */
  readonly timeMs: number;
}

/** A row of the saved-clusters table. */
export interface ClusterSummary {
  readonly id: string;
  readonly name: string;
  readonly health: HealthLevel;
  readonly sentence: string;
  readonly leaderId: string | null;
  readonly term: number | null;
  readonly nodesUp: number;
  readonly nodes: number;
  readonly basePort: number;
  readonly connectCommand: string | null;
  readonly lastUsedMs: number;
}

/** Something that happened, as a node traced it or as the host saw it. */
export interface EventView {
  /** Grows by one per cluster; order of arrival at the host. */
  readonly sequence: number;
  readonly clusterId: string;
  readonly nodeId: string;
  /** The node's own number, or null for what the host saw (process started, exited, frozen). */
  readonly nodeSequence: number | null;
  /** Unix ms with fraction, the node's clock (the host's where nodeSequence is null). */
  readonly timeMs: number;
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A line a node's process printed. */
export interface OutputLine {
  readonly nodeId: string;
  readonly timeMs: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** What a RESP command answered, as data. */
export type RespView =
  | { readonly type: 'null' }
  | { readonly type: 'simple' | 'error' | 'bulk' | 'verbatim'; readonly text: string }
  /** A bulk string that is not UTF-8; base64. */
  | { readonly type: 'bytes'; readonly base64: string }
  | { readonly type: 'integer'; readonly text: string }
  | { readonly type: 'double'; readonly text: string }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'array' | 'set' | 'push'; readonly items: readonly RespView[] }
  | { readonly type: 'map'; readonly entries: readonly (readonly [RespView, RespView])[] };

/** A command's answer and its circumstances. */
export interface CommandOutcome {
  readonly reply: RespView;
  /** Who answered in the end. */
  readonly nodeId: string;
  /** The redirects followed on the way: what each node answered. */
  readonly redirects: readonly { readonly nodeId: string; readonly text: string }[];
  readonly elapsedMs: number;
  /** True when the reply was cut to fit. */
  readonly truncated: boolean;
}

/** User settings, kept by the host so that they outlive a port and a window. */
export interface Settings {
  /** `contrast` is high contrast, light or dark as the system is. */
  readonly theme: 'system' | 'light' | 'dark' | 'contrast';
  readonly motion: 'system' | 'full' | 'calm' | 'none';
  /** What happens to running nodes when the window is closed for good. */
  readonly quit: 'ask' | 'keep' | 'stop';
  /** Whether a notification says that a leader or a node was lost, or is back. */
  readonly notify: boolean;
  /** Whether the icon in the tray is there while the window is shown too. */
  readonly tray: boolean;
  /** How much of the past is kept of each cluster, MiB before compression. */
  readonly recordingMiB: number;
  /** Keys that the user has put elsewhere: shortcut to chord, such as `kill` to `X`. */
  readonly keys: Readonly<Record<string, string>>;
}

/** What the app is and where it runs. */
export interface AppInfo {
  readonly version: string;
  readonly mode: 'electron' | 'web';
  /** Why this is web mode, when Electron was wanted. */
  readonly modeReason: string | null;
  readonly platform: string;
  readonly home: string;
  readonly processIsolation: 'process' | 'embedded';
  /** What was left of the last session when this host began; told once, to the first that asks. */
  readonly takenUp: TakenUp | null;
}

/** Nodes of the last session that a host took up when it began. */
export interface TakenUp {
  /** How many had gone on running. */
  readonly found: number;
  /** How many were started again, because they end with their host and nobody had stopped them. */
  readonly restarted: number;
  /** How long nothing was recorded of them, ms; null when nothing ever was. */
  readonly unwatchedMs: number | null;
}

/** The file with the secret by which this user's nodes know each other. The app keeps no other secret. */
export interface SecretFile {
  readonly path: string;
  /** `nobody` while there is no such file; `unknown` where the system has no permissions of this kind. */
  readonly readableBy: 'owner' | 'others' | 'nobody' | 'unknown';
}
