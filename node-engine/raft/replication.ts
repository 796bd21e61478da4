import { accepted, heardFrom } from './follower-contact.ts';
import { forgetRemoved } from './leader-log.ts';
import type { AppendEntriesResponse } from './message.ts';
import type { Progress } from './progress.ts';
import { startReadRound } from './read-index.ts';
import { endOfRuns, runCost, runPrefixWithin } from './run.ts';
import { resendSnapshotChunk, startSnapshot } from './snapshot-send.ts';
import { ignore, isMembershipCommitted, isReachable, isVoter, send } from './state.ts';
import type { RaftState } from './state.ts';
import { continueTransfer } from './transfer.ts';
import { lastIndexOf } from './types.ts';
import type { LogIndex, NodeId, Run, Term } from './types.ts';

/*
 * Replication by the leader (Raft paper §5.3; dissertation §3.5, §10.2.1). Nothing is sent when it is
 * proposed: once per Ready the leader looks at each follower and sends what the limits allow, so
 * everything that arrived in one turn travels together.
 */

const NO_RUNS: readonly Run[] = [];

/** Sends each follower what it may get now. */
export function replicate(state: RaftState): void {
  if (!state.sendDue) return;
  state.sendDue = false;
  const mustAsk = startReadRound(state);
  const isNoticeDue = isCommitNoticeDue(state);
  let isOwed = false;
  for (const progress of state.followers) {
    const sent = sendRuns(state, progress);
    if (mustAsk && isVoter(state, progress.id)) sendHeartbeat(state, progress);
    else if (sent || !owesCommit(state, progress)) continue;
    else if (isNoticeDue) sendHeartbeat(state, progress);
    else isOwed = true;
  }
  const { nowMs, config } = state;
  const latestMs = nowMs + config.commitNoticeDelayMs;
  state.commitNoticeDueMs = isOwed ? Math.min(state.commitNoticeDueMs, latestMs) : Infinity;
}

/** Whether followers that entries do not tell of the commit index are to be told now. */
function isCommitNoticeDue(state: RaftState): boolean {
  const { nowMs, config, commitNoticeDueMs } = state;
  if (config.commitNoticeDelayMs === 0 || nowMs >= commitNoticeDueMs) return true;
  // A leader that has removed itself is about to fall silent.
  return !isVoter(state, state.id) && isMembershipCommitted(state);
}

/** Followers learn a new commit index soon, not only with the next heartbeat. */
function owesCommit(state: RaftState, progress: Progress): boolean {
  const known = Math.min(state.log.commitIndex, progress.nextIndex - 1);
  return progress.state === 'replicate' && progress.commitSent < known;
}

/** Called every heartbeat interval: lets followers hear the leader, and gets stuck ones going. */
export function sendHeartbeats(state: RaftState): void {
  state.heartbeatDueMs = state.nowMs + state.config.heartbeatIntervalMs;
  forgetRemoved(state);
  for (const progress of state.followers) {
    progress.fetchFailed = false;
    // In `probe` the heartbeat is the probe, sent again without entries; any answer moves it on.
    if (progress.state === 'probe') progress.probeSent = true;
    sendHeartbeat(state, progress);
    resendSnapshotChunk(state, progress);
  }
  continueTransfer(state);
  state.sendDue = true;
}

/** @returns true when a message left */
function sendRuns(state: RaftState, progress: Progress): boolean {
  if (progress.state === 'snapshot' || (progress.state === 'probe' && progress.probeSent)) {
    return false;
  }
  const { log } = state;
  if (progress.nextIndex < log.firstIndex || log.termAt(progress.nextIndex - 1) === null) {
    // A snapshot is only for someone who is there: it costs a read of the disk per chunk.
    if (isReachable(state, progress)) startSnapshot(state, progress);
    return false;
  }
  return progress.state === 'probe' ? sendProbe(state, progress) : sendStream(state, progress);
}

function sendProbe(state: RaftState, progress: Progress): boolean {
  const { log, config } = state;
  const slice = log.slice(progress.nextIndex, config.appendBytesMax);
  progress.probeSent = true;
  sendAppend(state, progress, progress.nextIndex - 1, slice?.runs ?? NO_RUNS);
  return true;
}

function sendStream(state: RaftState, progress: Progress): boolean {
  const { log, config } = state;
  let sent = false;
  while (progress.nextIndex <= log.lastIndex && !progress.isFull(config.bytesInFlightMax)) {
    const slice = log.slice(progress.nextIndex, config.appendBytesMax);
    if (slice === null) {
      requestFetch(state, progress);
      break;
    }
    sendAppend(state, progress, progress.nextIndex - 1, slice.runs);
    progress.sent(slice.lastIndex, slice.bytes, state.nowMs);
    sent = true;
  }
  return sent;
}

/** Asks the driver for runs that are not in memory any more. */
function requestFetch(state: RaftState, progress: Progress): void {
  if (progress.fetchingFrom !== null || progress.fetchFailed) return;
  progress.fetchingFrom = progress.nextIndex;
  state.outbox.fetches.push({
    to: progress.id,
    fromIndex: progress.nextIndex,
    toIndex: state.log.cachedFromIndex - 1,
    bytesMax: state.config.appendBytesMax,
  });
}

/**
 * Runs read from disk for a follower. A read that failed, or that is not exactly what the log has
 * there, is never sent: a follower must not be led to believe in a gap.
 */
