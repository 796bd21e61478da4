import type { Message } from '../../raft/message.ts';
import { lastIndexOf } from '../../raft/types.ts';
import type { LogIndex } from '../../raft/types.ts';
import type { Ready } from '../../raft/ready.ts';
import type { Ghost } from '../ghost.ts';
import type { NodeGhost, Watched } from '../node-ghost.ts';
import { keepsPromise } from './repair.ts';

/** commitIndex moved from `before` during one input (S6, S7, S14). */
export function checkCommit(
  ghost: Ghost,
  { node, core }: Watched,
  before: LogIndex,
  message: Message | null,
): void {
  const after = core.commitIndex();
  if (after === before) return;
  ghost.check('S6', after > before, () => {
    return `commitIndex of ${node.id} goes from ${before} back to ${after}`;
  });
  const term = core.termAt(after);
  if (core.role() === 'leader') {
    checkLeaderCommit(ghost, { node, core }, after);
    const contradiction = ghost.commit(after, term ?? 0, core.term());
    ghost.check('S7', contradiction === null, () => `${node.id}: ${contradiction ?? ''}`);
    return;
  }
  if (message?.type === 'AppendEntriesRequest') {
    const lastRun = message.runs.at(-1);
    const proven = lastRun === undefined ? message.prevLogIndex : lastIndexOf(lastRun);
    const bound = Math.min(message.leaderCommit, proven);
    ghost.check('S14', after <= bound, () => {
      return `${node.id} commits ${after}, but the message proves only ${bound}`;
    });
  }
  const known = ghost.committedTermAt(after);
  ghost.check('S14', term === null || known === term, () => {
    return `${node.id} commits entry ${after} of term ${term ?? 0}; committed there is ${known}`;
  });
}

function checkLeaderCommit(ghost: Ghost, { node, core }: Watched, index: LogIndex): void {
  const term = core.termAt(index);
  ghost.check('S7', term === core.term(), () => {
    return `${node.id} leads term ${core.term()} and commits entry ${index} of term ${term ?? 0}`;
  });
  const voters = core.membership().members.filter((member) => member.voter);
  const holders = voters.filter(({ id }) => {
    const holder = ghost.nodes.get(id);
    if (holder === undefined || term === null) return false;
    return ghost.holds(holder.durable, index, term) || keepsPromise(holder, index);
  });
  ghost.check('S7', holders.length * 2 > voters.length, () => {
    const ids = holders.map(({ id }) => id).join(' ');
    return `${node.id} commits entry ${index}, durable on ${ids} of ${voters.length} voters`;
  });
  if (!voters.some(({ id }) => id === node.id)) ghost.vacuity.S20 += 1;
}

/**
 * A server cuts its log: nothing that is committed, whether it knows of that or not (S6). Only leaders
 * of the term that committed an entry, and of later ones, are bound to hold it (Leader Completeness). A
 * server that has heard of no such term did not help to commit it, and may cut its copy off by the word
 * of an older leader: the majority that holds the entry is in the later term.
 */
export function checkTruncation(ghost: Ghost, { node, core }: Watched, from: LogIndex): void {
  ghost.check('S6', from > node.commitIndex, () => {
    return `${node.id} truncates from ${from}, its commit index is ${node.commitIndex}`;
  });
  const committed = ghost.committed[from];
  const isCommitted =
    committed !== undefined &&
    committed.inTerm <= core.term() &&
    committed.entry.term === node.log.termAt(from);
  ghost.check('S6', !isCommitted, () => {
    return `${node.id} cuts off entry ${from} of term ${node.log.termAt(from)}, which is committed`;
  });
}

/** A Ready says how far to apply (S8): never back, and only what is durable here. */
export function checkReadyCommit(ghost: Ghost, { node, core }: Watched, ready: Ready): void {
  const index = ready.commitIndex;
  ghost.check('S8', index >= node.readyCommit && index <= core.commitIndex(), () => {
    return (
      `${node.id} may apply up to ${index}: before it was ${node.readyCommit}, commitIndex is ` +
      `${core.commitIndex()}`
    );
  });
  ghost.check('S8', index <= node.durable.lastIndex, () => {
    return `${node.id} may apply up to ${index}, durable is ${node.durable.lastIndex}`;
  });
  node.readyCommit = index;
}

/** The driver reports that the machine holds everything up to `index` (S8). */
export function checkApplied(ghost: Ghost, node: NodeGhost, index: LogIndex): void {
  ghost.check('S8', index > node.appliedIndex && index <= node.readyCommit, () => {
    return `${node.id} applied up to ${index} after ${node.appliedIndex}, it may up to ${node.readyCommit}`;
  });
  const commands = ghost.commandsThrough(index);
  ghost.check('S8', commands === node.commands, () => {
    return `${node.id} at ${index} has applied ${node.commands} commands, the log holds ${commands}`;
  });
  node.appliedIndex = index;
}
