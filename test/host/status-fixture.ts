import type { NodeStatusView, NodeView } from '../../main/contract/model.ts';
import { toNodeStatusView } from '../../main/host/node-status-view.ts';
import type { FollowerProgress, MemberStatus, NodeStatus } from '../../node-engine/node/status.ts';

/** Host clock of the fixtures. */
export const NOW_MS = 1_800_000_000_000;

export function memberOf(id: string, voter = true): MemberStatus {
  const address = `127.0.0.1:${String(23_000 + Number(id))}`;
  return { id, peerAddress: address, clientAddress: address, voter, promote: !voter };
}

export function progressOf(id: string, matchIndex = 10): FollowerProgress {
  return {
    id,
    state: 'replicate',
    matchIndex,
    nextIndex: matchIndex + 1,
    appendsInFlight: 0,
    lastContactMs: 20,
    roundTripMs: 1,
    snapshotSentBytes: null,
    snapshotSizeBytes: null,
    connected: true,
  };
}

/** The status of a healthy follower of node 1 in a cluster of three, changed as `change` says. */
export function statusOf(id: string, change: Partial<NodeStatus> = {}): NodeStatus {
  return {
    version: 1,
    timeMs: NOW_MS,
    sequence: 1,
    id,
    clusterId: 'a1b2',
    pid: 4000 + Number(id),
    startedAtMs: NOW_MS - 60_000,
    softwareVersion: '0.1.0',
    machine: 'kv',
    backend: 'leveldb',
    durability: 'high',
    consistency: 'high',
    redirect: 'moved',
    dialect: 'redis',
    clientAddress: memberOf(id).clientAddress,
    peerAddress: memberOf(id).peerAddress,
    directory: `/tmp/node-${id}`,
    health: 'ok',
    healthReason: null,
    role: 'follower',
    voter: true,
    term: 3,
    votedFor: '1',
    leaderId: '1',
    leaderClientAddress: memberOf('1').clientAddress,
    leaderContactMs: 40,
    stateAgeMs: 120,
    transferTarget: null,
    members: [memberOf('1'), memberOf('2'), memberOf('3')],
    membershipIndex: 3,
    membershipCommitted: true,
    firstIndex: 1,
    lastIndex: 10,
    lastTerm: 3,
    stableIndex: 10,
    commitIndex: 10,
    appliedIndex: 10,
    snapshotIndex: 0,
    snapshotTerm: 0,
    snapshots: [],
    snapshotInProgress: false,
    restore: null,
    logBytes: 1000,
    keys: 2,
    followers: [],
    clocks: [{ id: '2', offsetMs: 1.5, errorMs: 1.2, ageMs: 400 }],
    links: ['1', '2', '3']
      .filter((other) => other !== id)
      .map((other) => ({ id: other, connected: true, lastError: null })),
    electionTimeoutMinMs: 400,
    electionTimeoutMaxMs: 800,
    heartbeatIntervalMs: 80,
    faultsAllowed: true,
    faults: [],
    counters: {
      commands: 0,
      writes: 0,
      reads: 0,
      errors: 0,
      elections: 1,
      logWrites: 0,
      logWriteBytes: 0,
      snapshotsTaken: 0,
      snapshotsInstalled: 0,
      messagesSent: 0,
      messagesReceived: 0,
      connections: 1,
    },
    figures: {
      writesPerSecond: 0,
      readsPerSecond: 0,
      commitP50Ms: null,
      commitP99Ms: null,
      fsyncP50Ms: null,
      fsyncP99Ms: null,
      residentBytes: 50_000_000,
      heapBytes: 10_000_000,
      cpuPercent: 1,
    },
    ...change,
  };
}

/** The status of the leader of a cluster of `ids`. */
export function leaderStatusOf(
  id: string,
  ids: readonly string[],
  change: Partial<NodeStatus> = {},
): NodeStatus {
  return statusOf(id, {
    role: 'leader',
    leaderId: id,
    leaderContactMs: null,
    stateAgeMs: null,
    members: ids.map((member) => memberOf(member)),
    followers: ids.filter((other) => other !== id).map((other) => progressOf(other)),
    ...change,
  });
}

/** A running node that has just said `status`. */
export function nodeOf(status: NodeStatus, change: Partial<NodeView> = {}): NodeView {
  const view: NodeStatusView = toNodeStatusView(status);
  return {
    id: status.id,
    name: `node-${status.id}`,
    clientAddress: status.clientAddress,
    directory: status.directory,
    startCommand: 'raftdeck node',
    process: 'running',
    pid: status.pid,
    startedAtMs: status.startedAtMs,
    exitReason: null,
    exitedAtMs: null,
    connected: true,
    linkError: null,
    heardAtMs: NOW_MS - 100,
    status: view,
    removed: false,
    ...change,
  };
}
