import type { FollowerStatus, RaftStatus } from './core.ts';
import type { Progress } from './progress.ts';
import { isMembershipCommitted } from './state.ts';
import type { RaftState } from './state.ts';

/** Everything an observer may want to see, copied: it does not change afterwards. */
export function statusOf(state: RaftState): RaftStatus {
  const { log } = state;
  const { membership, index } = log.memberships.current;
  return {
    id: state.id,
    role: state.role,
    term: state.term,
    votedFor: state.votedFor,
    leaderId: state.leaderId,
    membership,
    membershipIndex: index,
    membershipCommitted: isMembershipCommitted(state),
    firstIndex: log.firstIndex,
    lastIndex: log.lastIndex,
    lastTerm: log.lastTerm,
    stableIndex: log.stableIndex,
    commitIndex: log.commitIndex,
    snapshotIndex: log.snapshotIndex,
    snapshotTerm: log.snapshotTerm,
    transferTarget: state.transfer?.to ?? null,
    leaderContactMs: state.role === 'leader' ? null : state.leaderContactMs,
    followers: state.followers.map(followerStatus),
  };
}

function followerStatus(progress: Progress): FollowerStatus {
  return {
    id: progress.id,
    state: progress.state,
    matchIndex: progress.matchIndex,
    nextIndex: progress.nextIndex,
    appendsInFlight: progress.appendsInFlight,
    lastContactMs: progress.lastContactMs,
    roundTripMs: progress.roundTripMs,
    snapshotOffset: progress.transfer?.offset ?? null,
    snapshotSizeBytes: progress.transfer?.snapshot.sizeBytes ?? null,
  };
}
