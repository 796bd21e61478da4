import type { Result } from '../../../main/contract/errors.ts';
import type {
  CreateClusterRequest,
  HostApi,
  HostCall,
  NodeRef,
  ReturnedPeer,
} from '../../../main/contract/host-api.ts';
import type { Settings } from '../../../main/contract/model.ts';
import { failed } from '../calls.ts';
import type { FakeHost } from './fake.ts';
import { answerCommand } from './fake-console.ts';
import { answerFaultCall } from './fake-faults.ts';
import { fakeOutput } from './fake-output.ts';
import { answerKeyCall } from './fake-key-calls.ts';
import { answerLoadCall } from './fake-load.ts';
import { answerRecordingCall } from './fake-recording.ts';
import {
  comeBack,
  createFakeCluster,
  createFakeNode,
  endProcess,
  type FakeCluster,
  type FakeNode,
} from './fake-cluster.ts';

const DONE: Result<null> = { ok: true, value: null };

/** What the scripted host answers; undefined for a call it does not know. */
export function answerCall(
  host: FakeHost,
  name: HostCall,
  request: unknown,
): Result<unknown> | undefined {
  const ofApp = answerAppCall(host, name, request);
  if (ofApp !== undefined) return ofApp;
  if (name === 'suggestPorts') {
    const busy = Math.max(7480, ...host.clusters.map((c) => c.basePort + c.nodes.length - 1));
    return { ok: true, value: { basePort: busy + 1 } };
  }
  if (name === 'quit') return DONE;
  if (name === 'closeRecording') {
    const { recordingId } = request as Parameters<HostApi['closeRecording']>[0];
    host.recordings = host.recordings.filter(({ id }) => id !== recordingId);
    return DONE;
  }
  if (name === 'createCluster') return create(host, request as CreateClusterRequest);
  const { clusterId, nodeId } = request as NodeRef;
  const node = host.clusters
    .find(({ id }) => id === clusterId)
    ?.nodes.find(({ id }) => id === nodeId);
  const cluster = host.clusters.find(({ id }) => id === clusterId);
  if (name === 'sendCommand' && cluster !== undefined) {
    return answerCommand(cluster, request as Parameters<HostApi['sendCommand']>[0]);
  }
  const broken =
    cluster === undefined
      ? undefined
      : (answerFaultCall(cluster, name, request, host.nowMs) ??
        answerLoadCall(cluster, name, request, host.nowMs));
  if (broken !== undefined) return broken;
  if (name === 'leaseProcess' && node !== undefined) {
    const { leaseMs } = request as Parameters<HostApi['leaseProcess']>[0];
    node.leaseEndsAtMs = host.nowMs + leaseMs;
    return DONE;
  }
  if (name === 'nodeOutput' && cluster !== undefined) {
    const lines = fakeOutput(cluster, null, host.nowMs);
    return { ok: true, value: lines.filter((one) => one.nodeId === nodeId) };
  }
  if (cluster !== undefined && name === 'replaceState') {
    const step = (what: string, detail: string | null, state: 'done' | 'running') => {
      return { name: what, state, detail, elapsedMs: 400 };
    };
    const steps = [
      step('Bring the snapshot to the leader', '21.1 MiB from node-2', 'done'),
      step('Keep the present state, then replace it', '8.4 of 21.1 MiB are in the log', 'running'),
    ];
    cluster.operation = { kind: 'replace', nodeId, steps, state: 'running' };
    return DONE;
  }
  if (cluster !== undefined && name === 'restoreToNewCluster') {
    return create(host, request as CreateClusterRequest);
  }
  const recorded =
    cluster === undefined ? undefined : answerRecordingCall(cluster, name, request, host.nowMs);
  const keyed = cluster === undefined ? undefined : answerKeyCall(cluster, name, request);
  return (
    recorded ??
    keyed ??
    changeCluster(host, name, clusterId, request) ??
    changeNode(host, name, node, cluster)
  );
}

/** What is asked of the app itself. */
function answerAppCall(
  host: FakeHost,
  name: HostCall,
  request: unknown,
): Result<unknown> | undefined {
  if (name === 'appInfo') return { ok: true, value: APP_INFO };
  if (name === 'secretFile') {
    return { ok: true, value: { path: `${APP_INFO.home}/local.secret`, readableBy: 'owner' } };
  }
  if (name === 'getSettings') return { ok: true, value: host.settings };
  if (name === 'setSettings') {
    host.settings = request as Settings;
    return { ok: true, value: host.settings };
  }
  if (name !== 'answerOutside') return undefined;
  host.outside = null;
  return DONE;
}

const APP_INFO = {
  version: '0.1.0',
  mode: 'web',
  modeReason: null,
  platform: 'linux',
  home: '/var/lib/raftdeck',
  processIsolation: 'process',
  takenUp: null,
} as const;

