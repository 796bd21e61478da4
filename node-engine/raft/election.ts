import type {
  PreVoteRequest,
  PreVoteResponse,
  RequestVoteRequest,
  RequestVoteResponse,
} from './message.ts';
import { quorumSize, voteOutcome } from './quorum.ts';
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate } from './roles.ts';
import { send, sendAfterAppend, setTermAndVote, startElectionTimer, voterIds } from './state.ts';
import type { RaftState } from './state.ts';
import type { LogIndex, NodeId, Term } from './types.ts';

/*
 * Elections: pre-vote first, then the vote (Raft paper §5.2, §5.4.1; dissertation §3.4, §4.2.3, §9.6).
 *
 * Pre-vote keeps a server that cannot win from raising terms and thereby deposing a good leader.
 * Three things keep it from locking everyone out in turn:
 *   - a refusal carries the voter's own term, so a server with the longer log but the lower term
 *     learns the term it must go beyond;
 *   - a leader that hears no quorum steps down, so nobody hears it any longer;
 *   - a request from the very leader a voter still believes in shows that it leads no more.
 */

/** Asks the other voters whether an election could be won. */
export function startPreVote(state: RaftState, reason: string): void {
  becomePreCandidate(state, reason);
  state.votes.set(state.id, true);
  for (const to of voterIds(state)) {
    if (to === state.id) continue;
    const { term } = state;
    state.trace?.({ type: 'vote-requested', term: term + 1, preVote: true, from: state.id, to });
    send(state, {
      type: 'PreVoteRequest',
      from: state.id,
      to,
      term: state.term + 1,
      lastLogIndex: state.log.lastIndex,
      lastLogTerm: state.log.lastTerm,
    });
  }
  // A cluster with one voter is asked nothing.
  if (voteOutcome(voterIds(state), state.votes) === 'won') startElection(state, reason, false);
}

/**
 * Campaigns in the next term.
 *
 * The requests leave only when term and own vote are durable, and the own vote counts from then on
 * (`countOwnVote`). A candidate that asked earlier, crashed and forgot could campaign in the same
 * term again, be elected by the same votes, and write other entries under the same indices and term.
 */
export function startElection(state: RaftState, reason: string, isTransfer: boolean): void {
  becomeCandidate(state, reason);
  const { term } = state;
  for (const to of voterIds(state)) {
    if (to === state.id) continue;
    state.trace?.({ type: 'vote-requested', term, preVote: false, from: state.id, to });
    sendAfterAppend(state, {
      type: 'RequestVoteRequest',
      from: state.id,
      to,
      term,
      lastLogIndex: state.log.lastIndex,
      lastLogTerm: state.log.lastTerm,
      leadershipTransfer: isTransfer,
    });
  }
}

/** The candidate's own vote has become durable. */
export function countOwnVote(state: RaftState): void {
  if (state.role !== 'candidate' || state.durableTerm !== state.term) return;
  countVote(state, { from: state.id, granted: true, preVote: false });
}

/** Answers a pre-vote. Nothing of this server changes by it (dissertation §9.6). */
export function onPreVoteRequest(state: RaftState, message: PreVoteRequest): void {
  const refusal = preVoteRefusal(state, message);
  traceAnswer(state, { candidate: message.from, term: message.term, preVote: true, refusal });
  send(state, {
    type: 'PreVoteResponse',
    from: state.id,
    to: message.from,
    term: state.term,
    requestTerm: message.term,
    granted: refusal === null,
  });
}

function preVoteRefusal(state: RaftState, message: PreVoteRequest): string | null {
  if (message.term <= state.term) return 'term is not new';
  if (!state.mayVote()) return 'log is being repaired';
  if (hearsLeader(state, message.from)) return 'hears a leader';
  return isUpToDate(state, message) ? null : 'log is behind';
}

/** An answer to the own pre-vote. */
export function onPreVoteResponse(state: RaftState, message: PreVoteResponse): void {
  if (state.role !== 'pre-candidate' || message.requestTerm !== state.term + 1) return;
  countVote(state, { from: message.from, granted: message.granted, preVote: true });
}

/** Answers a vote request of this term (Raft paper §5.2, §5.4.1). */
export function onRequestVoteRequest(state: RaftState, message: RequestVoteRequest): void {
  const refusal = voteRefusal(state, message);
  traceAnswer(state, { candidate: message.from, term: state.term, preVote: false, refusal });
  if (refusal === null) {
    // Who has given its vote in this term does not gather others for the next one.
    if (state.role !== 'follower') becomeFollower(state, state.term, null, 'voted for another');
    if (state.votedFor === null) setTermAndVote(state, state.term, message.from);
    // Who has just supported a candidate gives it time to win.
    startElectionTimer(state);
  }
  sendAfterAppend(state, {
    type: 'RequestVoteResponse',
    from: state.id,
    to: message.from,
    term: state.term,
    granted: refusal === null,
  });
}

