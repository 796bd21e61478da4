import { advanceCommit } from './commit.ts';
import { promoteIfCaughtUp, updateCatchUp } from './membership.ts';
import type { Progress } from './progress.ts';
import { quorumValue } from './quorum.ts';
import { releaseReads } from './read-index.ts';
import { membershipInForce } from './state.ts';
import type { RaftState } from './state.ts';
import { continueTransfer } from './transfer.ts';
import type { LogIndex } from './types.ts';

/*
 * What a leader concludes from hearing a follower, whichever message the answer is to.
 */

/** Notes that a follower answers, and which read round it has answered. */
export function heardFrom(state: RaftState, progress: Progress, readRound: number): void {
  progress.lastContactMs = state.nowMs;
  state.sendDue = true;
  if (readRound <= progress.readRound) return;
  progress.readRound = readRound;
  releaseReads(state);
}

/** A follower holds everything up to `matchIndex` durably, equal to the leader's log. */
export function accepted(state: RaftState, progress: Progress, matchIndex: LogIndex): void {
  const isNews = progress.matched(matchIndex, state.nowMs);
  if (progress.state === 'probe' || hasOutgrownSnapshot(state, progress))
    progress.becomeReplicate();
  updateCatchUp(state, progress);
  if (isNews) {
    progress.matchRound = state.reads.round;
    state.trace?.({ type: 'acknowledged', from: progress.id, matchIndex });
    advanceCommit(state);
    continueTransfer(state);
  }
  promoteIfCaughtUp(state, progress);
}

/**
 * Whether the snapshot being sent is of no use any more: the log can take over, or the follower has
 * it. In the second case the leader may have dropped entries after it meanwhile, and the next, newer
 * snapshot begins.
 */
function hasOutgrownSnapshot(state: RaftState, progress: Progress): boolean {
  const { transfer, matchIndex } = progress;
  if (transfer === null) return false;
  const usableFrom = Math.min(transfer.snapshot.lastIncludedIndex, state.log.firstIndex - 1);
  return matchIndex >= usableFrom;
}

/**
 * Whether a quorum has answered within an election timeout. A leader without one steps down, so that
 * clients look elsewhere and voters stop supporting it (dissertation §6.2).
 */
export function hasQuorumContact(state: RaftState): boolean {
  const contacts: number[] = [];
  for (const member of membershipInForce(state).members) {
    if (!member.voter) continue;
    const progress = state.followersById.get(member.id);
    // A server that was added just now has had no time to answer.
    contacts.push(progress?.lastContactMs ?? progress?.sinceMs ?? state.nowMs);
  }
  return state.nowMs - quorumValue(contacts) <= state.config.electionTimeoutMaxMs;
}
