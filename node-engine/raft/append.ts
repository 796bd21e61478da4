import { unwrap } from './assert.ts';
import { commitThrough } from './commit.ts';
import type { AppendEntriesRequest } from './message.ts';
import { ignore, send, sendAfterAppend, traceMembership } from './state.ts';
import type { RaftState } from './state.ts';
import { endOfRuns } from './run.ts';
import { lastIndexOf } from './types.ts';
import type { LogIndex, NodeId, Run } from './types.ts';

/*
 * AppendEntries at the follower (Raft paper §5.3, figure 2; dissertation §3.5). The caller has
 * settled the term and made the sender the leader.
 */

/** Takes entries of the leader into the log, or says where the logs may agree. */
export function onAppendEntries(state: RaftState, message: AppendEntriesRequest): void {
  const { log } = state;
  const { prevLogIndex, prevLogTerm, runs } = message;
  const prevTerm = log.termAt(prevLogIndex);
  // A committed prefix is the same everywhere. A request that begins inside it needs no check there,
  // and often can have none: the entries may be dropped, and "not known" is not "different".
  const startsBelowCommit = prevLogIndex < log.commitIndex;
  if (prevTerm !== prevLogTerm && !(startsBelowCommit && prevTerm === null)) {
    if (prevLogIndex <= log.commitIndex) ignore(state, message, 'contradicts a committed entry');
    else refuseAppend(state, message);
    return;
  }
  const membershipIndex = log.memberships.current.index;
  for (const run of runs) {
    const problem = takeRun(state, run);
    if (problem !== null) {
      ignore(state, message, problem);
      return;
    }
  }
  // A new one, or an older one that came back into force because the newest was cut off.
  if (log.memberships.current.index !== membershipIndex) traceMembership(state);
  const through = endOfRuns(prevLogIndex, runs);
  // Nothing beyond this has been compared with the leader's log by this message. The follower's own
  // log may go on, with entries the leader does not have.
  const verified = Math.max(through, log.commitIndex);
  const commitIndex = Math.min(message.leaderCommit, through);
  if (commitIndex > log.commitIndex) commitThrough(state, commitIndex);
  acknowledge(state, message, verified);
}

/**
 * Takes one run: what is there already is skipped, what contradicts it is cut off, the rest is
 * appended. Entries that do not contradict are never cut off: the message may be late, and what was
 * acknowledged meanwhile may be committed.
 *
 * @returns why the message cannot come from a leader of this log, or null
 */
function takeRun(state: RaftState, run: Run): string | null {
  const { log } = state;
  const last = lastIndexOf(run);
  const knownFrom = Math.max(run.firstIndex, log.firstIndex);
  const knownThrough = Math.min(last, log.lastIndex);
  let agreedThrough = Math.max(run.firstIndex - 1, knownThrough, log.firstIndex - 1);
  if (knownFrom <= knownThrough) {
    const conflict = log.firstOtherTerm(knownFrom, knownThrough, run.term);
    if (conflict !== null) agreedThrough = conflict - 1;
  }
  if (agreedThrough >= last) return null;
  if (agreedThrough < log.commitIndex) return 'contradicts a committed entry';
  if (run.term < (log.termAt(agreedThrough) ?? 0)) return 'terms decrease';
  const part = log.partAbove(run, agreedThrough);
  if (part === null) return 'a run cannot be cut';
  const { firstIndex, term } = part;
  if (firstIndex <= log.lastIndex) {
    state.trace?.({ type: 'truncated', fromIndex: firstIndex });
    log.truncateFrom(firstIndex);
  }
  log.append(part);
  state.trace?.({ type: 'appended', firstIndex, lastIndex: last, term });
  return null;
}

/**
 * Says yes. What is on disk already can be acknowledged at once; the rest only after the append.
 *
 * A heartbeat is never held back by a slow disk: it acknowledges what is durable, and that suffices
 * to prove that the leader is heard. Held back, a stalled disk would cost a healthy leader its quorum
 * and every read its confirmation.
 */
function acknowledge(state: RaftState, message: AppendEntriesRequest, verified: LogIndex): void {
  const { stableIndex } = state.log;
  const isDurable = verified <= stableIndex;
  const matchIndex = isDurable || message.runs.length > 0 ? verified : stableIndex;
  const answer = {
    type: 'AppendEntriesResponse',
    from: state.id,
    to: message.from,
    term: state.term,
    success: true,
    matchIndex,
    hintIndex: 0,
    hintTerm: 0,
    readRound: message.readRound,
  } as const;
  if (matchIndex <= stableIndex) send(state, answer);
  else sendAfterAppend(state, answer);
}

/**
 * Says no, and where the leader should try next: the last entry here whose term is not above that of
 * the entry asked for. Everything after it belongs to terms the leader's log cannot have there, so
 * whole terms are skipped at once (dissertation §3.5).
 */
function refuseAppend(state: RaftState, message: AppendEntriesRequest): void {
  const { log } = state;
  const limit = Math.min(message.prevLogIndex, log.lastIndex);
  const found = log.lastIndexWithTermAtMost(limit, message.prevLogTerm) ?? 0;
  // The logs agree up to the commit index in any case.
  const hintIndex = Math.max(found, log.commitIndex);
  send(state, {
    type: 'AppendEntriesResponse',
    from: state.id,
    to: message.from,
    term: state.term,
    success: false,
    matchIndex: message.prevLogIndex,
    hintIndex,
    hintTerm: unwrap(log.termAt(hintIndex), 'terms from the commit index on are known'),
    readRound: message.readRound,
  });
}

/**
 * Tells a leader of an older term that it leads no more. The answer carries the present term and says
 * nothing of the logs: the receiver may lead again by now, and must not take it for an answer to
 * something it has sent in the new term.
 */
export function refuseOldLeader(state: RaftState, to: NodeId): void {
  send(state, {
    type: 'AppendEntriesResponse',
    from: state.id,
    to,
    term: state.term,
    success: false,
    matchIndex: 0,
    hintIndex: 0,
    hintTerm: 0,
    readRound: 0,
  });
}
