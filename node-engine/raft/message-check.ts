import { isValidMembership, readMembership } from './membership-check.ts';
import type { Message } from './message.ts';
import { isWellFormedRun } from './run.ts';
import { isMembershipRun } from './types.ts';
import type { Run, SnapshotMeta, Term } from './types.ts';

/*
 * Whether a message could come from a correct server at all. The transport has checked who sent it;
 * here everything else is doubted, because one bad number taken into the state (a NaN index, a term
 * near 2^53) could not be got rid of again.
 */

/**
 * A term further ahead than this is a fault, not an election: at a thousand elections a second it
 * would take a month and a half. Believing it would use up the terms there are.
 */
export const TERM_JUMP_MAX = 2 ** 32;

/** Why a message cannot be taken at all, or null when it can. */
export function messageProblem(message: Message, ownTerm: Term): string | null {
  if (!isNatural(message.term) || message.term > ownTerm + TERM_JUMP_MAX) return 'impossible term';
  switch (message.type) {
    case 'PreVoteRequest':
    case 'RequestVoteRequest': {
      const { lastLogIndex, lastLogTerm, term } = message;
      const isSound = isNatural(lastLogIndex) && isNatural(lastLogTerm) && lastLogTerm < term;
      return isSound ? null : 'impossible log position';
    }
    case 'PreVoteResponse':
      return isNatural(message.requestTerm) ? null : 'impossible term';
    case 'AppendEntriesRequest': {
      const { prevLogIndex, leaderCommit, readRound } = message;
      if (!areNatural(prevLogIndex, leaderCommit, readRound)) return 'impossible number';
      if (!isNatural(message.prevLogTerm) || message.prevLogTerm > message.term) {
        return 'impossible log position';
      }
      return runsProblem(message);
    }
    case 'AppendEntriesResponse': {
      const { matchIndex, hintIndex, hintTerm, readRound } = message;
      const isSound = areNatural(matchIndex, hintIndex, readRound) && isNatural(hintTerm);
      return isSound ? null : 'impossible number';
    }
    case 'InstallSnapshotRequest': {
      const { offset, readRound, data } = message;
      if (!areNatural(offset, readRound, 0) || !(data instanceof Uint8Array)) {
        return 'impossible chunk';
      }
      return snapshotProblem(message.snapshot, message.term);
    }
    case 'InstallSnapshotResponse': {
      const { lastIncludedIndex, nextOffset, matchIndex, readRound } = message;
      const isSound = areNatural(lastIncludedIndex, nextOffset, matchIndex) && isNatural(readRound);
      return isSound ? null : 'impossible number';
    }
    case 'ReadIndexResponse':
      return areNatural(message.readId, message.readIndex, 0) ? null : 'impossible number';
    case 'ReadIndexRequest':
      return isNatural(message.readId) ? null : 'impossible number';
    case 'RequestVoteResponse':
    case 'TimeoutNow':
      return null;
    default:
      return 'unknown kind';
  }
}

/** Runs follow each other without a gap, and terms never decrease along the log. */
function runsProblem(message: {
  readonly prevLogIndex: number;
  readonly prevLogTerm: Term;
  readonly term: Term;
  readonly runs: readonly Run[];
}): string | null {
  let nextIndex = message.prevLogIndex + 1;
  let { prevLogTerm: termBefore } = message;
  for (const run of message.runs) {
    if (!isWellFormedRun(run) || run.firstIndex !== nextIndex) return 'impossible run';
    if (run.term < termBefore || run.term > message.term) return 'impossible term of a run';
    if (isMembershipRun(run) && readMembership(run.bytes) === null) return 'impossible membership';
    nextIndex += run.count;
    termBefore = run.term;
  }
  return null;
}

function snapshotProblem(snapshot: SnapshotMeta, term: Term): string | null {
  const { lastIncludedIndex, lastIncludedTerm, membershipIndex, sizeBytes } = snapshot;
  if (!areNatural(lastIncludedIndex, membershipIndex, sizeBytes)) return 'impossible snapshot';
  if (!isNatural(lastIncludedTerm) || lastIncludedTerm > term) return 'impossible snapshot';
  if (lastIncludedIndex < 1 || lastIncludedTerm < 1 || membershipIndex > lastIncludedIndex) {
    return 'impossible snapshot';
  }
  return isValidMembership(snapshot.membership) ? null : 'impossible membership';
}

function isNatural(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function areNatural(one: number, two: number, three: number): boolean {
  return isNatural(one) && isNatural(two) && isNatural(three);
}
