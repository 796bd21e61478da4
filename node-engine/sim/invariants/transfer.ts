import type { RaftConfig } from '../../raft/config.ts';
import type { TimeoutNow } from '../../raft/message.ts';
import type { Ghost } from '../ghost.ts';
import type { NodeGhost, Watched } from '../node-ghost.ts';

/** TimeoutNow is on its way: to a voter that has the leader's whole log (S28). */
export function checkTimeoutNow(ghost: Ghost, node: NodeGhost, message: TimeoutNow): void {
  const target = ghost.nodes.get(message.to);
  const isVoter = node.log.membership.membership.members.some((member) => {
    return member.id === message.to && member.voter;
  });
  const { lastIndex } = node.log;
  const isCaughtUp =
    target !== undefined &&
    (target.isDamaged ||
      target.durableTerm > message.term ||
      ghost.holds(target.durable, lastIndex, node.log.termAt(lastIndex)));
  ghost.check('S28', isVoter && isCaughtUp, () => {
    return (
      `${node.id} hands over to ${message.to}, which is ${isVoter ? 'behind' : 'no voter'} ` +
      `(it has ${target?.durable.lastIndex ?? 0} of ${lastIndex})`
    );
  });
}

/** A proposal was taken in: not during a transfer (S28). */
export function checkProposalDuringTransfer(
  ghost: Ghost,
  node: NodeGhost,
  accepted: boolean,
): void {
  if (node.transferTarget === null) return;
  ghost.check('S28', !accepted, () => {
    return `${node.id} takes a proposal while it hands over to ${node.transferTarget ?? ''}`;
  });
}

/** After an input: a transfer ends within an election timeout (S28). */
export function checkTransferTime(ghost: Ghost, { node, core }: Watched, config: RaftConfig): void {
  const target = core.transferTarget();
  if (target !== node.transferTarget) {
    node.transferTarget = target;
    node.transferSinceMs = node.nowMs;
  }
  if (target === null) return;
  const forMs = node.nowMs - node.transferSinceMs;
  ghost.check('S28', forMs <= 2 * config.electionTimeoutMaxMs, () => {
    return `${node.id} has been handing over to ${target} for ${forMs} ms`;
  });
}