function create(host: FakeHost, request: CreateClusterRequest): Result<{ clusterId: string }> {
  const { basePort: first = 7481, nodes } = request;
  const taken = host.clusters.find(
    ({ basePort, nodes: others }) => first < basePort + others.length && basePort < first + nodes,
  );
  if (taken !== undefined) {
    const port = String(Math.max(first, taken.basePort));
    return failed('E_PORT', `Port ${port} is used by ${taken.name}. Nothing was started.`);
  }
  const id = `cluster-${String(host.clusters.length + 1)}`;
  const cluster = createFakeCluster({
    id,
    name: request.name ?? id,
    nodes: request.nodes,
    basePort: request.basePort ?? 7481,
    nowMs: host.nowMs,
  });
  // Where a script shows a creation, the one that is asked for goes the same way.
  const script = host.clusters.find(({ operation }) => operation?.kind === 'create');
  if (script !== undefined) Object.assign(cluster, { ...script, id, name: cluster.name });
  else Object.assign(cluster, { commitIndex: 1, term: 1, writesPerSecond: 0 });
  host.clusters.push(cluster);
  return { ok: true, value: { clusterId: id } };
}

function changeCluster(
  host: FakeHost,
  name: HostCall,
  clusterId: string,
  request: unknown,
): Result<unknown> | undefined {
  const cluster = host.clusters.find(({ id }) => id === clusterId);
  if (cluster === undefined) return failed('E_NOT_FOUND', `There is no cluster ${clusterId}.`);
  switch (name) {
    case 'startCluster':
      for (const node of cluster.nodes) start(node, host.nowMs);
      cluster.electionAtMs = host.nowMs + 600;
      return DONE;
    case 'stopCluster':
      for (const node of cluster.nodes) endProcess(node, null, host.nowMs);
      return DONE;
    case 'renameCluster':
      cluster.name = (request as { readonly name: string }).name;
      return DONE;
    case 'deleteCluster':
      if ((request as { readonly confirmName: string }).confirmName !== cluster.name) {
        return failed('E_CONFIRM', 'The name does not match. Nothing was deleted.');
      }
      host.clusters.splice(host.clusters.indexOf(cluster), 1);
      return DONE;
    case 'addPeer': {
      const node = createFakeNode(String(cluster.nodes.length + 1), host.nowMs);
      Object.assign(node, { voter: false, promote: true, lag: 3_000, lagPerSecond: -600 });
      cluster.nodes.push(node);
      return { ok: true, value: { nodeId: node.id } };
    }
    case 'transferLeadership':
      cluster.leaderId = (request as { readonly nodeId: string | null }).nodeId;
      cluster.term += 1;
      return DONE;
    default:
      return undefined;
  }
}

function start(node: FakeNode, nowMs: number): void {
  Object.assign(node, {
    process: 'running',
    startedAtMs: nowMs,
    exitReason: null,
    exitedAtMs: null,
  });
}

function changeNode(
  host: FakeHost,
  name: HostCall,
  node: FakeNode | undefined,
  cluster: FakeCluster | undefined,
): Result<unknown> | undefined {
  if (node === undefined || cluster === undefined)
    return failed('E_NOT_FOUND', 'There is no such node.');
  switch (name) {
    case 'startNode':
    case 'restartNode':
      comeBack(node, host.nowMs);
      return DONE;
    case 'stopNode':
      endProcess(node, null, host.nowMs);
      return DONE;
    case 'killNode':
      endProcess(node, 'SIGKILL', host.nowMs);
      return DONE;
    case 'freezeNode':
      Object.assign(node, { process: 'frozen', silentSinceMs: host.nowMs });
      return DONE;
    case 'resumeNode':
      comeBack(node, host.nowMs);
      return DONE;
    case 'removePeer':
      node.removed = true;
      endProcess(node, null, host.nowMs);
      return DONE;
    case 'returnPeer':
      return returnPeer(host, node);
    case 'rebuildPeer':
      return rebuildPeer(host, cluster, node);
    case 'takeSnapshot':
      return takeSnapshot(cluster, node, host.nowMs);
    case 'shrinkLog':
      return DONE;
    default:
      return undefined;
  }
}

function returnPeer(host: FakeHost, node: FakeNode): Result<ReturnedPeer> {
  if (!node.removed) return failed('E_STATE', 'It is a member already. Nothing was sent.');
  comeBack(node, host.nowMs);
  const getsVote = node.voter || node.promote;
  Object.assign(node, { removed: false, voter: false, promote: getsVote });
  Object.assign(node, { lag: 3_000, lagPerSecond: -600 });
  return { ok: true, value: { getsVote } };
}

/** The new one is there at once, and the old one gone: nobody waits for it here. */
function rebuildPeer(
  host: FakeHost,
  cluster: FakeCluster,
  node: FakeNode,
): Result<{ readonly nodeId: string }> {
  if (cluster.leaderId === null) return failed('E_STATE', 'There is no leader. Nothing was sent.');
  const fresh = createFakeNode(String(cluster.nodes.length + 1), host.nowMs);
  Object.assign(fresh, { voter: false, promote: true, lag: 3_000, lagPerSecond: -600 });
  cluster.nodes.push(fresh);
  node.removed = true;
  endProcess(node, null, host.nowMs);
  return { ok: true, value: { nodeId: fresh.id } };
}

function takeSnapshot(cluster: FakeCluster, node: FakeNode, nowMs: number): Result<null> {
  const { commitIndex: index, term } = cluster;
  const made = { index, term, sizeBytes: index * 146, madeAtMs: nowMs, nodeIds: [node.id] };
  cluster.snapshots = [made, ...cluster.snapshots];
  return DONE;
}
