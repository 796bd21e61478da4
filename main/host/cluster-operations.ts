import { rm } from 'node:fs/promises';

import type { HostError, Result } from '../contract/errors.ts';
import { refusalOf } from './command-sender.ts';
import { DONE, failure } from './failure.ts';
import { findPortBlock } from './free-ports.ts';
import type { ManagedCluster } from './managed-cluster.ts';
import type { ManagedNode } from './managed-node.ts';
import type { LaunchRole } from './node-launch.ts';
import { StepFailure, type Operation } from './operation.ts';
import { additionCommand, additionStep, BECOME_VOTER, CATCH_UP } from './peer-addition.ts';

/** A node that does not answer after this long has a problem that its output explains. */
const ANSWER_TIMEOUT_MS = 30_000;
const ELECTION_TIMEOUT_MS = 30_000;
const CATCH_UP_TIMEOUT_MS = 10 * 60_000;
/** Longer than the leader takes to dial a peer (5 s) and to commit a membership. */
const MEMBERSHIP_TIMEOUT_MS = 15_000;

/** Brings up a cluster that has just been saved. Returns when its processes exist. */
export function createNodes(cluster: ManagedCluster, ports: string): Promise<Result<null>> {
  const nodes = cluster.members();
  const [first] = nodes;
  if (first === undefined) throw new Error('a cluster has at least one node');
  const join: LaunchRole = { type: 'join', address: first.address };
  const steps = ['Choose ports', ...nodes.map(startStep), 'Elect a leader', 'Add the voters'];
  return cluster.operate({ kind: 'create', nodeId: null, steps }, (operation) => {
    const started = nodes.map((node) => node.start(node === first ? { type: 'first' } : join));
    const accepted = firstFailure(started);
    const chosen = operation.run('Choose ports', async () => ports);
    const up = nodes.map((node, offset) => answers(operation, cluster, node, started[offset]));
    const led = Promise.all([accepted, up[0]]).then(async ([, isUp]) => {
      if (isUp !== true) return;
      if (!(await operation.run('Elect a leader', () => leads(cluster, [first])))) return;
      await operation.run('Add the voters', (say) => votersAre(cluster, nodes.length, say));
    });
    return { accepted, finished: Promise.all([chosen, ...up, led]) };
  });
}

/** Starts every node that is not running. Returns when the processes exist. */
export async function startNodes(cluster: ManagedCluster): Promise<Result<null>> {
  const nodes = cluster.members().filter((node) => !node.exists);
  if (nodes.length === 0) return failure('E_STATE', `Every node of ${cluster.name} runs already.`);
  const steps = [...nodes.map(startStep), 'Elect a leader'];
  const begun = await cluster.operate({ kind: 'start', nodeId: null, steps }, (operation) => {
    const started = nodes.map((node) => node.start(cluster.roleOf(node)));
    const accepted = firstFailure(started);
    const work = [
      ...nodes.map((node, offset) => answers(operation, cluster, node, started[offset])),
      accepted.then(() => operation.run('Elect a leader', () => leads(cluster, nodes))),
    ];
    return { accepted, finished: Promise.all(work) };
  });
  if (begun.ok) await cluster.change({ lastUsedMs: Date.now() });
  return begun;
}

/**
 * Stops every node; returns when all have ended. A node that somebody starts or restarts meanwhile would
 * be left behind: until then none is started.
 */
export async function stopNodes(cluster: ManagedCluster): Promise<Result<null>> {
  cluster.forbidStarts();
  try {
    await cluster.abortOperation();
    const nodes = cluster.nodes();
    await Promise.all(nodes.map((node) => node.startsEnded()));
    return await firstFailure(nodes.filter((node) => node.exists).map((node) => node.stop()));
  } finally {
    cluster.allowStarts();
  }
}

/**
 * Ends all nodes; one that does not end by itself is killed, for its data is not wanted or is safe. None
 * is started any more.
 */
export async function stopForGood(cluster: ManagedCluster): Promise<void> {
  cluster.forbidStarts();
  await cluster.abortOperation();
  await Promise.all(cluster.nodes().map((node) => node.end()));
}

