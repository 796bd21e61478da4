import type {
  MembershipChange,
  Proposal,
  Proposed,
  RaftCore,
  RaftStatus,
  ReadAccepted,
} from '../raft/core.ts';
import type { Refusal } from '../raft/errors.ts';
import type { Message } from '../raft/message.ts';
import type { Ready, Role } from '../raft/ready.ts';
import type {
  HardState,
  LogIndex,
  Member,
  Membership,
  NodeId,
  Run,
  SnapshotMeta,
  Term,
} from '../raft/types.ts';
import type { NodeWatch } from './node-watch.ts';

type ChunkStored = Parameters<RaftCore['snapshotChunkStored']>[0];
type SnapshotBytes = Parameters<RaftCore['snapshotBytesRead']>[3];

/**
 * The core under test with an observer around it: every call is passed on unchanged, and the observer
 * looks before and after. The core cannot tell that it is there.
 */
export class ObservedCore implements RaftCore {
  private readonly core: RaftCore;
  private readonly watch: NodeWatch;

  constructor(core: RaftCore, watch: NodeWatch) {
    this.core = core;
    this.watch = watch;
  }

  tick(nowMs: number): void {
    this.watch.before(null);
    this.core.tick(nowMs);
    this.watch.afterTick(nowMs);
  }

  nextDeadlineMs(): number {
    return this.core.nextDeadlineMs();
  }

  step(message: Message): void {
    this.watch.before(message);
    this.core.step(message);
    this.watch.afterStep(message);
  }

  propose(proposal: Proposal): Proposed | Refusal {
    this.watch.before(null);
    const proposed = this.core.propose(proposal);
    this.watch.afterProposal(proposed);
    return proposed;
  }

  proposeMembership(change: MembershipChange): Proposed | Refusal {
    this.watch.before(null);
    const proposed = this.core.proposeMembership(change);
    this.watch.afterMembershipProposal(proposed);
    return proposed;
  }

  bootstrap(member: Member): Proposed | Refusal {
    this.watch.before(null);
    const proposed = this.core.bootstrap(member);
    this.watch.after(null);
    return proposed;
  }

  readIndex(): ReadAccepted | Refusal {
    const read = this.watch.beforeRead();
    const accepted = this.core.readIndex();
    this.watch.afterRead(read, accepted);
    return accepted;
  }

  transferLeadership(to: NodeId | null): { readonly ok: true; readonly to: NodeId } | Refusal {
    this.watch.before(null);
    const started = this.core.transferLeadership(to);
    this.watch.after(null);
    return started;
  }

  linkClosed(peer: NodeId): void {
    this.watch.beforeLinkClosed(peer);
    this.core.linkClosed(peer);
    this.watch.after(null);
  }

  campaign(): { readonly ok: true } | Refusal {
    this.watch.before(null);
    const started = this.core.campaign();
    this.watch.after(null);
    return started;
  }

  campaignNow(): { readonly ok: true } | Refusal {
    this.watch.before(null);
    const started = this.core.campaignNow();
    this.watch.after(null);
    return started;
  }

  role(): Role {
    return this.core.role();
  }

  term(): Term {
    return this.core.term();
  }

  leaderId(): NodeId | null {
    return this.core.leaderId();
  }

  commitIndex(): LogIndex {
    return this.core.commitIndex();
  }

  transferTarget(): NodeId | null {
    return this.core.transferTarget();
  }

  leadsWithCommit(): boolean {
    return this.core.leadsWithCommit();
  }

  hasReady(): boolean {
    return this.core.hasReady();
  }

  ready(): Ready {
    this.watch.before(null);
    const ready = this.core.ready();
    this.watch.afterReady(ready);
    return ready;
  }

  persisted(sequence: number): void {
    this.watch.before(null);
    this.core.persisted(sequence);
    this.watch.after(null);
  }

  fetched(to: NodeId, fromIndex: LogIndex, runs: readonly Run[] | null): void {
    this.watch.before(null);
    this.core.fetched(to, fromIndex, runs);
    this.watch.after(null);
  }

  snapshotBytesRead(
    to: NodeId,
    snapshotIndex: LogIndex,
    offset: number,
    bytes: SnapshotBytes,
  ): void {
    this.watch.before(null);
    this.core.snapshotBytesRead(to, snapshotIndex, offset, bytes);
    this.watch.after(null);
  }

  snapshotChunkStored(write: ChunkStored): void {
    this.watch.before(null);
    this.core.snapshotChunkStored(write);
    this.watch.after(null);
  }

  snapshotTaken(snapshot: SnapshotMeta): void {
    this.watch.before(null);
    this.core.snapshotTaken(snapshot);
    this.watch.after(null);
  }

  compact(index: LogIndex): void {
    this.watch.before(null);
    this.core.compact(index);
    this.watch.after(null);
  }

  applied(index: LogIndex): void {
    this.watch.applied(index);
    this.core.applied(index);
  }

  cachedRuns(fromIndex: LogIndex, toIndex: LogIndex): readonly Run[] | null {
    return this.core.cachedRuns(fromIndex, toIndex);
  }

  termAt(index: LogIndex): Term | null {
    return this.core.termAt(index);
  }

  membership(): Membership {
    return this.core.membership();
  }

  membershipAt(index: LogIndex): { readonly membership: Membership; readonly index: LogIndex } {
    return this.core.membershipAt(index);
  }

  peers(): ReturnType<RaftCore['peers']> {
    return this.core.peers();
  }

  hardState(): HardState {
    return this.core.hardState();
  }

  status(): RaftStatus {
    return this.core.status();
  }
}
