import { quorumValue } from './quorum.ts';
import { releaseReads } from './read-index.ts';
import { isMembershipCommitted, membershipInForce, traceMembership } from './state.ts';
import type { RaftState } from './state.ts';
import type { LogIndex } from './types.ts';

/**
 * Raises the leader's commit index to the highest entry of its term that a quorum of voters holds
 * durably. The leader counts itself only with what is durable here, like everyone else.
 *
 * Entries of earlier terms commit only together with one of this term, or a new leader could
 * overwrite them. Source: Raft paper §5.4.2 and figure 8; dissertation §3.6.2.
 *
 * @returns true when the commit index has risen
 */
export function advanceCommit(state: RaftState): boolean {
  const { log } = state;
  const matches: LogIndex[] = [];
  for (const member of membershipInForce(state).members) {
    if (!member.voter) continue;
    const match = state.followersById.get(member.id)?.matchIndex ?? 0;
    matches.push(member.id === state.id ? log.stableIndex : match);
  }
  const index = quorumValue(matches);
  if (index <= log.commitIndex || log.termAt(index) !== state.term) return false;
  commitThrough(state, index);
  state.sendDue = true;
  // The first commit of the term lets reads go that came before it.
  releaseReads(state);
  return true;
}

/** Moves the commit index of any server, and tells the observer. */
export function commitThrough(state: RaftState, index: LogIndex): void {
  const { log, trace } = state;
  const membershipWasCommitted = isMembershipCommitted(state);
  log.commitThrough(index);
  if (trace === null) return;
  trace({ type: 'committed', commitIndex: index, term: state.term });
  if (!membershipWasCommitted && isMembershipCommitted(state)) traceMembership(state);
}
