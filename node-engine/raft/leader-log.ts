import { assert, unwrap } from './assert.ts';
import type { Proposal, Proposed } from './core.ts';
import { Progress } from './progress.ts';
import { runCost, runPrefixWithin } from './run.ts';
import { membershipInForce } from './state.ts';
import type { RaftState } from './state.ts';
import { lastIndexOf, RUN_KIND_MASK, RUN_MEMBERSHIP } from './types.ts';
import type { Run } from './types.ts';

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
  appendInParts(state, run);
  const { term } = state;
  state.sendDue = true;
  state.trace?.({ type: 'appended', firstIndex, lastIndex: log.lastIndex, term });
  if ((proposal.flags & RUN_KIND_MASK) === RUN_MEMBERSHIP) syncFollowers(state);
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
    if (part === rest) break;
    state.log.append(part);
    const left = state.log.partAbove(rest, lastIndexOf(part));
    rest = unwrap(left, 'a proposal holds the commands it claims');
  }
  state.log.append(rest);
}

/** Brings the list of followers in line with the membership in force (dissertation §4.1). */
export function syncFollowers(state: RaftState): void {
  const { members } = membershipInForce(state);
  const followers: Progress[] = [];
  for (const member of members) {
    if (member.id === state.id) continue;
    const known = state.followersById.get(member.id);
    const { appendsInFlightMax } = state.config;
    followers.push(known ?? new Progress(member.id, state.log.lastIndex + 1, appendsInFlightMax));
  }
  state.followers = followers;
  state.followersById.clear();
  for (const progress of followers) state.followersById.set(progress.id, progress);
  state.sendDue = true;
  const { membership, index } = state.log.memberships.current;
  const committed = index <= state.log.commitIndex;
  state.trace?.({ type: 'membership', index, membership, committed });
}
