import type { LogIndex, Member, Membership, NodeId, Term } from '../../raft/types.ts';
import type { CanonEntry, Ghost } from '../ghost.ts';
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

/**
 * A server became leader (S20): those who elected it and those who hold the newest membership that was
 * committed before its term have a server in common, and its own membership is at most one voter away
 * from that one. So no majority of the one can act without the other (dissertation §4.1).
 */
export function checkElectedOverlap(
  ghost: Ghost,
  { node, core }: Watched,
  electors: readonly NodeId[],
): void {
  const newest = newestCommittedBefore(ghost, core.term());
  if (newest === null || newest.membership === null) return;
  const { index, term, membership } = newest;
  const holders = electors.filter((id) => {
    const elector = ghost.nodes.get(id);
    return elector !== undefined && ghost.holds(elector.durable, index, term);
  });
  const what = `membership ${membershipKey(membership)} is committed at ${index}`;
  ghost.check('S20', holders.length > 0, () => {
    return `${node.id} leads term ${core.term()} by the votes of ${electors.join(' ')}; ${what} and none of them has it`;
  });
  const own = core.membership();
  ghost.check('S20', countVoterDifferences(membership, own) <= 1, () => {
    return `${node.id} leads term ${core.term()} with membership ${membershipKey(own)}; ${what}`;
  });
}

/** The newest membership that a leader of an earlier term committed, if it is not the founders'. */
function newestCommittedBefore(ghost: Ghost, term: Term): CanonEntry | null {
  for (let place = ghost.committedMemberships.length - 1; place > 0; place -= 1) {
    const committed = ghost.committed[ghost.committedMemberships[place] ?? 0];
    // A candidate of an earlier term may be elected late, and knows nothing of what came after.
    if (committed !== undefined && committed.inTerm < term) return committed.entry;
  }
  return null;
}

/** Servers that have a vote in one of two memberships only. */
export function countVoterDifferences(before: Membership, after: Membership): number {
  const voters = ({ members }: Membership): readonly NodeId[] =>
    members.filter(({ voter }) => voter).map(({ id }) => id);
  const [old, young] = [voters(before), voters(after)];
  const gone = old.filter((id) => !young.includes(id));
  return gone.length + young.filter((id) => !old.includes(id)).length;
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
