import type { RaftConfig } from '../raft/config.ts';
import type { Proposed, RaftCore, ReadAccepted } from '../raft/core.ts';
import type { Refusal } from '../raft/errors.ts';
import type { Message } from '../raft/message.ts';
import type { Ready, Role } from '../raft/ready.ts';
import type { TraceEvent } from '../raft/trace.ts';
import type { LogIndex, Membership, NodeId, Term } from '../raft/types.ts';
import type { Ghost } from './ghost.ts';
import {
  checkApplied,
  checkCommit,
  checkReadyCommit,
  checkTruncation,
} from './invariants/commit.ts';
import { checkMatch, checkSentAcknowledgement } from './invariants/durability.ts';
import {
  checkNewLeader,
  checkPreVote,
  checkPreVoteGranted,
  checkQuorumContact,
  checkSentVote,
  checkStepDown,
  checkTerm,
  checkVote,
} from './invariants/election.ts';
import { checkLimits } from './invariants/limits.ts';
import { checkReadyLog, checkSentRuns } from './invariants/log.ts';
import { checkMembershipChange, checkMembershipInForce } from './invariants/membership.ts';
import { beginRead, checkReadIndex, checkReadSees } from './invariants/reads.ts';
import {
  checkProposalDuringTransfer,
  checkTimeoutNow,
  checkTransferTime,
} from './invariants/transfer.ts';
import type { Coverage, MarkCounts } from './marks.ts';
import type { NodeGhost, Watched, WatchedRead } from './node-ghost.ts';
import { noteMarks, noteMessageMarks, noteReadyMarks } from './watch-marks.ts';

/** Limits are looked at every so many inputs of a leader: it takes a full status. */
const LIMITS_EVERY = 16;

/** What was true before an input. */
interface Moment {
  role: Role;
  term: Term;
  commitIndex: LogIndex;
  votedFor: NodeId | null;
  lastIndex: LogIndex;
  lastTerm: Term;
  deadlineMs: number;
}

/**
 * The observer of one server's core in one life: looks before and after every input and at everything
 * that comes out, and checks the invariants.
 */
export class NodeWatch {
  readonly watched: Watched;
  private readonly ghost: Ghost;
  private readonly node: NodeGhost;
  private readonly core: RaftCore;
  private readonly config: RaftConfig;
  private readonly marks: MarkCounts;
  private readonly coverage: Coverage;
  private readonly moment: Moment = {
    role: 'follower',
    term: 0,
    commitIndex: 0,
    votedFor: null,
    lastIndex: 0,
    lastTerm: 0,
    deadlineMs: 0,
  };
  private readonly acknowledged: { readonly from: NodeId; readonly matchIndex: LogIndex }[] = [];
  private grantedPreVote = false;
  private becameLeader = false;
  private membershipBefore: Membership;
  private inputs = 0;

  constructor(options: {
    readonly ghost: Ghost;
    readonly node: NodeGhost;
    readonly core: RaftCore;
    readonly config: RaftConfig;
    readonly marks: MarkCounts;
    readonly coverage: Coverage;
  }) {
    this.ghost = options.ghost;
    this.node = options.node;
    this.core = options.core;
    this.config = options.config;
    this.marks = options.marks;
    this.coverage = options.coverage;
    this.watched = { node: this.node, core: this.core };
    this.membershipBefore = this.core.membership();
    this.node.term = this.core.term();
    this.node.commitIndex = this.core.commitIndex();
  }

  /** The connection to `peer` is closed: a server need not vouch for that leader any more. */
  beforeLinkClosed(peer: NodeId): void {
    this.before(null);
    if (this.node.leaderHeardFrom === peer) this.node.leaderHeardMs = -Infinity;
  }

  before(message: Message | null): void {
    const { core, moment } = this;
    moment.role = core.role();
    moment.term = core.term();
    moment.commitIndex = core.commitIndex();
    if (message === null) return;
    const isVoter = this.node.log.membership.membership.members.some(({ id, voter }) => {
      return id === this.node.id && voter;
    });
    const role = moment.role === 'follower' && !isVoter ? 'non-voter' : moment.role;
    this.coverage.hit(role, message.type, message.term - moment.term);
    if (message.type === 'PreVoteRequest' || message.type === 'RequestVoteRequest') {
      const status = core.status();
      moment.votedFor = status.votedFor;
      moment.lastIndex = status.lastIndex;
      moment.lastTerm = status.lastTerm;
      moment.deadlineMs = core.nextDeadlineMs();
    }
    noteMessageMarks(this.marks, this.watched, message);
  }

