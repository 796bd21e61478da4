import type { RaftConfig } from './config.ts';
import type { RaftOptions } from './core.ts';
import type { Refusal, RefusalReason } from './errors.ts';
import { RaftLog } from './log.ts';
import type { Message } from './message.ts';
import { Outbox } from './outbox.ts';
import type { Progress } from './progress.ts';
import type { OffsetOfCommand } from './run.ts';
import type { Role } from './ready.ts';
import type { TraceSink } from './trace.ts';
import type { LogIndex, Membership, NodeId, SnapshotMeta, Term } from './types.ts';

/** A handover of leadership under way (dissertation §3.10). */
export interface Transfer {
  readonly to: NodeId;
  /** After this the leader takes up its work again. */
  readonly deadlineMs: number;
}

/** A read that waits on the leader for its round, or for the first commit of the term. */
export interface WaitingRead {
  /** The follower that asks, or null for a read of this server. */
  readonly from: NodeId | null;
  readonly readId: number;
  /** The round that confirms it; 0 until one has been started after the read came. */
  round: number;
  /** What must be applied first; -1 until an entry of this term is committed. */
  readIndex: LogIndex;
}

/** A request to the leader that stands for all reads of this server up to `readId`. */
export interface ReadRequest {
  readonly readId: number;
  readonly deadlineMs: number;
}

/** Linearizable reads under way (dissertation §6.4). */
export interface ReadState {
  nextReadId: number;
  /** Newest round started by this server as leader. Never decreases, so no round is used twice. */
  round: number;
  /** On a leader, oldest first: rounds ascend, those without a round are last. */
  waiting: WaitingRead[];
  /** On a follower, oldest first: reads for which an answer of the leader is awaited. */
  asked: number[];
  /** On a follower: requests under way, oldest first. */
  requests: ReadRequest[];
}

/** A snapshot on its way from the leader (Raft paper figure 13). */
export interface Receiving {
  readonly from: NodeId;
  /** As the leader names it: offsets of one file mean nothing in another. */
  readonly snapshot: SnapshotMeta;
  nextOffset: number;
  /** A chunk is being written; no other is taken before that is answered. */
  writing: boolean;
  /** The newest read round of the chunk being written, which its answer repeats. */
  readRound: number;
  /** The term that round belongs to: rounds of different leaders must not be mixed up. */
  roundTerm: Term;
}

/** All that the core knows. The modules beside this one are functions over it. */
export interface RaftState {
  readonly id: NodeId;
  readonly config: RaftConfig;
  readonly random: () => number;
  readonly offsetOfCommand: OffsetOfCommand;
  readonly trace: TraceSink | null;
  readonly mayVote: () => boolean;
  readonly log: RaftLog;
  readonly outbox: Outbox;
  readonly reads: ReadState;

  nowMs: number;
  term: Term;
  votedFor: NodeId | null;
  /** Term or vote changed since the last Ready. */
  hardStateDirty: boolean;
  /** The term on disk; `term` runs ahead of it while a write is under way. */
  durableTerm: Term;
  /** Terms of the writes handed out, oldest first. */
  termWrites: Term[];
  /** The commit index in the hard state handed out last. */
  commitHint: LogIndex;
  /** The commit index in the Ready handed out last. */
  commitShown: LogIndex;

  role: Role;
  leaderId: NodeId | null;
  leaderContactMs: number | null;
  electionTimeoutMs: number;
  electionDeadlineMs: number;
  /** Answers to the vote or pre-vote under way. */
  readonly votes: Map<NodeId, boolean>;
  receiving: Receiving | null;

  /** The rest is for the leader only. */
  followers: Progress[];
  readonly followersById: Map<NodeId, Progress>;
  /** Index of the first entry of its term. */
  termStartIndex: LogIndex;
  heartbeatDueMs: number;
  /** When followers are told of a commit that no entries have told them of; a leader's. */
  commitNoticeDueMs: number;
  transfer: Transfer | null;
  /** Something changed that may allow a message to a follower. */
  sendDue: boolean;
}

/** The first read number is drawn below this; see `createState`. */
const FIRST_READ_ID_MAX = 2 ** 44;

/** The state after a start, from what was on disk. Everyone starts as a follower. */
export function createState(options: RaftOptions): RaftState {
  const { id, config, recovered, nowMs, random, offsetOfCommand, trace } = options;
  const { hardState } = recovered;
  const log = new RaftLog({ recovered, offsetOfCommand, cacheBytesMax: config.cacheBytesMax });
  // Log and hard state lie in different files. When a crash came between their syncs, the log may
  // hold an entry of a term the hard state does not know; nobody was told of either.
  const term = Math.max(hardState.term, log.lastTerm);
  return {
    id,
    config,
    random,
    offsetOfCommand,
    trace,
    mayVote: options.mayVote ?? (() => true),
    log,
    outbox: new Outbox(),
    reads: {
      // A late answer to a request from before a restart must not match a new read: the leader may
      // still be the same. A random start keeps the numbers of two lives apart.
      nextReadId: 1 + Math.floor(random() * FIRST_READ_ID_MAX),
      round: 0,
      waiting: [],
      asked: [],
      requests: [],
    },
    nowMs,
    term,
    votedFor: term === hardState.term ? hardState.votedFor : null,
    hardStateDirty: term !== hardState.term,
    durableTerm: hardState.term,
    termWrites: [],
    commitHint: hardState.commitIndex,
    commitShown: 0,
    role: 'follower',
    leaderId: null,
    leaderContactMs: null,
    electionTimeoutMs: 0,
    electionDeadlineMs: 0,
    votes: new Map(),
    receiving: null,
    followers: [],
    followersById: new Map(),
    termStartIndex: 0,
    heartbeatDueMs: Infinity,
    commitNoticeDueMs: Infinity,
    transfer: null,
    sendDue: false,
  };
}