function voteRefusal(state: RaftState, message: RequestVoteRequest): string | null {
  if (message.term < state.term) return 'term is old';
  if (!state.mayVote()) return 'log is being repaired';
  if (state.votedFor !== null && state.votedFor !== message.from) return 'voted for another';
  if (state.leaderId !== null) return 'term has a leader';
  return isUpToDate(state, message) ? null : 'log is behind';
}

/** An answer to the own vote request. */
export function onRequestVoteResponse(state: RaftState, message: RequestVoteResponse): void {
  // Nobody can have been asked before the term was durable here.
  if (state.role !== 'candidate' || state.durableTerm !== state.term) return;
  countVote(state, { from: message.from, granted: message.granted, preVote: false });
}

/**
 * Counts an answer once per server. Who may vote is decided by the membership in force, so answers
 * of non-voters and removed servers are kept but never looked at.
 */
function countVote(
  state: RaftState,
  answer: { readonly from: NodeId; readonly granted: boolean; readonly preVote: boolean },
): void {
  const voters = voterIds(state);
  if (!voters.includes(answer.from) || state.votes.has(answer.from)) return;
  state.votes.set(answer.from, answer.granted);
  if (state.trace !== null) {
    let votes = 0;
    for (const granted of state.votes.values()) if (granted) votes += 1;
    const needed = quorumSize(voters.length);
    state.trace({ type: 'vote-received', term: state.term, ...answer, votes, needed });
  }
  const outcome = voteOutcome(voters, state.votes);
  if (outcome === 'won') {
    if (answer.preVote) startElection(state, 'won pre-vote', false);
    else becomeLeader(state);
  } else if (outcome === 'lost') {
    becomeFollower(state, state.term, null, answer.preVote ? 'lost pre-vote' : 'lost election');
  }
}

/**
 * Whether this server has heard of a working leader within the shortest election timeout, and so
 * supports nobody else (dissertation §4.2.3). A leader hears itself: it steps down when it has lost
 * its quorum. A leader that asks for votes itself has lost its role.
 */
export function hearsLeader(state: RaftState, candidate: NodeId): boolean {
  if (state.role === 'leader') return true;
  if (state.leaderId === null || state.leaderId === candidate) return false;
  const { leaderContactMs, config, nowMs } = state;
  return leaderContactMs !== null && nowMs - leaderContactMs < config.electionTimeoutMinMs;
}

/** How much of the shortest election timeout a follower waits, at most, after its leader's link broke. */
const LINK_CLOSED_WAIT_SHARE = 1 / 4;

/**
 * The operating system closed the connection to the leader: most likely its process has ended, and
 * nobody has to wait for a timeout to find that out. This server stops vouching for the leader and asks
 * for pre-votes after a short random wait. When the leader is there after all, the others still hear it
 * and refuse, and its next message puts everything back.
 */
export function onLinkClosed(state: RaftState, peer: NodeId): void {
  if (state.role !== 'follower' || state.leaderId !== peer || state.leaderContactMs === null)
    return;
  state.leaderContactMs = null;
  const waitMaxMs = state.config.electionTimeoutMinMs * LINK_CLOSED_WAIT_SHARE;
  const askAtMs = state.nowMs + state.random() * waitMaxMs;
  state.electionDeadlineMs = Math.min(state.electionDeadlineMs, askAtMs);
}

/** Whether a candidate's log holds everything that may be committed (Raft paper §5.4.1). */
function isUpToDate(
  state: RaftState,
  candidate: { readonly lastLogIndex: LogIndex; readonly lastLogTerm: Term },
): boolean {
  const { lastTerm, lastIndex } = state.log;
  if (candidate.lastLogTerm !== lastTerm) return candidate.lastLogTerm > lastTerm;
  return candidate.lastLogIndex >= lastIndex;
}

function traceAnswer(
  state: RaftState,
  answer: {
    readonly candidate: NodeId;
    readonly term: Term;
    readonly preVote: boolean;
    readonly refusal: string | null;
  },
): void {
  if (state.trace === null) return;
  const { refusal, candidate, term, preVote } = answer;
  const reason = refusal ?? 'granted';
  const granted = refusal === null;
  state.trace({ type: 'vote-answered', term, preVote, candidate, granted, reason });
}
