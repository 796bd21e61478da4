import type { Result } from '../contract/errors.ts';
import type { MemberView } from '../contract/model.ts';
import {
  becomesVoter,
  catchesUp,
  noLeader,
  removePeer,
  startStepOf,
  takeIn,
} from './cluster-operations.ts';
import { failure } from './failure.ts';
import type { ManagedCluster } from './managed-cluster.ts';
import type { ManagedNode } from './managed-node.ts';
import { type Operation, StepFailure } from './operation.ts';
import { additionStep, BECOME_VOTER, CATCH_UP } from './peer-addition.ts';

/** Longer than a change of leader takes, with which the commit might have to wait. */
const COMMIT_TIMEOUT_MS = 15_000;

/** The member whose place is taken, and what takes it. */
interface Rebuild {
  readonly cluster: ManagedCluster;
  readonly old: ManagedNode;
  /** It was not to get a vote: nor is what comes in its place. */
  readonly nonVoter: boolean;
  /** Ports that other nodes will want back. */
  readonly reserved: ReadonlySet<number>;
}

/**
 * Gives the place of a member that cannot use what it stored to a new node, which gets everything from the
 * leader. It comes under an id of its own: whoever has lost its term and vote must not vote again under
 * the old one (Raft dissertation §3.8). The old node is removed last, so that a rebuild which fails half
 * way takes no vote from the cluster, and its folder stays as it is. Returns when the leader has taken the
 * new node in.
 */
export async function rebuildPeer(
  cluster: ManagedCluster,
  old: ManagedNode,
  reserved: ReadonlySet<number>,
): Promise<Result<{ readonly nodeId: string }>> {
  const leader = cluster.leader();
  if (leader === null) return noLeader(cluster);
  if (leader === old) {
    const message = `${old.name} leads: the others have everything from it. Nothing was sent.`;
    return failure('E_STATE', message);
  }
  const member = leader.status?.members.find(({ id }) => id === old.id);
  if (member === undefined) {
    return failure('E_STATE', `${old.name} is not a member of ${cluster.name}. Nothing was sent.`);
  }
  const nonVoter = isNonVoter(member);
  const nodeId = String(cluster.saved.nextNumber);
  const steps = [
    startStepOf(nodeId),
    additionStep(nonVoter),
    CATCH_UP,
    ...(nonVoter ? [] : [BECOME_VOTER]),
    removeStep(old),
  ];
  return cluster.operate({ kind: 'add-peer', nodeId, steps }, (operation) => {
    const rebuild = { cluster, old, nonVoter, reserved };
    const accepted = takeIn(operation, rebuild);
    const finished = accepted.then((result) =>
      result.ok ? takePlace(operation, rebuild, result.value.nodeId) : undefined,
    );
    return { accepted, finished };
  });
}

/** Once the new node has all that it needs, the old one goes; not before. */
async function takePlace(
  operation: Operation,
  { cluster, old, nonVoter }: Rebuild,
  nodeId: string,
): Promise<void> {
  const node = cluster.node(nodeId);
  if (node === undefined) return;
  if (!(await operation.run(CATCH_UP, (say) => catchesUp(cluster, node, say)))) return;
  if (!nonVoter && !(await operation.run(BECOME_VOTER, () => becomesVoter(cluster, node)))) return;
  await operation.run(removeStep(old), async () => {
    // A new voter counts before its membership is committed, and one change at a time is accepted.
    await cluster.waitFor(
      () => cluster.leader()?.status?.membershipCommitted === true,
      COMMIT_TIMEOUT_MS,
      () => `${node.name} is a member, but that is not committed yet, so ${old.name} is still one.`,
    );
    const removed = await removePeer(cluster, old);
    if (!removed.ok) throw new StepFailure(removed.error.message);
    return `its folder is kept: ${old.saved.directory}`;
  });
}

function removeStep(node: ManagedNode): string {
  return `Remove ${node.name}`;
}

/** Whether it is to stay without a vote, and is not on its way to one. */
function isNonVoter({ voter, promote }: Pick<MemberView, 'voter' | 'promote'>): boolean {
  return !voter && !promote;
}