/** Starts the next node and has the leader take it in. Returns when the leader has answered. */
export async function addPeer(
  cluster: ManagedCluster,
  reserved: ReadonlySet<number>,
): Promise<Result<{ readonly nodeId: string }>> {
  if (cluster.leader() === null) return noLeader(cluster);
  const nodeId = String(cluster.saved.nextNumber);
  const steps = [startStepOf(nodeId), additionStep(false), CATCH_UP, BECOME_VOTER];
  return cluster.operate({ kind: 'add-peer', nodeId, steps }, (operation) => {
    const accepted = takeIn(operation, { cluster, reserved, nonVoter: false });
    const finished = accepted.then(async (result) => {
      const node = result.ok ? cluster.node(result.value.nodeId) : undefined;
      if (node === undefined) return;
      if (!(await operation.run(CATCH_UP, (say) => catchesUp(cluster, node, say)))) return;
      await operation.run(BECOME_VOTER, () => becomesVoter(cluster, node));
    });
    return { accepted, finished };
  });
}

/** Has the leader remove a node, waits until that is committed, then stops its process. */
export async function removePeer(
  cluster: ManagedCluster,
  node: ManagedNode,
): Promise<Result<null>> {
  const leader = cluster.leader();
  if (leader === null) return noLeader(cluster);
  const members = leader.status?.members ?? [];
  const member = members.find((candidate) => candidate.id === node.id);
  if (member === undefined) {
    return failure('E_STATE', `${node.name} is not a member of ${cluster.name}. Nothing was sent.`);
  }
  if (member.voter && members.filter((candidate) => candidate.voter).length === 1) {
    const message = `${node.name} is the last voter, and a cluster needs at least one. Nothing was sent. Delete the cluster instead.`;
    return failure('E_STATE', message);
  }
  const isGone = (): boolean => {
    const status = cluster.leader()?.status;
    if (status === undefined || status === null || !status.membershipCommitted) return false;
    return !status.members.some((candidate) => candidate.id === node.id);
  };
  const command = ['RAFTREMOVEPEER', member.peerAddress];
  const refused = await sendToLeader(cluster, command);
  // Only when nobody knows whether it was done does the membership itself decide.
  if (refused !== null && !isUndecided(refused)) return { ok: false, error: refused };
  try {
    await cluster.waitFor(isGone, MEMBERSHIP_TIMEOUT_MS, () => 'The removal is not committed yet.');
  } catch (error) {
    if (refused !== null) return { ok: false, error: refused };
    const words = error instanceof Error ? error.message : '';
    const message = `The leader accepted the removal of ${node.name}, but no leader confirms it yet. ${words} ${node.name} was left running.`;
    return failure('E_UNKNOWN_OUTCOME', message);
  }
  await node.markRemoved(true, !member.voter && !member.promote);
  return node.exists ? node.stop() : DONE;
}

/** Has the leader hand over; to the voter furthest ahead when `nodeId` is null. */
export async function transferLeadership(
  cluster: ManagedCluster,
  nodeId: string | null,
): Promise<Result<null>> {
  const leader = cluster.leader();
  if (leader === null) return noLeader(cluster);
  if (leader.id === nodeId) {
    return failure('E_STATE', `${leader.name} leads already. Nothing was sent.`);
  }
  const to = nodeId === null ? [] : [nodeId];
  const refused = await sendToLeader(cluster, ['RAFT', 'SERVER', 'TRANSFER', ...to]);
  return refused === null ? DONE : { ok: false, error: refused };
}

/** Sends an administrative command to one node; done when it answers with anything but an error. */
export async function commandNode(
  cluster: ManagedCluster,
  node: ManagedNode,
  args: readonly string[],
): Promise<Result<null>> {
  const options = { timeoutMs: MEMBERSHIP_TIMEOUT_MS, followRedirects: false };
  const answered = await cluster.send(node, args, options);
  if (!answered.ok) return answered;
  const refused = refusalOf(answered.value.reply);
  return refused === null ? DONE : { ok: false, error: refused };
}

