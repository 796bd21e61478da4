import { isValidMembership, readMembership } from './membership-check.ts';
import type { Message } from './message.ts';
import { isWellFormedRun } from './run.ts';
import { isMembershipRun } from './types.ts';
import type { Membership, Run, Term } from './types.ts';

/*
 * Whether a message could come from a correct server at all. The transport has checked who sent it;
 * here everything else is doubted, down to the kinds of its fields, because one bad number taken into
 * the state (a NaN index, a term near 2^53) could not be got rid of again.
 */

/**
 * A term further ahead than this is a fault, not an election: at a thousand elections a second it
 * would take a month and a half. Believing it would use up the terms there are.
 */
export const TERM_JUMP_MAX = 2 ** 32;

/** An object whose fields may be anything. */
type Doubtful = Readonly<Record<string, unknown>>;

/** Why a message cannot be taken at all, or null when it can. */
export function messageProblem(message: Message, ownTerm: Term): string | null {
  // The type is what a correct sender sends; from here on it is not believed.
  const fields = message as unknown as Doubtful;
  const { term } = message;
  if (!isNatural(term) || term > ownTerm + TERM_JUMP_MAX) return 'impossible term';
  if (typeof message.from !== 'string') return 'impossible sender';
  switch (message.type) {
    case 'PreVoteRequest':
      return voteProblem(fields, term);
    case 'RequestVoteRequest':
      if (typeof fields['leadershipTransfer'] !== 'boolean') return 'impossible vote request';
      return voteProblem(fields, term);
    case 'PreVoteResponse':
      if (typeof fields['granted'] !== 'boolean') return 'impossible vote';
      return isNatural(fields['requestTerm']) ? null : 'impossible term';
    case 'RequestVoteResponse':
      return typeof fields['granted'] === 'boolean' ? null : 'impossible vote';
    case 'AppendEntriesRequest':
      if (term === 0) return 'nobody leads in term 0';
      return appendProblem(fields, term);
    case 'AppendEntriesResponse':
      if (typeof fields['success'] !== 'boolean') return 'impossible answer';
      return numbersProblem(
        fields['matchIndex'],
        fields['hintIndex'],
        fields['hintTerm'],
        fields['readRound'],
      );
    case 'InstallSnapshotRequest':
      if (term === 0) return 'nobody leads in term 0';
      return chunkProblem(fields, term);
    case 'InstallSnapshotResponse':
      if (typeof fields['installed'] !== 'boolean') return 'impossible answer';
      return numbersProblem(
        fields['lastIncludedIndex'],
        fields['nextOffset'],
        fields['matchIndex'],
        fields['readRound'],
      );
    case 'ReadIndexRequest':
      return numbersProblem(fields['readId']);
    case 'ReadIndexResponse':
      if (typeof fields['ok'] !== 'boolean') return 'impossible answer';
      return numbersProblem(fields['readId'], fields['readIndex']);
    case 'TimeoutNow':
      return null;
    default:
      return 'unknown kind';
  }
}

/** A candidate asks for a term that is later than anything in its log. */
function voteProblem(fields: Doubtful, term: Term): string | null {
  const lastLogTerm = fields['lastLogTerm'];
  if (!isNatural(fields['lastLogIndex']) || !isNatural(lastLogTerm)) return 'impossible number';
  return lastLogTerm < term ? null : 'log is of a later term';
}

/** Runs follow each other without a gap, and terms never decrease along the log. */
function appendProblem(fields: Doubtful, term: Term): string | null {
  const { prevLogIndex, prevLogTerm, runs } = fields;
  const problem = numbersProblem(fields['leaderCommit'], fields['readRound']);
  if (problem !== null) return problem;
  if (!isNatural(prevLogIndex) || !isNatural(prevLogTerm)) return 'impossible number';
  if (!Array.isArray(runs)) return 'impossible runs';
  let nextIndex = prevLogIndex + 1;
  let termBefore = prevLogTerm;
  for (const run of runs as readonly unknown[]) {
    if (!isRun(run) || run.firstIndex !== nextIndex) return 'impossible run';
    if (run.term < termBefore) return 'terms decrease';
    if (isMembershipRun(run) && readMembership(run.bytes) === null) return 'impossible membership';
    nextIndex += run.count;
    termBefore = run.term;
  }
  return termBefore <= term ? null : 'log is of a later term';
}

function chunkProblem(fields: Doubtful, term: Term): string | null {
  const { data, done, snapshot } = fields;
  const problem = numbersProblem(fields['offset'], fields['readRound']);
  if (problem !== null) return problem;
  if (!(data instanceof Uint8Array) || typeof done !== 'boolean') return 'impossible chunk';
  if (!isObject(snapshot) || typeof snapshot['id'] !== 'string') return 'impossible snapshot';
  const { lastIncludedIndex, lastIncludedTerm, membershipIndex, membership } = snapshot;
  if (!isNatural(lastIncludedIndex) || lastIncludedIndex < 1) return 'impossible snapshot';
  if (!isNatural(lastIncludedTerm) || lastIncludedTerm < 1) return 'impossible snapshot';
  if (lastIncludedTerm > term) return 'snapshot is of a later term';
  if (!isNatural(membershipIndex) || membershipIndex > lastIncludedIndex) {
    return 'impossible snapshot';
  }
  if (!isNatural(snapshot['sizeBytes'])) return 'impossible snapshot';
  return isMembership(membership) && isValidMembership(membership) ? null : 'impossible membership';
}

function numbersProblem(
  one: unknown,
  two: unknown = 0,
  three: unknown = 0,
  four: unknown = 0,
): string | null {
  const areSound = isNatural(one) && isNatural(two) && isNatural(three) && isNatural(four);
  return areSound ? null : 'impossible number';
}

/** An index, term, count or offset: no NaN, no fraction, nothing negative, nothing beyond 2^53. */
function isNatural(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isObject(value: unknown): value is Doubtful {
  return typeof value === 'object' && value !== null;
}

function isRun(value: unknown): value is Run {
  return isObject(value) && isWellFormedRun(value as unknown as Run);
}

/** Whether a value has the shape of a membership; `isValidMembership` says whether it is one. */
function isMembership(value: unknown): value is Membership {
  if (!isObject(value) || !Array.isArray(value['members'])) return false;
  return value['members'].every(
    (member: unknown) =>
      isObject(member) &&
      typeof member['id'] === 'string' &&
      typeof member['peerAddress'] === 'string' &&
      typeof member['clientAddress'] === 'string' &&
      typeof member['voter'] === 'boolean' &&
      typeof member['promote'] === 'boolean',
  );
}