export function onFetched(
  state: RaftState,
  answer: {
    readonly to: NodeId;
    readonly fromIndex: LogIndex;
    readonly runs: readonly Run[] | null;
  },
): void {
  const progress = state.followersById.get(answer.to);
  if (progress?.fetchingFrom !== answer.fromIndex) return;
  progress.fetchingFrom = null;
  state.sendDue = true;
  if (progress.state !== 'replicate' || progress.nextIndex !== answer.fromIndex) return;
  const runs = answer.runs === null ? [] : fitting(state, answer.fromIndex, answer.runs);
  const last = runs[runs.length - 1];
  if (last === undefined) {
    // Tried again with the next heartbeat: a disk that fails at once must not make a busy loop.
    progress.fetchFailed = true;
    return;
  }
  let bytes = 0;
  for (const run of runs) bytes += runCost(run);
  sendAppend(state, progress, answer.fromIndex - 1, runs);
  progress.sent(lastIndexOf(last), bytes, state.nowMs);
}

/** As many of the runs as one message takes; none when they do not continue the log at `from`. */
function fitting(state: RaftState, from: LogIndex, runs: readonly Run[]): readonly Run[] {
  const { log, config } = state;
  const taken: Run[] = [];
  let next = from;
  let room = config.appendBytesMax;
  for (const run of runs) {
    const last = lastIndexOf(run);
    if (run.firstIndex !== next || last > log.lastIndex || next < log.firstIndex) return NO_RUNS;
    if (log.firstOtherTerm(next, last, run.term) !== null) return NO_RUNS;
    if (taken.length > 0 && runCost(run) > room) break;
    const part = runPrefixWithin(run, room, state.offsetOfCommand);
    if (part === null) return NO_RUNS;
    taken.push(part);
    room -= runCost(part);
    next = last + 1;
    if (part !== run) break;
  }
  return taken;
}

/** An AppendEntries without runs (Raft paper §5.2). */
export function sendHeartbeat(state: RaftState, progress: Progress): void {
  sendAppend(state, progress, heartbeatPrev(state, progress), NO_RUNS);
}

/**
 * Where a heartbeat compares the logs: behind everything sent, so that a refusal shows at once that
 * a message was lost; or where they are known to agree; or nowhere (index 0 always agrees).
 */
function heartbeatPrev(state: RaftState, progress: Progress): LogIndex {
  const behindSent = progress.nextIndex - 1;
  if (progress.state !== 'snapshot' && state.log.termAt(behindSent) !== null) return behindSent;
  return state.log.termAt(progress.matchIndex) === null ? 0 : progress.matchIndex;
}

function sendAppend(
  state: RaftState,
  progress: Progress,
  prevLogIndex: LogIndex,
  runs: readonly Run[],
): void {
  const { log } = state;
  const prevLogTerm: Term = log.termAt(prevLogIndex) ?? 0;
  const through = endOfRuns(prevLogIndex, runs);
  progress.commitSent = Math.max(progress.commitSent, Math.min(log.commitIndex, through));
  send(state, {
    type: 'AppendEntriesRequest',
    from: state.id,
    to: progress.id,
    term: state.term,
    prevLogIndex,
    prevLogTerm,
    runs,
    leaderCommit: log.commitIndex,
    readRound: state.reads.round,
  });
  const entries = through - prevLogIndex;
  state.trace?.({ type: 'sent', message: 'AppendEntriesRequest', to: progress.id, entries });
}

/** A follower's answer, in the leader's term. */
export function onAppendEntriesResponse(state: RaftState, message: AppendEntriesResponse): void {
  const progress = state.followersById.get(message.from);
  if (progress === undefined) return;
  if (message.matchIndex > state.log.lastIndex || message.readRound > state.reads.round) {
    ignore(state, message, 'answers what was never asked');
    return;
  }
  heardFrom(state, progress, message.readRound);
  if (message.success) accepted(state, progress, message.matchIndex);
  else refused(state, progress, message);
}

/**
 * A refusal at an index the follower has acknowledged. Almost always it is late: sent before the
 * acknowledgement and overtaken by it. But a server whose log is not synced (durability low) may have
 * lost its end in a crash of its machine, and would be refused by a leader that insists for ever.
 *
 * The read round tells the two apart: a refusal that repeats a round started after the
 * acknowledgement came was sent after it. If there is no such round yet, one is started, and the next
 * heartbeat carries it.
 */
function hasLostEntries(
  state: RaftState,
  progress: Progress,
  message: AppendEntriesResponse,
): boolean {
  if (message.readRound > progress.matchRound) return true;
  if (state.reads.round === progress.matchRound) state.reads.round += 1;
  return false;
}

/** The logs differ before what was sent, or a message on the way there was lost. */
function refused(state: RaftState, progress: Progress, message: AppendEntriesResponse): void {
  const prevLogIndex = message.matchIndex;
  // Nobody refuses index 0: this answers a request of an older term.
  if (progress.state === 'snapshot' || prevLogIndex === 0) return;
  if (prevLogIndex <= progress.matchIndex) {
    if (!hasLostEntries(state, progress, message)) return;
    const { id: from, matchIndex } = progress;
    state.trace?.({ type: 'follower-lost-entries', from, matchIndex });
    progress.lostEntries();
  } else if (progress.state === 'probe' && prevLogIndex !== progress.nextIndex - 1) {
    // Late: the leader has backed up since.
    return;
  }
  const { log } = state;
  const agreed = log.lastIndexWithTermAtMost(message.hintIndex, message.hintTerm);
  progress.becomeProbe(Math.min(prevLogIndex, (agreed ?? 0) + 1));
}
