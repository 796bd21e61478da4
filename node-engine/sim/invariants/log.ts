import { isMembershipRun, lastIndexOf } from '../../raft/types.ts';
import type { Ready } from '../../raft/ready.ts';
import type { Run, SnapshotMeta } from '../../raft/types.ts';
import type { Ghost } from '../ghost.ts';
import type { NodeGhost, Watched } from '../node-ghost.ts';

/** A Ready was handed out: its log changes keep S2, S3, S6, S13 and S17. Updates the mirror. */
export function checkReadyLog(ghost: Ghost, watched: Watched, ready: Ready): void {
  const { node, core } = watched;
  ghost.check('S8', ready.sequence === node.lastSequence + 1, () => {
    return `${node.id} hands out Ready ${ready.sequence} after ${node.lastSequence}`;
  });
  node.lastSequence = ready.sequence;
  if (node.leadsSinceSequence >= 0 && core.role() === 'leader') {
    checkAppendOnly(ghost, node, ready);
  }
  if (ready.install !== null) checkInstall(ghost, watched, ready.install);
  if (ready.truncateFrom !== null) checkTruncate(ghost, node, ready.truncateFrom);
  for (const run of ready.append) checkAppend(ghost, watched, run);
  if (ready.trimThrough !== null) {
    const through = ready.trimThrough;
    ghost.check('S17', through <= node.durable.snapshotIndex, () => {
      return (
        `${node.id} trims its log through ${through}, but its newest durable snapshot ends at ` +
        `${node.durable.snapshotIndex}`
      );
    });
    node.log.trimThrough(through);
  }
}

function checkAppendOnly(ghost: Ghost, node: NodeGhost, ready: Ready): void {
  ghost.check('S2', ready.truncateFrom === null && ready.install === null, () => {
    return `${node.id} leads and ${ready.install === null ? 'truncates' : 'replaces'} its log`;
  });
}

function checkTruncate(ghost: Ghost, node: NodeGhost, from: number): void {
  ghost.check('S6', from > node.readyCommit, () => {
    return `${node.id} truncates from ${from}, its commit index is ${node.readyCommit}`;
  });
  ghost.check('S13', from <= node.log.lastIndex, () => {
    return `${node.id} truncates from ${from}, its log ends at ${node.log.lastIndex}`;
  });
  node.log.truncateFrom(from);
}

function checkAppend(ghost: Ghost, { node, core }: Watched, run: Run): void {
  const { log } = node;
  ghost.check('S13', run.firstIndex === log.lastIndex + 1, () => {
    return `${node.id} appends ${run.firstIndex} behind ${log.lastIndex}`;
  });
  const prevTerm = log.lastTerm;
  ghost.check('S13', run.term >= prevTerm && run.term <= core.term(), () => {
    return (
      `${node.id} in term ${core.term()} appends an entry of term ${run.term} behind one of ` +
      `term ${prevTerm}`
    );
  });
  if (ghost.entry(run.firstIndex, run.term) === undefined) {
    const isOwn = ghost.leaders.get(run.term) === node.id;
    // A fresh cluster of one makes its first entry before any election.
    const isFirst = run.firstIndex === 1 && isMembershipRun(run);
    ghost.check('S3', isOwn || isFirst, () => {
      return `${node.id} makes entry ${run.firstIndex} of term ${run.term}, which it does not lead`;
    });
    ghost.create(run, prevTerm);
  } else {
    const difference = ghost.difference(run, prevTerm);
    ghost.check('S3', difference === null, () => `${node.id}: ${difference ?? ''}`);
  }
  log.append(run);
}

function checkInstall(ghost: Ghost, { node }: Watched, snapshot: SnapshotMeta): void {
  const { lastIncludedIndex: index, lastIncludedTerm: term } = snapshot;
  ghost.check('S17', index > node.readyCommit, () => {
    return `${node.id} installs a snapshot of ${index}, it has committed ${node.readyCommit}`;
  });
  ghost.check('S17', ghost.committedTermAt(index) === term, () => {
    return `${node.id} installs a snapshot of ${index} and term ${term}, which is not committed`;
  });
  ghost.check('S17', node.log.termAt(index) !== term || index > node.log.lastIndex, () => {
    return `${node.id} drops a log that agrees with the snapshot of ${index}`;
  });
  node.log.install(snapshot);
}

/** What AppendEntries carries is the sender's own log, without a gap (S3, S13). */
export function checkSentRuns(
  ghost: Ghost,
  node: NodeGhost,
  request: {
    readonly prevLogIndex: number;
    readonly prevLogTerm: number;
    readonly runs: readonly Run[];
  },
): void {
  let last = request.prevLogIndex;
  let lastTerm = request.prevLogTerm;
  for (const run of request.runs) {
    const expected = last + 1;
    ghost.check('S13', run.firstIndex === expected, () => {
      return `${node.id} sends entry ${run.firstIndex} where ${expected} belongs`;
    });
    const difference = ghost.difference(run, lastTerm);
    ghost.check('S3', difference === null, () => `${node.id} sends: ${difference ?? ''}`);
    last = lastIndexOf(run);
    lastTerm = run.term;
  }
}
