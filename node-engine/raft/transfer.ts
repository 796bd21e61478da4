import type { Refusal } from './errors.ts';
import { isReachable, isVoter, membershipInForce, refuse, send } from './state.ts';
import type { RaftState } from './state.ts';
import type { NodeId } from './types.ts';

/*
 * Handing over leadership (dissertation §3.10): stop taking proposals, let the target catch up, tell
 * it to campaign at once. If it has not taken over within an election timeout, the leader goes on.
 */

/** Starts a handover to `to`, or to the voter that is furthest ahead. */
export function transferLeadership(
  state: RaftState,
  to: NodeId | null,
): { readonly ok: true; readonly to: NodeId } | Refusal {
  if (state.role !== 'leader') return refuse(state, 'not-leader');
  if (state.transfer !== null) {
    // Asking again for the same is no error, and does not prolong it.
    if (to === null || to === state.transfer.to) return { ok: true, to: state.transfer.to };
    return refuse(state, 'transfer-in-progress');
  }
  if (to === state.id) return { ok: true, to };
  const target = to ?? furthestVoter(state);
  if (target === null) return refuse(state, 'no-transfer-target');
  if (!membershipInForce(state).members.some((member) => member.id === target)) {
    return refuse(state, 'unknown-member');
  }
  if (!isVoter(state, target)) return refuse(state, 'not-voter');
  // To wait for a server that is not there would only stop the cluster for an election timeout.
  const progress = state.followersById.get(target);
  if (progress === undefined || !isReachable(state, progress)) {
    return refuse(state, 'no-transfer-target');
  }
  const deadlineMs = state.nowMs + state.config.electionTimeoutMaxMs;
  state.transfer = { to: target, deadlineMs };
  state.trace?.({ type: 'transfer', to: target, state: 'started' });
  continueTransfer(state);
  return { ok: true, to: target };
}

/** The other voter that answers and has most of the log. */
function furthestVoter(state: RaftState): NodeId | null {
  let best: NodeId | null = null;
  let bestMatch = -1;
  for (const progress of state.followers) {
    if (!isVoter(state, progress.id) || !isReachable(state, progress)) continue;
    if (progress.matchIndex <= bestMatch) continue;
    best = progress.id;
    bestMatch = progress.matchIndex;
  }
  return best;
}

/**
 * Tells the target to campaign, once it has everything: with less it would lose, or worse, the
 * cluster would be without a leader until it has lost. Repeated with every heartbeat, because the
 * message may be lost; a target that campaigns already is in a later term and does not hear it.
 */
export function continueTransfer(state: RaftState): void {
  const { transfer, log } = state;
  if (transfer === null) return;
  const progress = state.followersById.get(transfer.to);
  if (progress?.matchIndex !== log.lastIndex) return;
  send(state, { type: 'TimeoutNow', from: state.id, to: transfer.to, term: state.term });
}

/** Gives a handover up that has taken too long. */
export function expireTransfer(state: RaftState): void {
  const { transfer } = state;
  if (transfer === null || state.nowMs < transfer.deadlineMs) return;
  state.transfer = null;
  state.trace?.({ type: 'transfer', to: transfer.to, state: 'abandoned' });
}
