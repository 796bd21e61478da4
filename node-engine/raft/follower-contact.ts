import { advanceCommit } from './commit.ts';
import { promoteIfCaughtUp } from './membership.ts';
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
  const { log } = state;
  if (progress.state === 'probe') progress.becomeReplicate();
  // Whatever brought it this far, the log takes it from here. If the log was trimmed beyond that
  // meanwhile, replication begins the newest snapshot: the one under way is of no use any more.
  const needed = Math.min(log.firstIndex - 1, progress.transfer?.snapshot.lastIncludedIndex ?? 0);
  if (progress.state === 'snapshot' && progress.matchIndex >= needed) {
    progress.becomeReplicate();
  }
  if (isNews) {
    state.trace?.({ type: 'acknowledged', from: progress.id, matchIndex });
    advanceCommit(state);
    continueTransfer(state);
  }
  promoteIfCaughtUp(state, progress);
}

/**
 * Whether a quorum has answered within an election timeout. A leader without one steps down, so that
 * clients look elsewhere and voters stop supporting it (dissertation §6.2).
 */
export function hasQuorumContact(state: RaftState): boolean {
  const contacts: number[] = [];
  for (const member of membershipInForce(state).members) {
    if (!member.voter) continue;
    const contact = state.followersById.get(member.id)?.lastContactMs ?? state.leaderSinceMs;
    contacts.push(member.id === state.id ? state.nowMs : Math.max(contact, state.leaderSinceMs));
  }
  return state.nowMs - quorumValue(contacts) <= state.config.electionTimeoutMaxMs;
}
