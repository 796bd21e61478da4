import { assert, unwrap } from './assert.ts';
import type { Proposal, Proposed } from './core.ts';
import { Progress } from './progress.ts';
import { isWellFormedRun, runCost, runPrefixWithin } from './run.ts';
import { membershipInForce, traceMembership } from './state.ts';
import type { RaftState } from './state.ts';
import { lastIndexOf, RUN_KIND_MASK, RUN_MEMBERSHIP } from './types.ts';
import type { NodeId, Run } from './types.ts';

/*
 * What a leader writes into its own log. It only ever appends (Raft paper §5.3, Leader Append-Only).
 */

/** Appends entries of the leader's term. They are sent with the next Ready. */
export function appendAsLeader(state: RaftState, proposal: Proposal): Proposed {
  assert(state.role === 'leader', 'only a leader appends of its own accord');
  const { log } = state;
  const firstIndex = log.lastIndex + 1;
  const run: Run = {
    firstIndex,
    originalFirstIndex: firstIndex,
    count: proposal.count,
    term: state.term,
    timeNs: proposal.timeNs,
    seed: proposal.seed,
    flags: proposal.flags,
    bytes: proposal.bytes,
  };
  assert(isWellFormedRun(run), 'a proposal fits the format it is stored in');
  appendInParts(state, run);
  const { term } = state;
  state.sendDue = true;
  state.trace?.({ type: 'appended', firstIndex, lastIndex: log.lastIndex, term });
  if ((proposal.flags & RUN_KIND_MASK) === RUN_MEMBERSHIP) {
    syncFollowers(state);
    traceMembership(state);
  }
  return { ok: true, firstIndex, term };
}

/**
 * Cuts a run larger than one message once, here, and not again for every follower: finding an
 * entry's offset means reading over all entries before it.
 */
function appendInParts(state: RaftState, run: Run): void {
  const { appendBytesMax } = state.config;
  let rest = run;
  while (runCost(rest) > appendBytesMax && rest.count > 1) {
    const fits = runPrefixWithin(rest, appendBytesMax, state.offsetOfCommand);
    const part = unwrap(fits, 'a proposal holds the commands it claims');
    state.log.append(part);
    const left = state.log.partAbove(rest, lastIndexOf(part));
    rest = unwrap(left, 'a proposal holds the commands it claims');
  }
  state.log.append(rest);
}

/**
 * Brings the list of followers in line with the membership in force (dissertation §4.1).
 *
 * A server that is no member any more is kept for a while, outside every majority: without the entry
 * that removes it and the news that it is committed it would never learn that it is out, and
 * would ask for votes for ever.
 */
export function syncFollowers(state: RaftState): void {
  const { members } = membershipInForce(state);
  const followers: Progress[] = [];
  for (const member of members)
    if (member.id !== state.id) followers.push(follower(state, member.id));
  for (const progress of state.followers) {
    if (members.some((member) => member.id === progress.id)) continue;
    progress.removedAt ??= state.log.memberships.current.index;
    followers.push(progress);
  }
  setFollowers(state, followers);
}

function follower(state: RaftState, id: NodeId): Progress {
  const known = state.followersById.get(id);
  if (known !== undefined) {
    known.removedAt = null;
    known.forgetMs = Infinity;
    return known;
  }
  const { nowMs, config, log } = state;
  const { appendsInFlightMax } = config;
  return new Progress({ id, nextIndex: log.lastIndex + 1, appendsInFlightMax, nowMs });
}

/** Stops talking to removed servers that have had time to learn of it. */
export function forgetRemoved(state: RaftState): void {
  let isAnyForgotten = false;
  for (const progress of state.followers) {
    if (progress.removedAt === null || progress.removedAt > state.log.commitIndex) continue;
    const untilMs = state.nowMs + state.config.electionTimeoutMaxMs;
    progress.forgetMs = Math.min(progress.forgetMs, untilMs);
    if (progress.forgetMs <= state.nowMs) isAnyForgotten = true;
  }
  if (!isAnyForgotten) return;
  setFollowers(
    state,
    state.followers.filter((progress) => progress.forgetMs > state.nowMs),
  );
}

function setFollowers(state: RaftState, followers: Progress[]): void {
  state.followers = followers;
  state.followersById.clear();
  for (const progress of followers) state.followersById.set(progress.id, progress);
  state.sendDue = true;
}
