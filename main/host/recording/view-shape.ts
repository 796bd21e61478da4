import type {
  ClusterHealth,
  ClusterView,
  FaultView,
  LinkView,
  MemberView,
  NodeStatusView,
  NodeView,
  OperationView,
  ProgressView,
  RestoreView,
  SnapshotView,
  StepView,
} from '../../contract/model.ts';
import { flag, id, list, number, object, oneOf, orNull, type Shape, text, time } from './shapes.ts';

/*
 * What a picture of a cluster must have. The host makes its own and asks nothing of them; these are for
 * pictures that come from a file.
 */

/** More nodes than a cluster can have had, with those that were removed. */
const NODES_MAX = 200;
const ITEMS_MAX = 1_000;
const words = text(8_192);
const orWords = orNull(words);
const orId = orNull(id);
const orNumber = orNull(number);
const orTime = orNull(time);

const member = object<MemberView>(
  { id, peerAddress: words, clientAddress: words, voter: flag, promote: flag },
  {},
);

const progress = object<ProgressView>(
  {
    id,
    state: oneOf('probe', 'replicate', 'snapshot'),
    matchIndex: number,
    nextIndex: number,
    appendsInFlight: number,
    lastContactMs: orNumber,
    roundTripMs: orNumber,
    snapshotSentBytes: orNumber,
    snapshotSizeBytes: orNumber,
    connected: flag,
  },
  {},
);

const link = object<LinkView>({ id, connected: flag, lastError: orWords }, {});

const fault = object<FaultView>(
  {
    id,
    kind: words,
    description: words,
    peerId: orId,
    direction: oneOf('in', 'out', 'none'),
    leaseMs: number,
    measured: words,
    seen: number,
    stopped: number,
    shifted: number,
    meanMs: orNumber,
    extremeMs: orNumber,
    bytesPerSecond: orNumber,
  },
  {},
);

const snapshot = object<SnapshotView>(
  { id: words, index: number, term: number, sizeBytes: number, madeAtMs: time },
  {},
);

const restore = object<RestoreView>(
  { name: words, step: oneOf('checking', 'copying'), bytes: number, sizeBytes: number },
  {},
);

const status = object<NodeStatusView>(
  {
    timeMs: time,
    health: oneOf('ok', 'waiting', 'loading', 'removed', 'damaged', 'storage-failed'),
    healthReason: orWords,
    role: oneOf('follower', 'pre-candidate', 'candidate', 'leader'),
    voter: flag,
    term: number,
    votedFor: orId,
    leaderId: orId,
    leaderContactMs: orNumber,
    transferTarget: orId,
    members: list(member, NODES_MAX),
    membershipIndex: number,
    membershipCommitted: flag,
    firstIndex: number,
    lastIndex: number,
    lastTerm: number,
    commitIndex: number,
    appliedIndex: number,
    snapshotIndex: number,
    snapshotTerm: number,
    snapshots: list(snapshot, ITEMS_MAX),
    snapshotInProgress: flag,
    restore: orNull(restore),
    logBytes: number,
    keys: number,
    followers: list(progress, NODES_MAX),
    links: list(link, NODES_MAX),
    electionTimeoutMinMs: number,
    electionTimeoutMaxMs: number,
    heartbeatIntervalMs: number,
    faults: list(fault, ITEMS_MAX),
    machine: words,
    backend: words,
    durability: words,
    consistency: words,
    writesPerSecond: number,
    readsPerSecond: number,
    commitP50Ms: orNumber,
    commitP99Ms: orNumber,
    fsyncP50Ms: orNumber,
    fsyncP99Ms: orNumber,
    residentBytes: number,
    cpuPercent: number,
  },
  {},
);

const node = object<NodeView>(
  {
    id,
    name: words,
    clientAddress: words,
    directory: words,
    startCommand: words,
    process: oneOf(
      ...(['stopped', 'starting', 'running', 'stopping', 'frozen', 'crashed', 'embedded'] as const),
    ),
    pid: orNumber,
    startedAtMs: orTime,
    exitReason: orWords,
    exitedAtMs: orTime,
    connected: flag,
    linkError: orWords,
    heardAtMs: orTime,
    status: orNull(status),
    removed: flag,
  },
  { leaseEndsAtMs: time },
);

const health = object<ClusterHealth>(
  {
    level: oneOf('healthy', 'degraded', 'no-leader', 'starting', 'stopped', 'unknown'),
    sentence: words,
    term: orNumber,
    leaderId: orId,
    leaderChangedAtMs: orTime,
    agreeing: number,
    answering: number,
    voters: number,
    votersUp: number,
    quorum: number,
    tolerance: number,
    worstLagEntries: orNumber,
    worstLagMs: orNumber,
    worstLagId: orId,
    commitIndex: orNumber,
  },
  {},
);

const step = object<StepView>(
  {
    name: words,
    state: oneOf('waiting', 'running', 'done', 'failed'),
    detail: orWords,
    elapsedMs: orNumber,
  },
  {},
);

const operation = object<OperationView>(
  {
    kind: oneOf('create', 'start', 'add-peer', 'restore', 'replace'),
    nodeId: orId,
    steps: list(step, ITEMS_MAX),
    state: oneOf('running', 'done', 'failed'),
  },
  {},
);

const view = object<ClusterView>(
  {
    id,
    name: words,
    createdAtMs: time,
    machine: words,
    directory: words,
    health,
    nodes: list(node, NODES_MAX),
    operation: orNull(operation),
    connectCommand: orWords,
    timeMs: time,
  },
  {},
);

/** Whether it can be shown as a picture of a cluster. */
export const isClusterView: Shape = view;
