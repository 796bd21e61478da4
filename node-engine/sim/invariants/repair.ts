import type { LogRepair } from '../../log/log-store.ts';
import type { Message } from '../../raft/message.ts';
import type { LogIndex, Term } from '../../raft/types.ts';
import type { Ghost } from '../ghost.ts';
import type { GhostLog } from '../ghost-log.ts';
import type { NodeGhost } from '../node-ghost.ts';

/** The end of a log, as elections compare them (Raft paper §5.4.1). */
interface LogEnd {
  readonly index: LogIndex;
  readonly term: Term;
}

function reaches(end: LogEnd, other: LogEnd): boolean {
  return end.term > other.term || (end.term === other.term && end.index >= other.index);
}

function endOf({ lastIndex, lastTerm }: GhostLog): LogEnd {
  return { index: lastIndex, term: lastTerm };
}

/** Whether a server still lacks on its disk what it had promised before its disk was damaged. */
export function isRepairing({ repairUntil, durable }: NodeGhost): boolean {
  return repairUntil !== null && !reaches(endOf(durable), repairUntil);
}

/**
 * Whether a server has lost an entry that it had acknowledged, and nobody need care: it neither votes
 * nor leads before it has the entry again, which is all that an acknowledgement promises.
 */
export function keepsPromise({ repairUntil }: NodeGhost, index: LogIndex): boolean {
  return repairUntil !== null && index <= repairUntil.index;
}

/**
 * A server starts with a damaged log and says how far it must be repaired: no less than it had
 * promised, nor less than it said before (S29).
 *
 * @param promised the last entry that was durable before the damage
 */
export function checkRepair(
  ghost: Ghost,
  node: NodeGhost,
  { untilIndex, untilTerm, description }: LogRepair,
  promised: LogIndex,
): void {
  ghost.check('S29', node.isDamaged, () => {
    return `${node.id} finds damage that nobody did: ${description}`;
  });
  const until = { index: untilIndex, term: untilTerm };
  const last = { index: promised, term: node.durable.termAt(promised) };
  const before = node.repairUntil ?? last;
  ghost.check('S29', reaches(until, last) && reaches(until, before), () => {
    return (
      `${node.id} repairs its log up to entry ${untilIndex} of term ${untilTerm}; it had ` +
      `promised ${promised} of term ${last.term}, and ${before.index} of term ${before.term}`
    );
  });
}

/** A message is on its way out of a server that repairs its log: no vote, and none asked for (S29). */
export function checkRepairSilence(ghost: Ghost, node: NodeGhost, message: Message): void {
  if (node.repairUntil === null) return;
  ghost.vacuity.S29 += 1;
  switch (message.type) {
    case 'RequestVoteRequest':
      if (isRepairing(node)) forbid(ghost, node, 'asks for votes');
      break;
    case 'RequestVoteResponse':
      if (message.granted && isRepairing(node)) forbid(ghost, node, 'gives its vote');
      break;
    // A pre-vote binds nobody: what the log holds in memory is enough.
    case 'PreVoteRequest':
      if (!reaches(endOf(node.log), node.repairUntil)) forbid(ghost, node, 'asks for pre-votes');
      break;
    case 'PreVoteResponse':
      if (message.granted && !reaches(endOf(node.log), node.repairUntil)) {
        forbid(ghost, node, 'gives a pre-vote');
      }
      break;
    case 'AppendEntriesRequest':
    case 'InstallSnapshotRequest':
    case 'TimeoutNow':
      if (isRepairing(node)) forbid(ghost, node, 'leads');
      break;
    default:
      break;
  }
}

function forbid(ghost: Ghost, node: NodeGhost, what: string): void {
  const { index, term } = node.repairUntil ?? { index: 0, term: 0 };
  const last = endOf(node.durable);
  ghost.violate(
    'S29',
    `${node.id} ${what} with entry ${last.index} of term ${last.term} durable, while it must ` +
      `repair its log up to ${index} of term ${term}`,
  );
}
