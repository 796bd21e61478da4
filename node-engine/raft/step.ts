import { onAppendEntries, refuseOldLeader } from './append.ts';
import {
  hearsLeader,
  onPreVoteRequest,
  onPreVoteResponse,
  onRequestVoteRequest,
  onRequestVoteResponse,
  startElection,
} from './election.ts';
import { messageProblem } from './message-check.ts';
import type { AppendEntriesRequest, InstallSnapshotRequest, Message } from './message.ts';
import { onReadIndexRequest, onReadIndexResponse } from './read-index.ts';
import { onAppendEntriesResponse } from './replication.ts';
import { becomeFollower } from './roles.ts';
import { onInstallSnapshot } from './snapshot-receive.ts';
import { onInstallSnapshotResponse } from './snapshot-send.ts';
import { ignore, isVoter } from './state.ts';
import type { RaftState } from './state.ts';
import type { NodeId } from './types.ts';

/** Takes a message of a peer: settles the term, then hands it to whoever knows its kind. */
export function step(state: RaftState, message: Message): void {
  const problem = messageProblem(message, state.term);
  if (problem !== null || message.to !== state.id || message.from === state.id) {
    ignore(state, message, problem ?? 'not for this server');
    return;
  }
  if (message.term > state.term) {
    if (!takeTerm(state, message)) return;
  } else if (message.term < state.term) {
    answerOldTerm(state, message);
    return;
  }
  dispatch(state, message);
}

/**
 * A later term makes everyone a follower (Raft paper §5.1), with two exceptions: a pre-vote is only a
 * question, and a vote request is not heeded while a leader is heard, so that a server which was
 * removed or cut off cannot depose it (dissertation §4.2.3).
 *
 * @returns false when the message ends here
 */
function takeTerm(state: RaftState, message: Message): boolean {
  const { type, from, term } = message;
  if (type === 'PreVoteRequest') return true;
  if (type === 'RequestVoteRequest' && !message.leadershipTransfer && hearsLeader(state, from)) {
    return false;
  }
  const isFromLeader = type === 'AppendEntriesRequest' || type === 'InstallSnapshotRequest';
  becomeFollower(state, term, isFromLeader ? from : null, `higher term from ${from}`);
  return true;
}

/** Requests of an older term get an answer with the current one, or the sender would never learn. */
function answerOldTerm(state: RaftState, message: Message): void {
  switch (message.type) {
    case 'AppendEntriesRequest':
    case 'InstallSnapshotRequest':
      refuseOldLeader(state, message.from);
      return;
    case 'PreVoteRequest':
      onPreVoteRequest(state, message);
      return;
    case 'PreVoteResponse':
      // A voter that missed terms, or is so new that it has seen none, can still support: what must
      // be right is the term that was asked about. Else it could never help to elect anyone.
      onPreVoteResponse(state, message);
      return;
    case 'RequestVoteRequest':
      onRequestVoteRequest(state, message);
      return;
    case 'ReadIndexRequest':
      onReadIndexRequest(state, message);
      return;
    default:
      return;
  }
}

function dispatch(state: RaftState, message: Message): void {
  switch (message.type) {
    case 'AppendEntriesRequest':
      if (followSender(state, message)) onAppendEntries(state, message);
      return;
    case 'InstallSnapshotRequest':
      if (followSender(state, message)) onInstallSnapshot(state, message);
      return;
    case 'AppendEntriesResponse':
      if (state.role === 'leader') onAppendEntriesResponse(state, message);
      return;
    case 'InstallSnapshotResponse':
      if (state.role === 'leader') onInstallSnapshotResponse(state, message);
      return;
    case 'PreVoteRequest':
      onPreVoteRequest(state, message);
      return;
    case 'PreVoteResponse':
      onPreVoteResponse(state, message);
      return;
    case 'RequestVoteRequest':
      onRequestVoteRequest(state, message);
      return;
    case 'RequestVoteResponse':
      onRequestVoteResponse(state, message);
      return;
    case 'TimeoutNow':
      onTimeoutNow(state, message.from);
      return;
    case 'ReadIndexRequest':
      onReadIndexRequest(state, message);
      return;
    case 'ReadIndexResponse':
      onReadIndexResponse(state, message);
      return;
  }
}

/** Who sends entries in this term is its leader; a candidate steps back (Raft paper §5.2). */
function followSender(
  state: RaftState,
  message: AppendEntriesRequest | InstallSnapshotRequest,
): boolean {
  const { from, term } = message;
  if (state.role === 'leader' || (state.leaderId !== null && state.leaderId !== from)) {
    ignore(state, message, 'a second leader in one term');
    return false;
  }
  if (state.role !== 'follower' || state.leaderId === null) {
    becomeFollower(state, term, from, `${from} leads`);
  }
  state.leaderContactMs = state.nowMs;
  state.electionDeadlineMs = state.nowMs + state.electionTimeoutMs;
  return true;
}

/** The leader hands over: campaign at once, without a pre-vote (dissertation §3.10). */
function onTimeoutNow(state: RaftState, from: NodeId): void {
  if (state.role !== 'follower' || state.leaderId !== from || !isVoter(state, state.id)) return;
  if (!state.mayVote()) return;
  startElection(state, `handover by ${from}`, true);
}
