import { unwrap } from './assert.ts';
import type { ReadAccepted } from './core.ts';
import type { Refusal } from './errors.ts';
import type { ReadIndexRequest, ReadIndexResponse } from './message.ts';
import { quorumValue } from './quorum.ts';
import { hasCommittedInTerm, membershipInForce, refuse, send } from './state.ts';
import type { RaftState, WaitingRead } from './state.ts';

/*
 * Linearizable reads without a log entry (dissertation §6.4).
 *
 * A read may be answered from the state after `readIndex` once it is certain that no other leader had
 * taken over when the read arrived. The leader numbers its heartbeats with a read round. A read waits
 * for a round that is started after it, and is released when a quorum has answered a message of that
 * round or a later one. The number is never used for anything else, so an answer that is late,
 * doubled or to another question cannot release a read it knows nothing of.
 */

/** Most reads that wait at a time, of this server and of followers together. */
export const READS_WAITING_MAX = 65_536;

/** Registers a read of this server; on a follower it goes to the leader. */
export function readIndex(state: RaftState): ReadAccepted | Refusal {
  const { reads } = state;
  if (reads.waiting.length + reads.asked.length >= READS_WAITING_MAX) {
    return refuse(state, 'too-many-reads');
  }
  if (state.leaderId === null) return refuse(state, 'not-leader');
  const readId = reads.nextReadId;
  reads.nextReadId += 1;
  if (state.role === 'leader') waitForRound(state, { from: null, readId });
  else reads.asked.push(readId);
  return { ok: true, readId };
}

/** The leader takes a read that a follower asks for. */
export function onReadIndexRequest(state: RaftState, message: ReadIndexRequest): void {
  const { readId } = message;
  const tooMany = state.reads.waiting.length >= READS_WAITING_MAX;
  if (state.role === 'leader' && state.followersById.has(message.from) && !tooMany) {
    waitForRound(state, { from: message.from, readId });
    return;
  }
  send(state, {
    type: 'ReadIndexResponse',
    from: state.id,
    to: message.from,
    term: state.term,
    readId,
    ok: false,
    readIndex: 0,
  });
}

function waitForRound(state: RaftState, read: Pick<WaitingRead, 'from' | 'readId'>): void {
  // Before the first commit of the term the leader's commit index may be older than what an earlier
  // leader has acknowledged, so it is not yet an index to read at.
  const index = hasCommittedInTerm(state) ? state.log.commitIndex : -1;
  state.reads.waiting.push({ ...read, round: 0, readIndex: index });
  state.sendDue = true;
}

/**
 * Starts a round for all reads that have none; called once per Ready.
 *
 * @returns true when the followers must be asked
 */
export function startReadRound(state: RaftState): boolean {
  const { reads } = state;
  if (reads.waiting.length === 0) return false;
  if (reads.waiting[reads.waiting.length - 1]?.round !== 0) return false;
  reads.round += 1;
  for (let place = reads.waiting.length - 1; place >= 0; place -= 1) {
    const read = reads.waiting[place];
    if (read === undefined || read.round !== 0) break;
    read.round = reads.round;
  }
  releaseReads(state);
  return reads.waiting.length > 0;
}

/** Releases the reads whose round is confirmed by a quorum of the voters in force. */
export function releaseReads(state: RaftState): void {
  const { reads, log } = state;
  if (reads.waiting.length === 0 || !hasCommittedInTerm(state)) return;
  const confirmed = confirmedRound(state);
  let released = 0;
  for (const read of reads.waiting) {
    if (read.round === 0 || read.round > confirmed) break;
    const index = read.readIndex < 0 ? log.commitIndex : read.readIndex;
    if (read.from === null) {
      state.outbox.reads.push({ readId: read.readId, readIndex: index });
    } else {
      send(state, {
        type: 'ReadIndexResponse',
        from: state.id,
        to: read.from,
        term: state.term,
        readId: read.readId,
        ok: true,
        readIndex: index,
      });
    }
    released += 1;
  }
  if (released > 0) reads.waiting.splice(0, released);
}

/** The newest round that a quorum has answered; the leader itself has answered all of them. */
function confirmedRound(state: RaftState): number {
  const rounds: number[] = [];
  for (const member of membershipInForce(state).members) {
    if (!member.voter) continue;
    const round = state.followersById.get(member.id)?.readRound ?? 0;
    rounds.push(member.id === state.id ? state.reads.round : round);
  }
  return quorumValue(rounds);
}

/**
 * Asks the leader once for all reads that have gathered. The answer to request number n stands for
 * every read up to n, because all of them had arrived when it was sent.
 */
export function askLeader(state: RaftState): void {
  const { reads } = state;
  if (reads.asked.length === 0 || state.leaderId === null || state.role !== 'follower') return;
  const newest = unwrap(reads.asked[reads.asked.length - 1], 'some read is asked for');
  const { requests } = reads;
  if (requests.length > 0 && requests[requests.length - 1]?.readId === newest) return;
  const deadlineMs = state.nowMs + state.config.electionTimeoutMaxMs;
  reads.requests.push({ readId: newest, deadlineMs });
  send(state, {
    type: 'ReadIndexRequest',
    from: state.id,
    to: state.leaderId,
    term: state.term,
    readId: newest,
  });
}

/** The leader's answer. It counts only when it names a request that is under way. */
export function onReadIndexResponse(state: RaftState, message: ReadIndexResponse): void {
  const { reads } = state;
  if (state.role !== 'follower' || message.from !== state.leaderId) return;
  const place = reads.requests.findIndex((request) => request.readId === message.readId);
  if (place < 0) return;
  reads.requests.splice(0, place + 1);
  settleAsked(state, message.readId, message.ok ? message.readIndex : null);
}

/** Gives up reads whose answer has not come within an election timeout. */
export function expireReads(state: RaftState): void {
  const { reads } = state;
  for (;;) {
    const oldest = reads.requests[0];
    if (oldest === undefined || oldest.deadlineMs > state.nowMs) return;
    reads.requests.shift();
    settleAsked(state, oldest.readId, null);
  }
}

/** When `expireReads` has something to do next. */
export function readDeadlineMs(state: RaftState): number {
  return state.reads.requests[0]?.deadlineMs ?? Infinity;
}

/** Fails every read under way: the leader that could have confirmed it is gone. */
export function failReads(state: RaftState): void {
  const { reads, outbox } = state;
  for (const read of reads.waiting) if (read.from === null) outbox.failedReads.push(read.readId);
  outbox.failedReads.push(...reads.asked);
  reads.waiting = [];
  reads.asked = [];
  reads.requests = [];
}

function settleAsked(state: RaftState, through: number, index: number | null): void {
  const { reads, outbox } = state;
  let settled = 0;
  for (const readId of reads.asked) {
    if (readId > through) break;
    if (index === null) outbox.failedReads.push(readId);
    else outbox.reads.push({ readId, readIndex: index });
    settled += 1;
  }
  reads.asked.splice(0, settled);
}
