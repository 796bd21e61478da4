import type { AppendEntriesResponse, InstallSnapshotResponse } from '../../raft/message.ts';
import type { LogWrite, OpenedLog } from '../../log/log-store.ts';
import type { HardState, LogIndex, NodeId, SnapshotMeta } from '../../raft/types.ts';
import type { Ghost } from '../ghost.ts';
import type { GhostLog } from '../ghost-log.ts';
import type { NodeGhost, Watched } from '../node-ghost.ts';
import { checkRepair, isRepairing } from './repair.ts';

/** An acknowledgement is on its way: what it claims is durable here (S11). */
export function checkSentAcknowledgement(
  ghost: Ghost,
  node: NodeGhost,
  message: AppendEntriesResponse | InstallSnapshotResponse,
): void {
  const claims = message.type === 'AppendEntriesResponse' ? message.success : message.installed;
  if (!claims) return;
  const { matchIndex, term } = message;
  ghost.check('S11', node.durableTerm >= term, () => {
    return `${node.id} answers in term ${term}, durable is term ${node.durableTerm}`;
  });
  if (node.durableTerm > term) return;
  ghost.check('S11', matchIndex <= node.durable.lastIndex, () => {
    return `${node.id} acknowledges ${matchIndex}, durable is ${node.durable.lastIndex}`;
  });
}

/** A leader took in that a follower holds its log up to `matchIndex` (S15). */
export function checkMatch(
  ghost: Ghost,
  { node, core }: Watched,
  from: NodeId,
  matchIndex: LogIndex,
): void {
  const follower = ghost.nodes.get(from);
  if (follower === undefined || follower.isDamaged) return;
  // A follower that has moved on to a later term may have replaced its log since.
  if (core.role() !== 'leader' || follower.durableTerm > core.term()) return;
  const own = core.termAt(matchIndex);
  ghost.check('S15', own === null || ghost.holds(follower.durable, matchIndex, own), () => {
    const theirs = follower.durable.termAt(matchIndex);
    return (
      `${node.id} counts entry ${matchIndex} of term ${own ?? 0} for ${from}, ` +
      `which has ${theirs < 0 ? 'nothing' : `term ${theirs}`} durable there`
    );
  });
}

/** The log store says that a write is durable. */
export function noteDurable(ghost: Ghost, node: NodeGhost, write: LogWrite): void {
  applyWrite(node.durable, write);
  if (node.repairUntil !== null && !isRepairing(node)) {
    node.repairUntil = null;
    node.isDamaged = false;
  }
  if (write.hardState !== null) {
    const { term, votedFor } = write.hardState;
    ghost.check('S9', term >= node.durableTerm, () => {
      return `${node.id} stores term ${term} over ${node.durableTerm}`;
    });
    node.durableTerm = term;
    node.durableVote = votedFor;
  }
}

/** Makes the changes of one write in a mirror of a log. */
export function applyWrite(log: GhostLog, write: LogWrite): void {
  if (write.install !== null) log.install(write.install);
  if (write.truncateFrom !== null) log.truncateFrom(write.truncateFrom);
  for (const run of write.append) log.append(run);
  if (write.trimThrough !== null) log.trimThrough(write.trimThrough);
}

/**
 * A server started again: nothing that was durable is missing (S9, S10, S11).
 *
 * @param inFlight the write that was under way at the crash, which may have happened in part
 */
export function checkRecovered(
  ghost: Ghost,
  node: NodeGhost,
  { recovered, repair }: Pick<OpenedLog, 'recovered' | 'repair'>,
  inFlight: LogWrite | null,
): void {
  checkRecoveredVote(ghost, node, recovered.hardState, inFlight?.hardState ?? null);
  const { durable } = node;
  const snapshotIndex = recovered.snapshot?.lastIncludedIndex ?? 0;
  const kept = inFlight?.truncateFrom ?? Infinity;
  const isReplaced = Boolean(inFlight?.install) || isContradicted(durable, recovered.snapshot);
  const promised = isReplaced ? 0 : Math.min(durable.lastIndex, kept - 1);
  const found = Math.max(recovered.lastIndex, snapshotIndex);
  if (repair !== null) checkRepair(ghost, node, repair, promised);
  const isKnownLoss = repair !== null && node.isDamaged;
  const bound = isKnownLoss ? Math.min(promised, recovered.lastIndex) : promised;
  ghost.check('S11', found >= bound, () => {
    return `${node.id} had ${bound} durable and comes back with ${recovered.lastIndex}`;
  });
  for (const { firstIndex, term } of recovered.terms) {
    if (firstIndex > bound || firstIndex < durable.firstIndex) continue;
    // A log that is noticed to be older than its pages may hold what has been replaced since: its
    // leader finds that out, and until then S3 below holds it to what leaders have made.
    ghost.check('S11', isKnownLoss || durable.termAt(firstIndex) === term, () => {
      return (
        `${node.id} comes back with entry ${firstIndex} of term ${term}, durable was ` +
        `${durable.termAt(firstIndex)}`
      );
    });
  }
  for (const run of recovered.tail) {
    ghost.check('S3', ghost.entry(run.firstIndex, run.term) !== undefined, () => {
      return `${node.id} comes back with entry ${run.firstIndex} that no leader made`;
    });
  }
  const { commitIndex } = recovered.hardState;
  ghost.check('S6', commitIndex <= ghost.committedIndex, () => {
    return `${node.id} comes back with commitIndex ${commitIndex}, which was never committed`;
  });
}

/**
 * Whether a received snapshot was durable already when the crash came, and the log it replaces was still
 * there: it holds another term at the snapshot's end, so all of it goes (Raft paper figure 13).
 */
function isContradicted(durable: GhostLog, snapshot: SnapshotMeta | null): boolean {
  if (snapshot === null) return false;
  const { lastIncludedIndex: index, lastIncludedTerm: term } = snapshot;
  const isInLog = index >= durable.firstIndex && index <= durable.lastIndex;
  return isInLog && durable.termAt(index) !== term;
}

function checkRecoveredVote(
  ghost: Ghost,
  node: NodeGhost,
  found: HardState,
  pending: HardState | null,
): void {
  ghost.check('S9', found.term >= node.durableTerm, () => {
    return `${node.id} had term ${node.durableTerm} durable and comes back with ${found.term}`;
  });
  const isOld = found.term === node.durableTerm && found.votedFor === node.durableVote;
  const isPending =
    pending !== null && found.term === pending.term && found.votedFor === pending.votedFor;
  ghost.check('S10', isOld || isPending, () => {
    return (
      `${node.id} comes back with term ${found.term} and vote ${found.votedFor ?? 'none'}; ` +
      `durable was ${node.durableTerm} and ${node.durableVote ?? 'none'}`
    );
  });
}