/** Sends a command to whoever leads; returns why it was not done, or null. */
export async function sendToLeader(
  cluster: ManagedCluster,
  args: readonly string[],
): Promise<HostError | null> {
  const deadlineMs = Date.now() + MEMBERSHIP_TIMEOUT_MS;
  for (;;) {
    const leader = cluster.leader();
    if (leader === null) return noLeader(cluster).error;
    const options = { timeoutMs: MEMBERSHIP_TIMEOUT_MS, followRedirects: true };
    const answered = await cluster.send(leader, args, options);
    if (!answered.ok) return answered.error;
    const refused = refusalOf(answered.value.reply);
    if (refused === null) return null;
    // These say that nothing was proposed: a leader that hands over answers so, and the next one can
    // be asked as soon as it is known.
    const notDone = /^(?:MOVED|TRY|CLUSTERDOWN) /.test(refused.message);
    if (!notDone || Date.now() >= deadlineMs) return refused;
    const before = leader.status?.term ?? 0;
    const isOther = (): boolean => (cluster.leader()?.status?.term ?? 0) > before;
    try {
      await cluster.waitFor(isOther, deadlineMs - Date.now(), () => refused.message);
    } catch {
      // No other leader in time: the refusal stands.
      return refused;
    }
  }
}

/** The error of a command that needs a leader when none is known. */
export function noLeader(cluster: ManagedCluster): {
  readonly ok: false;
  readonly error: HostError;
} {
  const { sentence } = cluster.health();
  return failure(
    'E_STATE',
    `Nothing was sent: no leader of ${cluster.name} is known. ${sentence}. Start the nodes that are missing.`,
  );
}

/** The error of a call about a node that the cluster does not have. */
export function noSuchNode(cluster: ManagedCluster, nodeId: string): Result<never> {
  return failure('E_NOT_FOUND', `There is no node ${nodeId} in ${cluster.name}.`);
}

/** The step of a node's start. */
export function startStep(node: ManagedNode): string {
  return startStepOf(node.id);
}

/** The same for a node that is still to be made. */
export function startStepOf(nodeId: string): string {
  return `Start node-${nodeId}`;
}

/** Whether nobody knows if it was done. */
export function isUndecided(error: HostError): boolean {
  return error.code === 'E_UNKNOWN_OUTCOME' || error.code === 'E_TIMEOUT';
}

/** The first of these that failed; DONE when none did. */
export async function firstFailure(
  results: readonly Promise<Result<null>>[],
): Promise<Result<null>> {
  const settled = await Promise.all(results);
  return settled.find((result) => !result.ok) ?? DONE;
}

/** Does the step of a node's start: its process exists and its port answers. */
export function answers(
  operation: Operation,
  cluster: ManagedCluster,
  node: ManagedNode,
  started: Promise<Result<null>> | undefined,
): Promise<boolean> {
  return operation.run(startStep(node), async () => {
    const result = await started;
    if (result?.ok === false) throw new StepFailure(result.error.message);
    const settled = (): boolean => node.connected || !node.exists;
    await cluster.waitFor(settled, ANSWER_TIMEOUT_MS, () => {
      const { linkError } = node.view();
      return `${node.address} has not answered for ${ANSWER_TIMEOUT_MS / 1000} s${linkError === null ? '' : `: ${linkError}`}. Look at the output of ${node.name}.`;
    });
    if (node.connected) return `${node.address}, PID ${node.view().pid ?? 0}`;
    throw new StepFailure(`${node.name} has ended: ${node.view().exitReason ?? 'no reason known'}`);
  });
}

/** Waits for a leader; gives up when all of those that could bring one about have ended. */
export async function leads(
  cluster: ManagedCluster,
  needed: readonly ManagedNode[],
): Promise<string> {
  const hopeless = (): boolean => needed.every((node) => !node.exists);
  await cluster.waitFor(
    () => cluster.leader() !== null || hopeless(),
    ELECTION_TIMEOUT_MS,
    () => `No leader in ${ELECTION_TIMEOUT_MS / 1000} s. ${cluster.health().sentence}.`,
  );
  const leader = cluster.leader();
  if (leader !== null) return `${leader.name} leads term ${leader.status?.term ?? 0}`;
  const names = needed.map(({ name }) => name).join(', ');
  throw new StepFailure(`${names} ${needed.length === 1 ? 'is' : 'are'} not running.`);
}

/** Waits until all have joined and have a vote. */
export async function votersAre(
  cluster: ManagedCluster,
  count: number,
  progress: (detail: string) => void,
): Promise<string> {
  let shown = -1;
  const settled = (): boolean => {
    const members = cluster.leader()?.status?.members ?? [];
    const voters = members.filter((member) => member.voter).length;
    if (voters !== shown && voters < count) {
      shown = voters;
      progress(`${voters} of ${count}`);
    }
    return voters >= count || cluster.members().some((node) => !node.exists);
  };
  await cluster.waitFor(settled, ELECTION_TIMEOUT_MS, () => {
    return `Only ${Math.max(0, shown)} of ${count} became voters. Look at the output of the others.`;
  });
  const ended = cluster.members().filter((node) => !node.exists);
  if (ended.length === 0) return `${count} of ${count}`;
  throw new StepFailure(`${ended.map(({ name }) => name).join(', ')} ended before that.`);
}

