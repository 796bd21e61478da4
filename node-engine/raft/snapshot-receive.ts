import { commitThrough } from './commit.ts';
import type { InstallSnapshotRequest } from './message.ts';
import { becomeFollower } from './roles.ts';
import { send, sendAfterAppend, traceMembership } from './state.ts';
import type { RaftState, Receiving } from './state.ts';
import type { LogIndex, NodeId, SnapshotMeta } from './types.ts';

/*
 * A snapshot from the leader (Raft paper §7, figure 13). The core keeps no bytes: chunks go to the
 * driver in order, one at a time, and the log is replaced only when the file is whole and durable.
 */

/** Takes the next chunk, or says which one it should be, or that none is needed. */
export function onInstallSnapshot(state: RaftState, message: InstallSnapshotRequest): void {
  const { snapshot, readRound } = message;
  const { receiving } = state;
  if (hasSnapshotState(state, snapshot)) {
    answerInstalled(state, message.from, snapshot.lastIncludedIndex, readRound);
    return;
  }
  if (receiving?.writing === true) {
    // Its answer follows when the write is done; a chunk of another transfer comes again.
    return;
  }
  const isSame = receiving !== null && isSameFile(receiving, message);
  const nextOffset = isSame ? receiving.nextOffset : 0;
  if (message.offset !== nextOffset) {
    answerOffset(state, message.from, { snapshot, nextOffset, readRound });
    return;
  }
  const { from, offset, data, done, term: roundTerm } = message;
  state.receiving = { from, snapshot, nextOffset, writing: true, readRound, roundTerm };
  state.outbox.snapshotWrites.push({ from, snapshot, offset, data, done });
}

/**
 * Whether the log already holds all that the snapshot stands for.
 *
 * One that ends at or below the commit index is old news and never moves anything back. One whose last
 * entry is in the log proves the log right up to there, so entries after it are kept and those before
 * it are committed.
 */
function hasSnapshotState(state: RaftState, snapshot: SnapshotMeta): boolean {
  const { log } = state;
  const { lastIncludedIndex, lastIncludedTerm } = snapshot;
  if (lastIncludedIndex <= log.commitIndex) return true;
  if (!log.holds(lastIncludedIndex, lastIncludedTerm)) return false;
  commitThrough(state, lastIncludedIndex);
  return true;
}

/** Offsets continue only within the very same file of the very same leader. */
function isSameFile(receiving: Receiving, message: InstallSnapshotRequest): boolean {
  return (
    receiving.from === message.from &&
    receiving.snapshot.id === message.snapshot.id &&
    receiving.snapshot.lastIncludedIndex === message.snapshot.lastIncludedIndex &&
    receiving.snapshot.lastIncludedTerm === message.snapshot.lastIncludedTerm
  );
}

/** The driver has stored a chunk, or failed to. */
export function onSnapshotChunkStored(
  state: RaftState,
  write: {
    readonly lastIncludedIndex: LogIndex;
    readonly nextOffset: number;
    readonly done: boolean;
    readonly ok: boolean;
    readonly snapshot: SnapshotMeta | null;
  },
): void {
  const { receiving } = state;
  if (receiving?.writing !== true) return;
  if (receiving.snapshot.lastIncludedIndex !== write.lastIncludedIndex) return;
  receiving.writing = false;
  const { from, snapshot } = receiving;
  const readRound = receiving.roundTerm === state.term ? receiving.readRound : 0;
  if (write.ok && write.done && write.snapshot !== null) {
    state.receiving = null;
    takeSnapshot(state, write.snapshot);
    answerInstalled(state, from, snapshot.lastIncludedIndex, readRound);
    return;
  }
  // What failed starts over: the bytes so far may be what is wrong.
  receiving.nextOffset = write.ok ? write.nextOffset : 0;
  if (!write.ok) state.receiving = null;
  answerOffset(state, from, { snapshot, nextOffset: receiving.nextOffset, readRound });
}

/**
 * A received snapshot is whole and durable. Where the log holds its last entry nothing else changes;
 * otherwise everything in the log is older than the snapshot or contradicts it, and all of it goes.
 * Keeping a suffix that contradicts it would make the leader send the snapshot for ever.
 */
function takeSnapshot(state: RaftState, snapshot: SnapshotMeta): void {
  const { log } = state;
  if (hasSnapshotState(state, snapshot)) {
    if (snapshot.lastIncludedIndex > log.snapshotIndex) log.snapshot = snapshot;
    return;
  }
  // It has a log behind what is committed, so it could not win.
  if (state.role !== 'follower') becomeFollower(state, state.term, null, 'installed a snapshot');
  log.install(snapshot);
  const { lastIncludedIndex: index, lastIncludedTerm: term } = snapshot;
  state.trace?.({ type: 'snapshot-installed', index, term });
  traceMembership(state);
}

/** Everything committed here is durable once the append is, and equal to the leader's log. */
function answerInstalled(
  state: RaftState,
  to: NodeId,
  lastIncludedIndex: LogIndex,
  readRound: number,
): void {
  sendAfterAppend(state, {
    type: 'InstallSnapshotResponse',
    from: state.id,
    to,
    term: state.term,
    lastIncludedIndex,
    nextOffset: 0,
    installed: true,
    matchIndex: state.log.commitIndex,
    readRound,
  });
}

function answerOffset(
  state: RaftState,
  to: NodeId,
  answer: {
    readonly snapshot: SnapshotMeta;
    readonly nextOffset: number;
    readonly readRound: number;
  },
): void {
  send(state, {
    type: 'InstallSnapshotResponse',
    from: state.id,
    to,
    term: state.term,
    lastIncludedIndex: answer.snapshot.lastIncludedIndex,
    nextOffset: answer.nextOffset,
    installed: false,
    matchIndex: 0,
    readRound: answer.readRound,
  });
}
