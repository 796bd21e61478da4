import type { Message, PreVoteRequest, RequestVoteRequest } from '../../raft/message.ts';
import type { RaftConfig } from '../../raft/config.ts';
import type { LogIndex, NodeId, Term } from '../../raft/types.ts';
import type { Ghost } from '../ghost.ts';
import type { NodeGhost, Watched } from '../node-ghost.ts';
import { checkElectedOverlap } from './membership.ts';

/** A server became leader: S1, S4, and its own vote is durable (S10, S11). */
export function checkNewLeader(ghost: Ghost, { node, core }: Watched): void {
  const term = core.term();
  const known = ghost.leaders.get(term);
  ghost.check('S1', known === undefined || known === node.id, () => {
    return `servers ${known ?? ''} and ${node.id} both lead term ${term}`;
  });
  ghost.leaders.set(term, node.id);
  recordVote(ghost, { voter: node.id, term, candidate: node.id });
  const voters = core.membership().members.filter((member) => member.voter);
  const granted = voters.filter(({ id }) => ghost.votes.get(`${id} ${term}`) === node.id);
  ghost.check('S1', granted.length * 2 > voters.length, () => {
    const ids = granted.map(({ id }) => id).join(' ');
    return `${node.id} leads term ${term} by the votes of ${ids} of ${voters.length} voters`;
  });
  checkElectedOverlap(
    ghost,
    { node, core },
    granted.map(({ id }) => id),
  );
  ghost.check('S11', node.durableTerm === term && node.durableVote === node.id, () => {
    return `${node.id} leads term ${term} although its own vote there is not durable`;
  });
  let index = ghost.committedIndex;
  while (index > 0 && (ghost.committed[index]?.inTerm ?? 0) >= term) index -= 1;
  const found = core.termAt(index);
  const has = found === null ? index <= node.log.snapshotIndex : true;
  ghost.check(
    'S4',
    has && (found ?? ghost.committedTermAt(index)) === ghost.committedTermAt(index),
    () => {
      return (
        `${node.id} leads term ${term} without committed entry ${index} of term ` +
        `${ghost.committedTermAt(index)} (it has ${found === null ? 'nothing' : `term ${found}`})`
      );
    },
  );
}

/** The term in memory went from `before` to `after` (S9). */
export function checkTerm(ghost: Ghost, node: NodeGhost, before: Term, after: Term): void {
  ghost.check('S9', after >= before, () => `${node.id} went from term ${before} to ${after}`);
}

/** Notes a vote and checks that it is the only one of its term (S10). */
export function recordVote(
  ghost: Ghost,
  vote: { readonly voter: NodeId; readonly term: Term; readonly candidate: NodeId },
): void {
  const key = `${vote.voter} ${vote.term}`;
  const known = ghost.votes.get(key);
  ghost.check('S10', known === undefined || known === vote.candidate, () => {
    return `${vote.voter} voted for ${known ?? ''} and ${vote.candidate} in term ${vote.term}`;
  });
  ghost.votes.set(key, vote.candidate);
}

/** A vote is on its way: S10, and it is durable (S11). */
export function checkSentVote(ghost: Ghost, node: NodeGhost, message: Message): void {
  if (message.type !== 'RequestVoteResponse' || !message.granted) return;
  recordVote(ghost, { voter: node.id, term: message.term, candidate: message.to });
  const isDurable =
    node.durableTerm > message.term ||
    (node.durableTerm === message.term && node.durableVote === message.to);
  ghost.check('S11', isDurable, () => {
    return (
      `${node.id} sends its vote of term ${message.term} for ${message.to}, but has durable ` +
      `term ${node.durableTerm} and vote ${node.durableVote ?? 'none'}`
    );
  });
}

/** What a request for a vote met. */
export interface VoteMoment {
  readonly votedBefore: NodeId | null;
  readonly termBefore: Term;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
}

