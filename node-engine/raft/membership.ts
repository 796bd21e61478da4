import type { MembershipChange, Proposed } from './core.ts';
import type { Refusal, RefusalReason } from './errors.ts';
import { appendAsLeader } from './leader-log.ts';
import { isValidMember, isValidMembership, MEMBERS_MAX } from './membership-check.ts';
import { encodeMembership } from './membership-codec.ts';
import type { Progress } from './progress.ts';
import {
  hasCommittedInTerm,
  isMembershipCommitted,
  isReachable,
  isVoter,
  membershipInForce,
  refuse,
} from './state.ts';
import type { RaftState } from './state.ts';
import { RUN_MEMBERSHIP } from './types.ts';
import type { Member, Membership, NodeId } from './types.ts';

/*
 * Changing the membership, one server at a time (dissertation §4.1). Majorities of two memberships
 * that differ by one voter always share a server, so no two leaders can be elected side by side while
 * some servers use the old one and some the new one.
 */

/** Appends a membership that differs by one server. It is in force at once, here and wherever it is. */
export function proposeMembership(state: RaftState, change: MembershipChange): Proposed | Refusal {
  const obstacle = changeObstacle(state);
  if (obstacle !== null) return refuse(state, obstacle);
  const current = membershipInForce(state);
  const next = change.type === 'add' ? added(current, change.member) : changed(state, change);
  if (typeof next === 'string') return refuse(state, next);
  return appendMembership(state, next);
}

/** Why no change at all can be made now. */
function changeObstacle(state: RaftState): RefusalReason | null {
  if (state.role !== 'leader') return 'not-leader';
  if (state.transfer !== null) return 'transfer-in-progress';
  // Without a committed entry of its own term a leader cannot know whether a change of an earlier
  // leader is still under way elsewhere; two such changes at once need not overlap (Ongaro 2015).
  if (!hasCommittedInTerm(state)) return 'term-not-committed';
  return isMembershipCommitted(state) ? null : 'change-in-progress';
}

function added(current: Membership, member: Member): Membership | RefusalReason {
  if (!isValidMember(member)) return 'invalid-member';
  if (current.members.some((known) => known.id === member.id)) return 'known-member';
  if (current.members.length >= MEMBERS_MAX) return 'too-many-members';
  const next = sorted([...current.members, member]);
  return isValidMembership(next) ? next : 'duplicate-address';
}

function changed(
  state: RaftState,
  change: { readonly type: 'remove' | 'promote' | 'demote'; readonly id: NodeId },
): Membership | RefusalReason {
  const { members } = membershipInForce(state);
  const member = members.find((known) => known.id === change.id);
  if (member === undefined) return 'unknown-member';
  const others = members.filter((known) => known !== member);
  if (change.type === 'promote') {
    if (member.voter) return 'known-member';
    if (!isReady(state, member.id)) return 'not-caught-up';
    return sorted([...others, { ...member, voter: true, promote: false }]);
  }
  if (change.type === 'demote' && !member.voter) return 'not-voter';
  const hasOtherVoter = others.some((known) => known.voter);
  if (member.voter && !hasOtherVoter) return 'last-voter';
  // A leader outside its own membership would have to commit without counting itself
  // (dissertation §4.2.2). Handing over first is simpler and leaves no gap.
  if (member.id === state.id) return 'leader-must-transfer';
  if (change.type === 'remove') return { members: others };
  return sorted([...others, { ...member, voter: false, promote: false }]);
}

/** Whether a new voter would take part at once. One that does not would only raise the quorum. */
function isReady(state: RaftState, id: NodeId): boolean {
  const progress = state.followersById.get(id);
  if (progress === undefined) return false;
  return progress.isCaughtUp && isReachable(state, progress);
}

function sorted(members: readonly Member[]): Membership {
  return { members: [...members].sort((one, other) => (one.id < other.id ? -1 : 1)) };
}

function appendMembership(state: RaftState, membership: Membership): Proposed {
  const bytes = encodeMembership(membership);
  return appendAsLeader(state, { count: 1, timeNs: 0n, seed: 0n, flags: RUN_MEMBERSHIP, bytes });
}

/**
 * Notes whether a non-voter has caught up (dissertation §4.2.1). A server without the log must not
 * become a voter: nothing could commit until it had received everything.
 *
 * Caught up is who is within a few entries of the end. Under steady load nobody ever is, because
 * entries are always on their way; there it counts that one round, the entries which existed when it
 * began, took less than an election timeout.
 */
export function updateCatchUp(state: RaftState, progress: Progress): void {
  if (isVoter(state, progress.id)) return;
  const { log, config, nowMs } = state;
  const { matchIndex, catchUp: round } = progress;
  if (matchIndex >= log.lastIndex - config.promotionLagMax) progress.isCaughtUp = true;
  if (round !== null && matchIndex < round.targetIndex) return;
  if (round !== null) {
    const isShort = nowMs - round.startedMs < config.electionTimeoutMinMs;
    if (isShort) progress.isCaughtUp = true;
    else if (matchIndex < log.lastIndex - config.promotionLagMax) progress.isCaughtUp = false;
  }
  progress.catchUp = { targetIndex: log.lastIndex, startedMs: nowMs };
}

/** Makes a non-voter that waits for it a voter, as soon as nothing is in the way. */
export function promoteIfCaughtUp(state: RaftState, progress: Progress): void {
  if (!progress.isCaughtUp) return;
  const member = membershipInForce(state).members.find((known) => known.id === progress.id);
  if (member?.promote !== true || changeObstacle(state) !== null) return;
  const next = changed(state, { type: 'promote', id: member.id });
  if (typeof next !== 'string') appendMembership(state, next);
}
