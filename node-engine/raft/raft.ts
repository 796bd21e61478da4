import { assert, unwrap } from './assert.ts';
import { advanceCommit } from './commit.ts';
import type {
  MembershipChange,
  Proposal,
  Proposed,
  RaftCore,
  RaftOptions,
  RaftStatus,
  ReadAccepted,
} from './core.ts';
import { countOwnVote, onLinkClosed, startElection, startPreVote } from './election.ts';
import type { Refusal } from './errors.ts';
import { hasQuorumContact } from './follower-contact.ts';
import { appendAsLeader } from './leader-log.ts';
import { isValidMembership } from './membership-check.ts';
import { encodeMembership } from './membership-codec.ts';
import { proposeMembership } from './membership.ts';
import type { Message } from './message.ts';
import { askLeader, expireReads, readDeadlineMs, readIndex } from './read-index.ts';
import type { Ready, Role } from './ready.ts';
import { onFetched, replicate, sendHeartbeats } from './replication.ts';
import { becomeFollower, stepDownIfNoVoter } from './roles.ts';
import { runCost } from './run.ts';
import { onSnapshotChunkStored } from './snapshot-receive.ts';
import { onSnapshotBytes } from './snapshot-send.ts';
import {
  createState,
  hasCommittedInTerm,
  mayCampaign,
  membershipInForce,
  refuse,
  setTermAndVote,
  startElectionTimer,
  voterIds,
} from './state.ts';
import type { RaftState } from './state.ts';
import { statusOf } from './status.ts';
import { step } from './step.ts';
import { expireTransfer, transferLeadership } from './transfer.ts';
import { RUN_COMMANDS, RUN_KIND_MASK, RUN_MEMBERSHIP, RUN_RESTORE, RUN_TICK } from './types.ts';
import type {
  HardState,
  LogIndex,
  Member,
  Membership,
  NodeId,
  Run,
  SnapshotMeta,
  Term,
} from './types.ts';

/** Kinds of runs that do not come from the core itself. */
const MAY_BE_PROPOSED: ReadonlySet<number> = new Set([RUN_COMMANDS, RUN_TICK, RUN_RESTORE]);

/**
 * The Raft core of one server. This file only decides who handles what; the rules are in the modules
 * named by their sections of the paper. See `RaftCore` for the contract.
 */
export class Raft implements RaftCore {
  readonly #state: RaftState;

  constructor(options: RaftOptions) {
    const state = createState(options);
    this.#state = state;
    startElectionTimer(state);
    // The only voter need not give anyone else a chance.
    const voters = voterIds(state);
    if (voters.length === 1 && voters[0] === state.id) state.electionDeadlineMs = state.nowMs;
  }

  tick(nowMs: number): void {
    const state = this.#state;
    // A clock that goes backwards changes nothing; it is the caller's duty that it does not.
    if (nowMs > state.nowMs) state.nowMs = nowMs;
    if (state.role === 'leader') this.#tickLeader();
    else this.#tickFollower();
  }

