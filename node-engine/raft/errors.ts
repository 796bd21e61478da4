import type { NodeId } from './types.ts';

/**
 * Why the core refused an input. A refusal always means: nothing was appended, nothing was changed.
 *
 * - `not-leader`: `leaderId` is whom to ask, or null when unknown.
 * - `transfer-in-progress`: leadership is being handed over (dissertation §3.10).
 * - `too-many-uncommitted`: `uncommittedBytesMax` is reached.
 * - `change-in-progress`: a membership entry is not yet committed (dissertation §4.1).
 * - `term-not-committed`: no entry of this term is committed yet, so membership may not change
 *   (Ongaro 2015) and reads must wait.
 * - `unknown-member`, `known-member`, `duplicate-address`: about the member named.
 * - `not-caught-up`: a voter without the log would only be in the way (dissertation §4.2.1).
 * - `last-voter`: the cluster needs at least one voter.
 * - `leader-must-transfer`: the leader may not remove or demote itself while another voter exists.
 * - `no-transfer-target`: no other voter could take over.
 * - `not-voter`: a non-voter cannot do this.
 * - `already-leader`: the server leads already and need not campaign.
 * - `log-not-empty`: a server that holds entries, a snapshot or a vote is not the first of a cluster.
 * - `invalid-member`: id, address or voting right of the member named is not allowed.
 * - `too-many-members`, `too-many-reads`: a limit of the core is reached.
 */
export type RefusalReason =
  | 'not-leader'
  | 'transfer-in-progress'
  | 'too-many-uncommitted'
  | 'change-in-progress'
  | 'term-not-committed'
  | 'unknown-member'
  | 'known-member'
  | 'duplicate-address'
  | 'not-caught-up'
  | 'last-voter'
  | 'leader-must-transfer'
  | 'no-transfer-target'
  | 'not-voter'
  | 'already-leader'
  | 'log-not-empty'
  | 'invalid-member'
  | 'too-many-members'
  | 'too-many-reads';

/** A refusal as a value. */
export interface Refusal {
  readonly ok: false;
  readonly reason: RefusalReason;
  readonly leaderId: NodeId | null;
}