/** A RequestVote was handled: a grant needs an up-to-date candidate (S12). */
export function checkVote(
  ghost: Ghost,
  { node, core }: Watched,
  request: RequestVoteRequest,
  before: VoteMoment,
): void {
  const { term, votedFor } = core.hardState();
  const granted =
    term === request.term &&
    votedFor === request.from &&
    (before.termBefore !== term || before.votedBefore !== votedFor);
  if (!granted) return;
  ghost.check('S12', isUpToDate(request, before), () => {
    return (
      `${node.id} with last entry ${before.lastIndex} of term ${before.lastTerm} votes for ` +
      `${request.from} with ${request.lastLogIndex} of term ${request.lastLogTerm}`
    );
  });
}

/** True when the candidate's log is at least as new as the voter's (Raft paper §5.4.1). */
export function isUpToDate(
  request: RequestVoteRequest | PreVoteRequest,
  voter: { readonly lastIndex: LogIndex; readonly lastTerm: Term },
): boolean {
  return (
    request.lastLogTerm > voter.lastTerm ||
    (request.lastLogTerm === voter.lastTerm && request.lastLogIndex >= voter.lastIndex)
  );
}

/** A pre-vote request was handled (S27). */
export function checkPreVote(
  ghost: Ghost,
  { node, core }: Watched,
  request: PreVoteRequest,
  before: VoteMoment & { readonly deadlineMs: number },
): void {
  const { term, votedFor } = core.hardState();
  const isUntouched =
    term === before.termBefore &&
    votedFor === before.votedBefore &&
    core.nextDeadlineMs() === before.deadlineMs;
  ghost.check('S27', isUntouched, () => {
    return `a pre-vote request of ${request.from} changed term, vote or timer of ${node.id}`;
  });
}

/** A pre-vote was granted: the candidate is up to date and no leader was heard (S27). */
export function checkPreVoteGranted(
  ghost: Ghost,
  { node }: Watched,
  request: PreVoteRequest,
  moment: VoteMoment & { readonly config: RaftConfig },
): void {
  ghost.check('S27', isUpToDate(request, moment), () => {
    return `${node.id} grants a pre-vote to ${request.from}, whose log is behind its own`;
  });
  const silenceMs = node.nowMs - node.leaderHeardMs;
  // A request from the very leader that was heard shows that it leads no more.
  const isQuiet =
    node.leaderHeardFrom === request.from || silenceMs >= moment.config.electionTimeoutMinMs;
  ghost.check('S27', isQuiet, () => {
    return `${node.id} grants a pre-vote ${silenceMs} ms after it heard its leader`;
  });
}

const PROVES_A_LEADER_OR_TERM: ReadonlySet<Message['type']> = new Set([
  'AppendEntriesRequest',
  'AppendEntriesResponse',
  'InstallSnapshotRequest',
  'InstallSnapshotResponse',
]);

/** A leader handled a message of a higher term: it leads no more (S26). */
export function checkStepDown(
  ghost: Ghost,
  { node, core }: Watched,
  message: Message,
  termBefore: Term,
): void {
  if (message.term <= termBefore || !PROVES_A_LEADER_OR_TERM.has(message.type)) return;
  ghost.check('S26', core.role() !== 'leader' && core.term() >= message.term, () => {
    return `${node.id} still leads term ${termBefore} after a ${message.type} of ${message.term}`;
  });
}

/** A tick was handled: a leader without its quorum must give up in time (S26). */
export function checkQuorumContact(
  ghost: Ghost,
  { node, core }: Watched,
  config: RaftConfig,
): void {
  if (core.role() !== 'leader') {
    node.quorumLostMs = null;
    return;
  }
  const sinceMs = node.nowMs - config.electionTimeoutMaxMs;
  const voters = core.membership().members.filter((member) => member.voter);
  const heard = voters.filter(({ id }) => {
    return id === node.id || (node.contactMs.get(id) ?? node.leaderSinceMs) >= sinceMs;
  });
  if (heard.length * 2 > voters.length) {
    node.quorumLostMs = null;
    return;
  }
  node.quorumLostMs ??= node.nowMs;
  const lostForMs = node.nowMs - node.quorumLostMs;
  ghost.check('S26', lostForMs <= 2 * config.electionTimeoutMaxMs, () => {
    return `${node.id} leads term ${core.term()} and has not heard a quorum for ${lostForMs} ms`;
  });
}
