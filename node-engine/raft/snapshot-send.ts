import { unwrap } from './assert.ts';
import { accepted, heardFrom } from './follower-contact.ts';
import type { InstallSnapshotResponse } from './message.ts';
import type { Progress, SnapshotTransfer } from './progress.ts';
import { ignore, isReachable, send } from './state.ts';
import type { RaftState } from './state.ts';
import type { LogIndex, NodeId } from './types.ts';

/*
 * A snapshot for a follower whose next entry is not in the log any more (Raft paper §7, figure 13).
 * One chunk is on its way at a time; its bytes are read from disk when they are needed, and again
 * when they were lost, so a transfer takes the memory of one chunk.
 */

/** Begins with the newest snapshot. */
export function startSnapshot(state: RaftState, progress: Progress): void {
  const { snapshot } = state.log;
  progress.becomeSnapshot(
    unwrap(snapshot, 'entries are dropped only where a snapshot covers them'),
  );
  readChunk(state, progress);
}

function readChunk(state: RaftState, progress: Progress): void {
  const { transfer } = progress;
  if (transfer === null) return;
  transfer.reading = true;
  state.outbox.snapshotReads.push({
    to: progress.id,
    snapshot: transfer.snapshot,
    offset: transfer.offset,
    bytesMax: state.config.snapshotChunkBytes,
  });
}

/** Bytes read for a follower; null when reading failed or the file is gone. */
export function onSnapshotBytes(
  state: RaftState,
  answer: {
    readonly to: NodeId;
    readonly snapshotIndex: LogIndex;
    readonly offset: number;
    readonly bytes: { readonly data: Uint8Array; readonly done: boolean } | null;
  },
): void {
  const progress = state.followersById.get(answer.to);
  const transfer = progress?.transfer ?? null;
  if (progress === undefined || transfer?.reading !== true) return;
  const { snapshot, offset } = transfer;
  if (snapshot.lastIncludedIndex !== answer.snapshotIndex || offset !== answer.offset) return;
  transfer.reading = false;
  const { nowMs, config, log } = state;
  if (answer.bytes === null) {
    // The file goes when newer snapshots have replaced it: then the newest one is sent. Otherwise
    // the disk gets another chance with the next heartbeat.
    if (log.snapshotIndex > snapshot.lastIncludedIndex) startSnapshot(state, progress);
    else transfer.resendMs = nowMs + config.heartbeatIntervalMs;
    return;
  }
  transfer.resendMs = nowMs + config.electionTimeoutMaxMs;
  send(state, {
    type: 'InstallSnapshotRequest',
    from: state.id,
    to: progress.id,
    term: state.term,
    snapshot,
    offset,
    data: answer.bytes.data,
    done: answer.bytes.done,
    readRound: state.reads.round,
  });
  const { lastIncludedIndex: index, sizeBytes } = snapshot;
  state.trace?.({ type: 'snapshot-sent', to: progress.id, index, offset, sizeBytes });
}

/** Sends a chunk again that was not answered, as long as the follower answers anything. */
export function resendSnapshotChunk(state: RaftState, progress: Progress): void {
  const { transfer } = progress;
  if (transfer === null || transfer.reading || state.nowMs < transfer.resendMs) return;
  if (isReachable(state, progress)) readChunk(state, progress);
}

/** What the follower wants next, or that it has the snapshot. */
export function onInstallSnapshotResponse(
  state: RaftState,
  message: InstallSnapshotResponse,
): void {
  const progress = state.followersById.get(message.from);
  if (progress === undefined) return;
  if (message.matchIndex > state.log.lastIndex || message.readRound > state.reads.round) {
    ignore(state, message, 'answers what was never asked');
    return;
  }
  heardFrom(state, progress, message.readRound);
  if (message.installed) {
    accepted(state, progress, message.matchIndex);
    return;
  }
  const { transfer } = progress;
  if (transfer === null || transfer.snapshot.lastIncludedIndex !== message.lastIncludedIndex)
    return;
  continueAt(state, progress, transfer, message.nextOffset);
}

/**
 * Moves on to the chunk the follower asks for. Forward at once. Backward at leisure: it is either an
 * old answer, or the follower has lost its part of the file; and a snapshot that arrives broken every
 * time must not fill the link. An answer that asks for the chunk under way is a double.
 */
function continueAt(
  state: RaftState,
  progress: Progress,
  transfer: SnapshotTransfer,
  nextOffset: number,
): void {
  if (nextOffset > transfer.snapshot.sizeBytes || nextOffset === transfer.offset) return;
  const isForward = nextOffset > transfer.offset;
  transfer.offset = nextOffset;
  if (isForward) {
    readChunk(state, progress);
    return;
  }
  const { heartbeatIntervalMs, electionTimeoutMaxMs } = state.config;
  transfer.reading = false;
  transfer.resendMs = state.nowMs + (nextOffset === 0 ? electionTimeoutMaxMs : heartbeatIntervalMs);
}
