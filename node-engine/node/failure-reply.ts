import type { RefusalReason } from '../raft/errors.ts';
import { errorReply } from '../resp/value.ts';
import type { ErrorReply } from '../resp/value.ts';
import type { ReadFailure, UnknownCause } from './driver-ports.ts';

/** How a node that does not lead answers: Redis Cluster's MOVED, Finn's TRY, or by forwarding. */
export type Redirect = 'moved' | 'try' | 'forward';

/** What is needed to say where to go instead. */
export interface RedirectContext {
  readonly redirect: Redirect;
  /** Client address of the leader, or null when none is known. */
  readonly leaderAddress: string | null;
  /** Hash slot of the command's key, 0 when it has none. */
  readonly slot: number;
}

const REFUSALS: Readonly<Record<Exclude<RefusalReason, 'not-leader'>, string>> = {
  'transfer-in-progress': 'TRYAGAIN leadership is being handed over',
  'too-many-uncommitted': 'BUSY too many uncommitted entries',
  'change-in-progress': 'TRYAGAIN another membership change is not committed yet',
  'term-not-committed': 'TRYAGAIN the new leader has not committed an entry of its term yet',
  'unknown-member': 'ERR peer is unknown',
  'known-member': 'ERR peer already known',
  'duplicate-address': 'ERR another member has this address',
  'not-caught-up': 'TRYAGAIN this member has not caught up with the log yet',
  'last-voter': 'ERR a cluster needs at least one voter',
  'leader-must-transfer': 'TRYAGAIN the leader must hand over first',
  'no-transfer-target': 'ERR no other voter could take over',
  'not-voter': 'ERR this node has no vote',
  'already-leader': 'ERR this node leads already',
  'log-not-empty': 'ERR this node has entries, a snapshot or a vote already',
  'invalid-member': 'ERR invalid id or address of a member',
  'too-many-members': 'ERR too many members',
  'too-many-reads': 'BUSY too many reads are waiting',
};

const UNKNOWN_CAUSES: Readonly<Record<UnknownCause, string>> = {
  'leadership-lost': 'leadership lost',
  'storage-failed': "this node's storage failed",
  unavailable: 'this node stopped',
};

/**
 * The one place where a failure becomes RESP text. The first word tells what happened to the write:
 * MOVED, TRY, TRYAGAIN, CLUSTERDOWN, STALE, BUSY, LOADING, MISCONF and ERR mean that nothing was done;
 * UNKNOWN means that it may or may not be applied.
 */
export function failureReply(failure: ReadFailure, context: RedirectContext): ErrorReply {
  switch (failure.kind) {
    case 'refused':
      return failure.reason === 'not-leader'
        ? notLeaderReply(context)
        : errorReply(REFUSALS[failure.reason]);
    case 'superseded':
      return notLeaderReply(context);
    case 'unknown':
      return errorReply(
        `UNKNOWN ${UNKNOWN_CAUSES[failure.cause]} after the command was proposed; ` +
          `it may or may not be applied (index ${String(failure.index)} term ${String(failure.term)})`,
      );
    case 'storage-failed':
      return errorReply(
        `MISCONF storage error, this node does not accept writes: ${failure.message}`,
      );
    case 'unavailable':
      return errorReply(`CLUSTERDOWN ${failure.message}`);
    case 'not-confirmed':
      return errorReply(
        'TRYAGAIN the leader was lost before it confirmed this read; nothing was read',
      );
    case 'too-old':
      return tooOldReply(failure.ageMs, failure.maxAgeMs);
  }
}

/** Says how old the state of this node is, for a read that accepts less. Nothing was read. */
function tooOldReply(ageMs: number | null, maxAgeMs: number): ErrorReply {
  const limit = `this connection accepts ${String(maxAgeMs)} ms`;
  return errorReply(
    ageMs === null
      ? `STALE this node cannot know how old its state is; ${limit}`
      : `STALE the state of this node may be ${String(Math.ceil(ageMs))} ms old; ${limit}`,
  );
}

/** Says who leads, or that nobody is known to. Nothing was done. */
export function notLeaderReply(context: RedirectContext): ErrorReply {
  const { leaderAddress, redirect, slot } = context;
  if (leaderAddress === null) return errorReply('CLUSTERDOWN The cluster is down');
  return redirect === 'try'
    ? errorReply(`TRY ${leaderAddress}`)
    : errorReply(`MOVED ${String(slot)} ${leaderAddress}`);
}
