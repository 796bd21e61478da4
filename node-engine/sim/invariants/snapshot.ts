import type { SnapshotDraft } from '../../snapshot/snapshot-store.ts';
import type { Ghost } from '../ghost.ts';
import type { NodeGhost } from '../node-ghost.ts';
import { membershipKey } from './membership.ts';

/** A server begins a snapshot: its index, term and membership are those of the log (S16). */
export function checkDraft(ghost: Ghost, node: NodeGhost, draft: SnapshotDraft): void {
  const { lastIncludedIndex: index, lastIncludedTerm: term } = draft;
  ghost.check('S16', index <= node.appliedIndex, () => {
    return `${node.id} makes a snapshot of ${index}, it has applied ${node.appliedIndex}`;
  });
  ghost.check('S16', ghost.committedTermAt(index) === term, () => {
    return `${node.id} makes a snapshot of ${index} with term ${term}`;
  });
  const expected = node.log.membershipAt(index);
  const isRight =
    draft.membershipIndex === expected.index &&
    membershipKey(draft.membership) === membershipKey(expected.membership);
  ghost.check('S16', isRight, () => {
    return (
      `${node.id} makes a snapshot of ${index} with membership ${membershipKey(draft.membership)} ` +
      `of ${draft.membershipIndex}; the log says ${membershipKey(expected.membership)} of ` +
      `${expected.index}`
    );
  });
}
