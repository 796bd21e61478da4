import { assert } from './assert.ts';
import { appendAsLeader, syncFollowers } from './leader-log.ts';
import { failReads } from './read-index.ts';
import {
  isMembershipCommitted,
  isVoter,
  mayCampaign,
  setTermAndVote,
  startElectionTimer,
} from './state.ts';
import type { RaftState } from './state.ts';
import { RUN_NO_OP } from './types.ts';
import type { NodeId, Term } from './types.ts';

/*
 * What a server is, and how it becomes something else (Raft paper figure 4). Every change of role and
 * leader goes through here, so that what belongs to a role never outlives it.
 */

const NO_BYTES = new Uint8Array(0);

/**
 * Becomes a follower of `leaderId`, in this term or a later one.
 *
 * A follower that merely learns of a later term keeps its election timer: otherwise anyone who can
 * send terms could keep it from ever campaigning.
 */
export function becomeFollower(
  state: RaftState,
  term: Term,
  leaderId: NodeId | null,
  reason: string,
): void {
  assert(term >= state.term, 'the term never decreases');
  const wasFollower = state.role === 'follower';
  const leaderChanged = term !== state.term || leaderId !== state.leaderId;
  if (term > state.term) setTermAndVote(state, term, null);
  if (leaderChanged || !wasFollower) {
    failReads(state);
    state.leaderContactMs = null;
  }
  leaveRole(state);
  state.role = 'follower';
  state.leaderId = leaderId;
  if (!wasFollower) {
    startElectionTimer(state);
    state.trace?.({ type: 'role', role: 'follower', term, leaderId, reason });
  } else if (leaderChanged) {
    state.trace?.({ type: 'leader', term, leaderId });
  }
}

/** Becomes a pre-candidate: asks, but raises no term yet (dissertation §9.6). */
export function becomePreCandidate(state: RaftState, reason: string): void {
  assert(state.role !== 'leader', 'a leader does not campaign');
  assert(mayCampaign(state), 'only who may campaign does');
  failReads(state);
  leaveRole(state);
  state.role = 'pre-candidate';
  state.leaderId = null;
  state.leaderContactMs = null;
  startElectionTimer(state);
  const { term } = state;
  state.trace?.({ type: 'role', role: 'pre-candidate', term, leaderId: null, reason });
}

/** Becomes a candidate of the next term, with a vote for itself (Raft paper §5.2). */
export function becomeCandidate(state: RaftState, reason: string): void {
  assert(state.role !== 'leader', 'a leader does not campaign');
  assert(mayCampaign(state), 'only who may campaign does');
  failReads(state);
  setTermAndVote(state, state.term + 1, state.id);
  leaveRole(state);
  state.role = 'candidate';
  state.leaderId = null;
  state.leaderContactMs = null;
  startElectionTimer(state);
  const { term } = state;
  state.trace?.({ type: 'role', role: 'candidate', term, leaderId: null, reason });
}

/**
 * Becomes the leader of its term, and appends an empty entry: only when that is committed does the
 * leader know what is committed at all (dissertation §6.4), and may commit entries of earlier terms
 * (Raft paper §5.4.2).
 */
export function becomeLeader(state: RaftState): void {
  assert(state.role === 'candidate', 'only a candidate becomes leader');
  assert(state.durableTerm === state.term, 'a term is won only after it is durable');
  leaveRole(state);
  state.role = 'leader';
  state.leaderId = state.id;
  state.heartbeatDueMs = state.nowMs + state.config.heartbeatIntervalMs;
  state.termStartIndex = state.log.lastIndex + 1;
  // A leader has all that is committed and needs no snapshot. A chunk that is being written is still
  // waited for: its answer must not be taken for that of a later one.
  if (state.receiving?.writing !== true) state.receiving = null;
  syncFollowers(state);
  const { term, id } = state;
  state.trace?.({ type: 'role', role: 'leader', term, leaderId: id, reason: 'won election' });
  appendAsLeader(state, { count: 1, timeNs: 0n, seed: 0n, flags: RUN_NO_OP, bytes: NO_BYTES });
}

/**
 * A leader without a vote has led only to get the entry committed that took its vote away, and steps
 * down when that is done (dissertation §4.2.2).
 */
export function stepDownIfNoVoter(state: RaftState): void {
  if (state.role !== 'leader' || isVoter(state, state.id) || !isMembershipCommitted(state)) return;
  becomeFollower(state, state.term, null, 'no longer a voter');
}

/** Forgets what only the role at hand needs. */
function leaveRole(state: RaftState): void {
  state.votes.clear();
  if (state.role !== 'leader') return;
  state.followers = [];
  state.followersById.clear();
  state.heartbeatDueMs = Infinity;
  state.commitNoticeDueMs = Infinity;
  state.sendDue = false;
  if (state.transfer !== null) {
    state.trace?.({ type: 'transfer', to: state.transfer.to, state: 'done' });
    state.transfer = null;
  }
}