/** Starts the next node, empty, and has the leader take it in; what was made is undone where it does not. */
export async function takeIn(
  operation: Operation,
  {
    cluster,
    reserved,
    nonVoter,
  }: {
    readonly cluster: ManagedCluster;
    readonly reserved: ReadonlySet<number>;
    /** It is not to get a vote by itself. */
    readonly nonVoter: boolean;
  },
): Promise<Result<{ readonly nodeId: string }>> {
  const { basePort, nextNumber } = cluster.saved;
  const port = await findPortBlock(1, basePort + nextNumber - 1, reserved);
  if (!port.ok) return port;
  const node = await cluster.addNode(port.value);
  const started = node.start({ type: 'wait' });
  if (!(await answers(operation, cluster, node, started))) {
    const result = await started;
    const error = result.ok ? notUp(node) : result.error;
    await discard(cluster, node);
    return { ok: false, error };
  }
  const command = additionCommand(node, nonVoter);
  const sent = sendToLeader(cluster, command);
  await operation.run(additionStep(nonVoter), async () => {
    const answer = await sent;
    if (answer !== null) throw new StepFailure(answer.message);
    return command.join(' ');
  });
  const refused = await sent;
  if (refused === null) return { ok: true, value: { nodeId: node.id } };
  // What may have been done is not undone: the node might be a member by now.
  if (!isUndecided(refused)) await discard(cluster, node);
  return { ok: false, error: refused };
}

function notUp(node: ManagedNode): HostError {
  const { exitReason, linkError } = node.view();
  const reason = exitReason ?? linkError ?? 'it does not answer';
  return failure('E_SPAWN', `${node.name} did not come up: ${reason}. The cluster is as it was.`)
    .error;
}

/** Undoes what was made for a node that the cluster did not take in; it never held anything. */
async function discard(cluster: ManagedCluster, node: ManagedNode): Promise<void> {
  if (node.exists) await node.kill();
  await cluster.forgetNode(node);
  if (!node.saved.joined) await rm(node.saved.directory, { recursive: true, force: true });
}

/** Waits until a node has all that the leader has, or its vote. */
export async function catchesUp(
  cluster: ManagedCluster,
  node: ManagedNode,
  progress: (detail: string) => void,
): Promise<string> {
  let lastPercent = -1;
  const settled = (): boolean => {
    if (!node.exists) return true;
    const status = cluster.leader()?.status;
    const follower = status?.followers.find((candidate) => candidate.id === node.id);
    const isVoter = status?.members.some((member) => member.id === node.id && member.voter);
    if (isVoter === true) return true;
    if (status === undefined || status === null || follower === undefined) return false;
    const percent = Math.floor((100 * follower.matchIndex) / Math.max(1, status.lastIndex));
    if (percent !== lastPercent) {
      lastPercent = percent;
      progress(`${percent} % · ${follower.matchIndex} of ${status.lastIndex}`);
    }
    return follower.matchIndex >= status.lastIndex;
  };
  await cluster.waitFor(settled, CATCH_UP_TIMEOUT_MS, () => {
    return `${node.name} has not caught up in ${CATCH_UP_TIMEOUT_MS / 60_000} minutes. It goes on trying.`;
  });
  if (!node.exists) throw new StepFailure(`${node.name} has ended before it caught up.`);
  return '100 %';
}

/** Waits until the leader has given a node its vote. */
export async function becomesVoter(cluster: ManagedCluster, node: ManagedNode): Promise<string> {
  const settled = (): boolean => {
    const members = cluster.leader()?.status?.members ?? [];
    return members.some((member) => member.id === node.id && member.voter) || !node.exists;
  };
  await cluster.waitFor(settled, ELECTION_TIMEOUT_MS, () => {
    return `${node.name} has caught up, but the leader has not made it a voter yet.`;
  });
  const { voters, quorum } = cluster.health();
  if (!node.exists) throw new StepFailure(`${node.name} has ended before it became a voter.`);
  return `${voters} voters, ${quorum} are a quorum`;
}
