import type { RaftCore } from '../raft/core.ts';
import type { Role } from '../raft/ready.ts';
import type { LogIndex, Membership, NodeId, Term } from '../raft/types.ts';
import { GhostLog } from './ghost-log.ts';

/** A read that a core took in and has not released yet. */
export interface WatchedRead {
  /** Place in the total order of everything observed. */
  readonly order: number;
  /** What the read must see at least: the newest index answered to any client by then. */
  readonly floor: LogIndex;
}

/** What the observer knows of one server. */
export class NodeGhost {
  readonly id: NodeId;
  /** Grows with every start of the server. */
  incarnation = 0;
  isUp = false;
  /** Its disk was damaged by the schedule: what it once had durable it may have lost. */
  isDamaged = false;
  /** What a server that repairs its log had promised: it must not vote before it has that again. */
  repairUntil: { readonly index: LogIndex; readonly term: Term } | null = null;
  /** The server says that its storage is damaged or has failed. */
  mustBeSilent = false;
  core: RaftCore | null = null;

  /** As the core had it after its last input. */
  role: Role = 'follower';
  term: Term = 0;
  commitIndex: LogIndex = 0;
  /** Own clock of the last tick. */
  nowMs = 0;

  /** The log as handed out by Readys. */
  readonly log = new GhostLog();
  /** What survives a crash now. */
  readonly durable = new GhostLog();
  durableTerm: Term = 0;
  durableVote: NodeId | null = null;

  lastSequence = 0;
  /** Newest `Ready.commitIndex`. */
  readyCommit: LogIndex = 0;
  appliedIndex: LogIndex = 0;
  /** Commands the machine has applied. */
  commands = 0;

  /** Sequence of the last Ready before this server began to lead its term; -1 when it does not. */
  leadsSinceSequence = -1;
  leaderSinceMs = 0;
  newestMembershipIndex: LogIndex = 0;
  /** What was in force before the newest change, and the event of that change. */
  membershipBefore: Membership = { members: [] };
  membershipEvent = 0;
  /** Own clock of the last message from the leader of the current term. */
  leaderHeardMs = -Infinity;
  leaderHeardFrom: NodeId | null = null;
  /** Own clock of the last message from each server. */
  readonly contactMs = new Map<NodeId, number>();
  /** Own clock when the leader was first seen without its quorum; null while it has one. */
  quorumLostMs: number | null = null;
  transferTarget: NodeId | null = null;
  /** It campaigns, or leads, because a leader handed over to it. */
  tookOver = false;
  /** Offset of the last snapshot chunk sent, by follower. */
  readonly chunkOffsets = new Map<NodeId, number>();
  transferSinceMs = 0;

  /** When each read round first left, by round, in the order of everything observed. */
  readonly roundSent = new Map<number, number>();
  /** Newest round of this term each server has answered. */
  readonly roundAnswered = new Map<NodeId, number>();
  readonly reads = new Map<number, WatchedRead>();
  /** Reads of followers that this leader took in: `<from> <readId>`. */
  readonly remoteReads = new Map<string, WatchedRead>();

  constructor(id: NodeId) {
    this.id = id;
  }

  /** Forgets what lives in memory only, at a crash or a start. */
  forgetVolatile(): void {
    this.isUp = false;
    this.core = null;
    this.role = 'follower';
    this.lastSequence = 0;
    this.readyCommit = 0;
    this.appliedIndex = 0;
    this.commands = 0;
    this.leaderHeardMs = -Infinity;
    this.transferTarget = null;
    this.reads.clear();
    this.forgetLeadership();
  }

  /** Forgets what belongs to one term of leading. */
  forgetLeadership(): void {
    this.leadsSinceSequence = -1;
    this.quorumLostMs = null;
    this.newestMembershipIndex = 0;
    this.contactMs.clear();
    this.roundSent.clear();
    this.roundAnswered.clear();
    this.remoteReads.clear();
  }
}

/** One server with everything a check needs. */
export interface Watched {
  readonly node: NodeGhost;
  readonly core: RaftCore;
}
