import type { LogIndex, Membership, NodeId } from '../../raft/types.ts';
import type { Ghost } from '../ghost.ts';
import type { NodeGhost, Watched, WatchedRead } from '../node-ghost.ts';
import { membershipKey } from './membership.ts';

/** A read begins now: what it must see at least. */
export function beginRead(ghost: Ghost): WatchedRead {
  ghost.order += 1;
  return { order: ghost.order, floor: ghost.seenIndex };
}

/** A read is answered from a machine that has applied `appliedIndex` (S21). */
export function checkReadSees(
  ghost: Ghost,
  read: WatchedRead,
  at: { readonly node: NodeId; readonly index: LogIndex },
): void {
  ghost.check('S21', at.index >= read.floor, () => {
    return `a read on ${at.node} sees ${at.index}, before it began ${read.floor} was answered`;
  });
}

/** A read with a greatest age is answered from a machine that has applied `appliedIndex` (S23). */
export function checkAgedRead(
  ghost: Ghost,
  floor: LogIndex,
  at: { readonly node: NodeId; readonly index: LogIndex },
): void {
  ghost.check('S23', at.index >= floor, () => {
    return `a read on ${at.node} sees ${at.index}, older than it accepts: ${floor} was answered`;
  });
}

/** A leader released a read index (S22): it is confirmed, and by rounds sent after the read. */
export function checkReadIndex(
  ghost: Ghost,
  { node, core }: Watched,
  read: WatchedRead,
  readIndex: LogIndex,
): void {
  checkReadSees(ghost, read, { node: node.id, index: readIndex });
  const commitIndex = core.commitIndex();
  ghost.check('S22', core.termAt(commitIndex) === core.term(), () => {
    return `${node.id} releases a read before it has committed an entry of term ${core.term()}`;
  });
  // A read that was released before a change in the same turn is seen only after it.
  const isConfirmed =
    isQuorum(node, read, core.membership()) ||
    (node.membershipEvent === ghost.event && isQuorum(node, read, node.membershipBefore));
  ghost.check('S22', isConfirmed, () => {
    const rounds = [...node.roundAnswered].map(([id, round]) => `${id}: ${round}`).join(', ');
    return (
      `${node.id} releases a read that no quorum of ${membershipKey(core.membership())} has ` +
      `confirmed since; rounds answered are ${rounds}`
    );
  });
}

/** Whether a quorum has answered a round that was first sent after the read began. */
function isQuorum(node: NodeGhost, read: WatchedRead, { members }: Membership): boolean {
  const voters = members.filter((member) => member.voter);
  const confirmed = voters.filter(({ id }) => {
    if (id === node.id) return true;
    const round = node.roundAnswered.get(id);
    return round !== undefined && (node.roundSent.get(round) ?? -1) > read.order;
  });
  return confirmed.length * 2 > voters.length;
}