  #tickLeader(): void {
    const state = this.#state;
    expireTransfer(state);
    if (state.nowMs >= state.commitNoticeDueMs) state.sendDue = true;
    if (state.nowMs < state.heartbeatDueMs || state.followers.length === 0) return;
    if (hasQuorumContact(state)) sendHeartbeats(state);
    else becomeFollower(state, state.term, null, 'no contact with a quorum');
  }

  #tickFollower(): void {
    const state = this.#state;
    expireReads(state);
    if (state.nowMs < state.electionDeadlineMs) return;
    if (mayCampaign(state)) startPreVote(state, 'election timeout');
    else if (state.leaderId !== null) becomeFollower(state, state.term, null, 'leader not heard');
  }

  nextDeadlineMs(): number {
    const state = this.#state;
    if (state.role === 'leader') {
      const transferMs = state.transfer?.deadlineMs ?? Infinity;
      if (state.followers.length === 0) return transferMs;
      return Math.min(state.heartbeatDueMs, state.commitNoticeDueMs, transferMs);
    }
    // A server without a vote and without a leader has nothing to wait for.
    const waitsForLeader = state.leaderId !== null || mayCampaign(state);
    return Math.min(waitsForLeader ? state.electionDeadlineMs : Infinity, readDeadlineMs(state));
  }

  step(message: Message): void {
    step(this.#state, message);
  }

  linkClosed(peer: NodeId): void {
    onLinkClosed(this.#state, peer);
  }

  propose(proposal: Proposal): Proposed | Refusal {
    const state = this.#state;
    const kind = proposal.flags & RUN_KIND_MASK;
    assert(MAY_BE_PROPOSED.has(kind), 'only commands, ticks and restores are proposed');
    assert(Number.isSafeInteger(proposal.count) && proposal.count >= 1, 'a proposal has entries');
    if (state.role !== 'leader') return refuse(state, 'not-leader');
    if (state.transfer !== null) return refuse(state, 'transfer-in-progress');
    const { pinnedBytes } = state.log;
    const after = pinnedBytes + runCost(proposal);
    // One proposal always fits, or one larger than the limit could never be made.
    if (pinnedBytes > 0 && after > state.config.uncommittedBytesMax) {
      return refuse(state, 'too-many-uncommitted');
    }
    return appendAsLeader(state, proposal);
  }

  proposeMembership(change: MembershipChange): Proposed | Refusal {
    return proposeMembership(this.#state, change);
  }

  /**
   * The first membership is entry 1 of term 1, as if a leader of that term had written it. The server
   * then wins the election of term 2 alone, like any cluster of one.
   */
  bootstrap(member: Member): Proposed | Refusal {
    const state = this.#state;
    const { log } = state;
    // An earlier bootstrap that was cut short leaves its vote, and the term of the election behind it:
    // a server that has nothing votes for itself here only.
    const isCutShort = state.votedFor === state.id;
    if (log.lastIndex > 0 || (state.term > 0 && !isCutShort)) return refuse(state, 'log-not-empty');
    const membership: Membership = { members: [{ ...member, promote: false }] };
    if (member.id !== state.id || !isValidMembership(membership)) {
      return refuse(state, 'invalid-member');
    }
    if (!isCutShort) setTermAndVote(state, 1, state.id);
    log.append({
      firstIndex: 1,
      originalFirstIndex: 1,
      count: 1,
      term: 1,
      timeNs: 0n,
      seed: 0n,
      flags: RUN_MEMBERSHIP,
      bytes: encodeMembership(membership),
    });
    startPreVote(state, 'first server of a cluster');
    return { ok: true, firstIndex: 1, term: 1 };
  }

  readIndex(): ReadAccepted | Refusal {
    return readIndex(this.#state);
  }

  transferLeadership(to: NodeId | null): { readonly ok: true; readonly to: NodeId } | Refusal {
    return transferLeadership(this.#state, to);
  }

  campaign(): { readonly ok: true } | Refusal {
    const state = this.#state;
    if (state.role === 'leader') return refuse(state, 'already-leader');
    if (!mayCampaign(state)) return refuse(state, 'not-voter');
    startPreVote(state, 'asked to campaign');
    return { ok: true };
  }

  campaignNow(): { readonly ok: true } | Refusal {
    const state = this.#state;
    if (state.role === 'leader') return refuse(state, 'already-leader');
    if (!mayCampaign(state)) return refuse(state, 'not-voter');
    // A candidate is in an election already; another term would only undo the votes it has.
    if (state.role !== 'candidate') startElection(state, 'told to campaign at once', true);
    return { ok: true };
  }

  role(): Role {
    return this.#state.role;
  }

  term(): Term {
    return this.#state.term;
  }

  leaderId(): NodeId | null {
    return this.#state.leaderId;
  }

  commitIndex(): LogIndex {
    return this.#state.log.commitIndex;
  }

  transferTarget(): NodeId | null {
    return this.#state.transfer?.to ?? null;
  }

  leadsWithCommit(): boolean {
    return hasCommittedInTerm(this.#state);
  }

  hasReady(): boolean {
    const state = this.#state;
    const { log, outbox } = state;
    // What can be sent is decided here, once for everything that came in since the last Ready.
    if (state.role === 'leader') {
      replicate(state);
      // Only now, so that the followers hear of the commit that ends this leadership.
      stepDownIfNoVoter(state);
    } else {
      askLeader(state);
    }
    if (state.hardStateDirty || log.hasChange) return true;
    outbox.settleWithoutWrite();
    return !outbox.isEmpty || log.applicableIndex > state.commitShown;
  }

  ready(): Ready {
    assert(this.hasReady(), 'a Ready is taken only when there is one');
    const state = this.#state;
    const { log, outbox } = state;
    outbox.sequence += 1;
    state.commitShown = Math.max(state.commitShown, log.applicableIndex);
    const mustPersist = state.hardStateDirty || log.hasChange;
    if (!mustPersist) {
      return outbox.take({ hardState: null, change: null, commitIndex: state.commitShown });
    }
    const { sequence } = outbox;
    const carriesHint = state.hardStateDirty || log.applicableIndex > state.commitHint;
    const hardState = carriesHint ? this.hardState() : null;
    const change = log.handOut(sequence);
    outbox.writeStarted(sequence);
    state.termWrites.push(state.term);
    state.hardStateDirty = false;
    state.commitHint = log.applicableIndex;
    return outbox.take({ hardState, change, commitIndex: state.commitShown });
  }

  persisted(sequence: number): void {
    const state = this.#state;
    state.log.persisted(sequence);
    state.durableTerm = unwrap(state.termWrites.shift(), 'every write carries a term');
    state.outbox.writeDone();
    countOwnVote(state);
    if (state.role === 'leader') advanceCommit(state);
  }

  fetched(to: NodeId, fromIndex: LogIndex, runs: readonly Run[] | null): void {
    onFetched(this.#state, { to, fromIndex, runs });
  }

  snapshotBytesRead(
    to: NodeId,
    snapshotIndex: LogIndex,
    offset: number,
    bytes: { readonly data: Uint8Array; readonly done: boolean } | null,
  ): void {
    onSnapshotBytes(this.#state, { to, snapshotIndex, offset, bytes });
  }

  snapshotChunkStored(write: {
    readonly lastIncludedIndex: LogIndex;
    readonly nextOffset: number;
    readonly done: boolean;
    readonly ok: boolean;
    readonly snapshot: SnapshotMeta | null;
  }): void {
    onSnapshotChunkStored(this.#state, write);
  }

  snapshotTaken(snapshot: SnapshotMeta): void {
    const { log } = this.#state;
    const { lastIncludedIndex, lastIncludedTerm } = snapshot;
    // A newer one arrived from the leader meanwhile.
    if (lastIncludedIndex <= log.snapshotIndex) return;
    assert(lastIncludedIndex <= log.applicableIndex, 'a snapshot holds only what was applied');
    assert(log.holds(lastIncludedIndex, lastIncludedTerm), 'a snapshot names the term of its end');
    log.snapshot = snapshot;
  }

  compact(index: LogIndex): void {
    this.#state.log.trimThrough(index);
  }

  applied(index: LogIndex): void {
    const { log } = this.#state;
    assert(index <= log.applicableIndex, 'only what is committed and durable is applied');
    log.appliedIndex = Math.max(log.appliedIndex, index);
  }

  cachedRuns(fromIndex: LogIndex, toIndex: LogIndex): readonly Run[] | null {
    return this.#state.log.cachedRuns(fromIndex, toIndex);
  }

  termAt(index: LogIndex): number | null {
    return this.#state.log.termAt(index);
  }

  membership(): Membership {
    return membershipInForce(this.#state);
  }

  peers(): readonly NodeId[] {
    const state = this.#state;
    if (state.role === 'leader') return state.followers.map((progress) => progress.id);
    const ids = membershipInForce(state).members.map((member) => member.id);
    return ids.filter((id) => id !== state.id);
  }

  membershipAt(index: LogIndex): { readonly membership: Membership; readonly index: LogIndex } {
    return this.#state.log.memberships.at(index);
  }

  hardState(): HardState {
    const { term, votedFor, log } = this.#state;
    // Only what is durable already: this may reach the disk although the entries written along with
    // it do not, and then it would call committed whatever was stored there before.
    return { term, votedFor, commitIndex: log.applicableIndex };
  }

  status(): RaftStatus {
    return statusOf(this.#state);
  }
}
