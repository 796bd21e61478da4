import type { LogIndex, Member, Membership } from '../../raft/types.ts';
import type { Ghost } from '../ghost.ts';
import type { Watched } from '../node-ghost.ts';

const keys = new WeakMap<Membership, string>();

/** A text that is equal for equal memberships: `1v 2v 3n 4p`. */
export function membershipKey(membership: Membership): string {
  let key = keys.get(membership);
  if (key === undefined) {
    key = membership.members.map((member) => `${member.id}${standing(member)}`).join(' ');
    keys.set(membership, key);
  }
  return key;
}

function standing(member: Member): string {
  if (member.voter) return 'v';
  return member.promote ? 'p' : 'n';
}

/** After a Ready: the membership in force is the newest of the log (S18). */
export function checkMembershipInForce(ghost: Ghost, { node, core }: Watched): void {
  const inForce = core.membership();
  const newest = node.log.membership.membership;
  if (inForce === newest) {
    ghost.vacuity.S18 += 1;
    return;
  }
  ghost.check('S18', membershipKey(inForce) === membershipKey(newest), () => {
    return (
      `${node.id} acts on membership ${membershipKey(inForce)}, the newest in its log is ` +
      `${membershipKey(newest)} at ${node.log.membership.index}`
    );
  });
}

/** A leader appends a membership (S19, S20). `before` is what was in force until now. */
export function checkMembershipChange(
  ghost: Ghost,
  { node, core }: Watched,
  change: {
    readonly index: LogIndex;
    readonly membership: Membership;
    readonly before: Membership;
  },
): void {
  const { index, membership, before } = change;
  const isBootstrap = before.members.length === 0;
  if (!isBootstrap) {
    const commitIndex = core.commitIndex();
    const previous = Math.max(node.newestMembershipIndex, node.log.membership.index);
    ghost.check('S19', previous <= commitIndex, () => {
      return `${node.id} changes membership at ${index} while the change at ${previous} is pending`;
    });
    ghost.check('S19', core.termAt(commitIndex) === core.term(), () => {
      return `${node.id} changes membership before it has committed an entry of its term`;
    });
    ghost.check('S20', countDifferences(before, membership) === 1, () => {
      return `${node.id} changes ${membershipKey(before)} to ${membershipKey(membership)} at once`;
    });
  }
  node.newestMembershipIndex = index;
}

/** Servers that were added, removed, promoted or demoted between two memberships. */
export function countDifferences(before: Membership, after: Membership): number {
  const old = new Map(before.members.map((member) => [member.id, member.voter]));
  let count = 0;
  for (const { id, voter } of after.members) {
    if (old.get(id) !== voter) count += 1;
    old.delete(id);
  }
  return count + old.size;
}