  after(message: Message | null): void {
    const { core, node, ghost, moment } = this;
    const term = core.term();
    if (term !== moment.term) {
      checkTerm(ghost, node, moment.term, term);
      node.leaderHeardMs = -Infinity;
    }
    const role = core.role();
    if (this.becameLeader) {
      this.becameLeader = false;
      checkNewLeader(ghost, this.watched);
      if (ghost.committedMemberships.length > 1) {
        this.marks['leader elected after a membership change'] += 1;
      }
      node.forgetLeadership();
      node.leadsSinceSequence = node.lastSequence + 1;
      node.leaderSinceMs = node.nowMs;
    } else if (moment.role === 'leader' && (role !== 'leader' || term !== moment.term)) {
      node.forgetLeadership();
    }
    checkCommit(ghost, this.watched, moment.commitIndex, message);
    checkTransferTime(ghost, this.watched, this.config);
    for (const { from, matchIndex } of this.acknowledged) {
      checkMatch(ghost, this.watched, from, matchIndex);
    }
    this.acknowledged.length = 0;
    node.role = role;
    node.term = term;
    node.commitIndex = core.commitIndex();
    this.inputs += 1;
    if (role === 'leader' && this.inputs % LIMITS_EVERY === 0) {
      checkLimits(ghost, this.watched, this.config);
    }
    if (this.membershipBefore !== core.membership()) {
      node.membershipBefore = this.membershipBefore;
      node.membershipEvent = ghost.event;
      this.membershipBefore = core.membership();
    }
  }

  afterTick(nowMs: number): void {
    this.node.nowMs = nowMs;
    this.after(null);
    checkQuorumContact(this.ghost, this.watched, this.config);
  }

  afterStep(message: Message): void {
    const { core, node, ghost, moment } = this;
    node.contactMs.set(message.from, node.nowMs);
    const isFromLeader =
      message.type === 'AppendEntriesRequest' || message.type === 'InstallSnapshotRequest';
    if (moment.role === 'leader') {
      checkStepDown(ghost, this.watched, message, moment.term);
      this.noteAnsweredRound(message);
    }
    if (message.type === 'RequestVoteRequest') {
      const before = { ...moment, votedBefore: moment.votedFor, termBefore: moment.term };
      checkVote(ghost, this.watched, message, before);
    } else if (message.type === 'PreVoteRequest') {
      const before = { ...moment, votedBefore: moment.votedFor, termBefore: moment.term };
      checkPreVote(ghost, this.watched, message, before);
      if (this.grantedPreVote) {
        checkPreVoteGranted(ghost, this.watched, message, { ...before, config: this.config });
      }
    } else if (message.type === 'ReadIndexRequest') {
      // A repeated request is the same read: it began when it was asked first.
      const key = `${message.from} ${message.readId}`;
      if (core.role() === 'leader' && !node.remoteReads.has(key)) {
        node.remoteReads.set(key, beginRead(ghost));
      }
    }
    this.grantedPreVote = false;
    this.after(message);
    if (isFromLeader && message.term === core.term()) {
      node.leaderHeardMs = node.nowMs;
      node.leaderHeardFrom = message.from;
    }
  }

  afterProposal(proposed: Proposed | Refusal): void {
    checkProposalDuringTransfer(this.ghost, this.node, proposed.ok);
    if (!proposed.ok && proposed.reason === 'transfer-in-progress') {
      this.marks['proposal refused during a transfer'] += 1;
    }
    this.after(null);
  }

  afterMembershipProposal(proposed: Proposed | Refusal): void {
    if (!proposed.ok && proposed.reason === 'change-in-progress') {
      this.marks['membership change refused while one is pending'] += 1;
    }
    if (!proposed.ok && proposed.reason === 'term-not-committed') {
      this.marks['membership change refused before a commit of the term'] += 1;
    }
    this.after(null);
  }

  beforeRead(): WatchedRead {
    this.before(null);
    return beginRead(this.ghost);
  }

  afterRead(read: WatchedRead, accepted: ReadAccepted | Refusal): void {
    if (accepted.ok) this.node.reads.set(accepted.readId, read);
    if (accepted.ok && this.core.role() === 'leader' && !this.core.leadsWithCommit()) {
      this.marks['read waited for the first commit of the term'] += 1;
    }
    this.after(null);
  }