/** The membership in force: the newest in the log, committed or not (dissertation §4.1). */
export function membershipInForce(state: RaftState): Membership {
  return state.log.memberships.current.membership;
}

/** Ids of the voters in force. */
export function voterIds(state: RaftState): NodeId[] {
  const ids: NodeId[] = [];
  for (const member of membershipInForce(state).members) if (member.voter) ids.push(member.id);
  return ids;
}

/** Whether a server has a vote in the membership in force. */
export function isVoter(state: RaftState, id: NodeId): boolean {
  return hasVote(membershipInForce(state), id);
}

/**
 * Whether this server may start an election: it has a vote, or the entry that takes it away is not
 * known to be committed.
 *
 * In the second case it may hold the longest log of all, so nobody else can win, and the others may
 * still need its vote: of two servers, one is removed, the leader crashes and loses the entry, and
 * only the removed one has it. It then leads without counting itself, until that entry is committed
 * (dissertation §4.2.2).
 */
export function mayCampaign(state: RaftState): boolean {
  if (!state.mayVote()) return false;
  if (isVoter(state, state.id)) return true;
  const { previous } = state.log.memberships;
  return (
    previous !== null && !isMembershipCommitted(state) && hasVote(previous.membership, state.id)
  );
}

function hasVote(membership: Membership, id: NodeId): boolean {
  for (const member of membership.members) if (member.id === id) return member.voter;
  return false;
}

/** Whether the leader has committed an entry of its own term (dissertation §6.4, Ongaro 2015). */
export function hasCommittedInTerm(state: RaftState): boolean {
  return state.role === 'leader' && state.log.commitIndex >= state.termStartIndex;
}

/** Whether the newest membership is committed. */
export function isMembershipCommitted(state: RaftState): boolean {
  return state.log.memberships.current.index <= state.log.commitIndex;
}

/** Tells the observer which membership is in force. */
export function traceMembership(state: RaftState): void {
  if (state.trace === null) return;
  const { membership, index } = state.log.memberships.current;
  const committed = index <= state.log.commitIndex;
  state.trace({ type: 'membership', index, membership, committed });
}

/** Whether a follower has answered the leader within an election timeout. */
export function isReachable(state: RaftState, progress: Progress): boolean {
  const { lastContactMs } = progress;
  const { electionTimeoutMaxMs } = state.config;
  return lastContactMs !== null && state.nowMs - lastContactMs <= electionTimeoutMaxMs;
}

/** A refusal, with whom to ask instead. */
export function refuse(state: RaftState, reason: RefusalReason): Refusal {
  return { ok: false, reason, leaderId: state.leaderId };
}

/**
 * Sends a message that does not speak of anything on disk but the term. No message leaves before its
 * term is durable: a server that forgot a term could win it, or vote in it, a second time.
 */
export function send(state: RaftState, message: Message): void {
  if (state.durableTerm === state.term) state.outbox.messages.push(message);
  else state.outbox.messagesAfterAppend.push(message);
}

/** Sends a message that promises something which may not be on disk yet (dissertation §3.8). */
export function sendAfterAppend(state: RaftState, message: Message): void {
  state.outbox.messagesAfterAppend.push(message);
}

/** Leaves a message alone that no correct server sends, and tells the observer. */
export function ignore(state: RaftState, message: Message, reason: string): void {
  const { type, from } = message;
  state.trace?.({ type: 'ignored', message: type, from, reason });
}

/** Sets term and vote; they go to disk with the next Ready. */
export function setTermAndVote(state: RaftState, term: Term, votedFor: NodeId | null): void {
  if (term > state.term) state.outbox.forgetAfterAppend();
  state.term = term;
  state.votedFor = votedFor;
  state.hardStateDirty = true;
}

/** Draws a new election timeout, so that servers do not run out together twice (Raft paper §5.2). */
export function startElectionTimer(state: RaftState): void {
  const { electionTimeoutMinMs, electionTimeoutMaxMs } = state.config;
  const spread = electionTimeoutMaxMs - electionTimeoutMinMs;
  state.electionTimeoutMs = electionTimeoutMinMs + Math.floor(state.random() * spread);
  state.electionDeadlineMs = state.nowMs + state.electionTimeoutMs;
}
