import type { HostError, Result } from '../contract/errors.ts';
import type { ReturnedPeer } from '../contract/host-api.ts';
import {
  answers,
  catchesUp,
  becomesVoter,
  isUndecided,
  noLeader,
  sendToLeader,
  startStep,
} from './cluster-operations.ts';
import { DONE, failure } from './failure.ts';
import type { ManagedCluster } from './managed-cluster.ts';
import type { ManagedNode } from './managed-node.ts';
import { StepFailure, type Operation } from './operation.ts';
import { additionCommand, additionStep, BECOME_VOTER, CATCH_UP } from './peer-addition.ts';

/**
 * Takes a removed node back in, under its own id and with the data that it kept: its process is started
 * and the leader is told of it. It remembers its term and its vote, so that it cannot vote twice (Raft
 * dissertation §3.8); like a new peer it has no vote until it has caught up. One that was a non-voter for
 * good when it was removed is that again. Returns when the leader has answered.
 */
export function returnPeer(
  cluster: ManagedCluster,
  node: ManagedNode,
): Promise<Result<ReturnedPeer>> {
  if (!node.saved.removed) {
    const message = `${node.name} is a member of ${cluster.name}. Nothing was sent.`;
    return Promise.resolve(failure('E_STATE', message));
  }
  if (cluster.leader() === null) return Promise.resolve(noLeader(cluster));
  const nodeId = node.id;
  const getsVote = !node.saved.nonVoter;
  const step = additionStep(node.saved.nonVoter);
  const steps = [startStep(node), step, CATCH_UP, ...(getsVote ? [BECOME_VOTER] : [])];
  return cluster.operate({ kind: 'add-peer', nodeId, steps }, (operation) => {
    const accepted = takeBack(operation, cluster, node);
    const finished = accepted.then(async ({ ok }) => {
      if (!ok) return;
      if (!(await operation.run(CATCH_UP, (say) => catchesUp(cluster, node, say)))) return;
      if (getsVote) await operation.run(BECOME_VOTER, () => becomesVoter(cluster, node));
    });
    return { accepted, finished };
  });
}

async function takeBack(
  operation: Operation,
  cluster: ManagedCluster,
  node: ManagedNode,
): Promise<Result<ReturnedPeer>> {
  await node.markRemoved(false);
  // One that could not be stopped when it was removed is running still.
  const started = node.exists ? Promise.resolve(DONE) : node.start({ type: 'member' });
  if (!(await answers(operation, cluster, node, started))) {
    const result = await started;
    await leaveRemoved(node);
    return result.ok ? notUp(node) : result;
  }
  const command = additionCommand(node, node.saved.nonVoter);
  const sent = sendToLeader(cluster, command);
  await operation.run(additionStep(node.saved.nonVoter), async () => {
    const answer = await sent;
    if (answer !== null) throw new StepFailure(answer.message);
    return command.join(' ');
  });
  const refused = await sent;
  if (refused === null) return { ok: true, value: { getsVote: !node.saved.nonVoter } };
  // What may have been done is not undone: the node might be a member by now.
  if (!isUndecided(refused)) await leaveRemoved(node);
  return { ok: false, error: refused };
}

/** It is not a member after all: its process ends again, its data stays. */
async function leaveRemoved(node: ManagedNode): Promise<void> {
  if (node.exists) await node.end();
  await node.markRemoved(true);
}

function notUp(node: ManagedNode): { readonly ok: false; readonly error: HostError } {
  const { exitReason, linkError } = node.view();
  const reason = exitReason ?? linkError ?? 'it does not answer';
  return failure('E_SPAWN', `${node.name} did not come up: ${reason}. It is still removed.`);
}