  afterReady(ready: Ready): void {
    const { ghost, watched } = this;
    noteReadyMarks(this.marks, ready);
    checkReadyLog(ghost, watched, ready);
    checkReadyCommit(ghost, watched, ready);
    checkMembershipInForce(ghost, watched);
    for (const { readId, readIndex } of ready.reads) this.checkReleased(readId, readIndex);
    for (const readId of ready.failedReads) {
      if (this.node.reads.delete(readId))
        this.marks['read failed with the loss of leadership'] += 1;
    }
    this.after(null);
  }

  applied(index: LogIndex): void {
    checkApplied(this.ghost, this.node, index);
  }

  /** A message is on its way out. */
  sending(message: Message): void {
    const { ghost, node } = this;
    ghost.order += 1;
    switch (message.type) {
      case 'RequestVoteResponse':
        checkSentVote(ghost, node, message);
        break;
      case 'AppendEntriesResponse':
      case 'InstallSnapshotResponse':
        checkSentAcknowledgement(ghost, node, message);
        break;
      case 'AppendEntriesRequest':
        checkSentRuns(ghost, node, message);
        this.noteSentRound(message.readRound);
        break;
      case 'InstallSnapshotRequest':
        this.noteSentRound(message.readRound);
        if (message.offset === 0 && (node.chunkOffsets.get(message.to) ?? 0) > 0) {
          this.marks['snapshot transfer started over'] += 1;
        }
        node.chunkOffsets.set(message.to, message.done ? 0 : message.offset);
        break;
      case 'TimeoutNow':
        checkTimeoutNow(ghost, node, message);
        break;
      case 'ReadIndexResponse':
        if (message.ok) this.checkAnsweredRead(message.to, message.readId, message.readIndex);
        break;
      case 'PreVoteRequest':
      case 'PreVoteResponse':
      case 'RequestVoteRequest':
      case 'ReadIndexRequest':
        break;
    }
  }

  /** Receives the core's own trace. */
  readonly trace = (event: TraceEvent): void => {
    noteMarks(this.marks, this.ghost, this.watched, event);
    switch (event.type) {
      case 'role':
        if (event.role === 'leader') this.becameLeader = true;
        // Who campaigns has given its leader up.
        if (event.role !== 'follower') this.node.leaderHeardMs = -Infinity;
        break;
      case 'vote-answered':
        if (event.preVote && event.granted) this.grantedPreVote = true;
        break;
      case 'acknowledged':
        this.acknowledged.push({ from: event.from, matchIndex: event.matchIndex });
        break;
      case 'truncated':
        checkTruncation(this.ghost, this.watched, event.fromIndex);
        break;
      case 'membership':
        if (!event.committed && this.core.role() === 'leader') this.noteMembership(event);
        break;
      default:
        break;
    }
  };

  private noteMembership(event: {
    readonly index: LogIndex;
    readonly membership: Membership;
  }): void {
    if (event.index <= this.node.newestMembershipIndex) return;
    if (event.index <= this.node.log.membership.index) return;
    const { index, membership } = event;
    const before = this.membershipBefore;
    checkMembershipChange(this.ghost, this.watched, { index, membership, before });
  }

  private noteSentRound(round: number): void {
    if (!this.node.roundSent.has(round)) this.node.roundSent.set(round, this.ghost.order);
  }

  private noteAnsweredRound(message: Message): void {
    if (message.type !== 'AppendEntriesResponse' && message.type !== 'InstallSnapshotResponse') {
      return;
    }
    if (message.term !== this.moment.term) return;
    const known = this.node.roundAnswered.get(message.from) ?? -1;
    if (message.readRound > known) this.node.roundAnswered.set(message.from, message.readRound);
  }

  private checkReleased(readId: number, readIndex: LogIndex): void {
    const read = this.node.reads.get(readId);
    if (read === undefined) {
      this.ghost.violate('S22', `${this.node.id} releases read ${readId}, which nobody asked for`);
      return;
    }
    this.node.reads.delete(readId);
    if (this.core.role() === 'leader') {
      this.marks['read released by the leader'] += 1;
      checkReadIndex(this.ghost, this.watched, read, readIndex);
    } else {
      this.marks['read released on a follower'] += 1;
      checkReadSees(this.ghost, read, { node: this.node.id, index: readIndex });
    }
  }

  private checkAnsweredRead(to: NodeId, readId: number, readIndex: LogIndex): void {
    const key = `${to} ${readId}`;
    const read = this.node.remoteReads.get(key);
    this.node.remoteReads.delete(key);
    // Released while it led, sent after the write that was under way: it may lead no more.
    if (read === undefined || this.core.role() !== 'leader') return;
    checkReadIndex(this.ghost, this.watched, read, readIndex);
  }
}
