/*
 * The promises that are checked after every event, and how often each had something to check. A
 * promise that was never put to the test proves nothing, so a run in which a counter stays at zero
 * fails.
 */

/** What each invariant says, in a line. */
export const INVARIANTS = {
  S1: 'at most one leader per term',
  S2: 'a leader never overwrites or removes entries of its log',
  S3: 'equal index and term: equal content and equal logs before it',
  S4: 'a leader has every entry committed in earlier terms',
  S5: 'all machines apply the same commands in the same order',
  S6: 'commitIndex never goes back and nothing committed is truncated',
  S7: 'a leader commits only entries of its own term that are durable on a quorum',
  S8: 'entries are applied in order, once, committed and durable',
  S9: 'terms never go back, not even over a crash',
  S10: 'a server votes for one candidate per term, also over a crash',
  S11: 'votes and acknowledgements are durable before they are sent',
  S12: 'a vote goes only to a candidate whose log is up to date',
  S13: 'logs have no gaps and their terms never decrease',
  S14: 'a follower commits no more than the current message proves equal',
  S15: 'matchIndex is durable and equal on the follower',
  S16: 'a snapshot holds the state, term and membership of its index',
  S17: 'a snapshot never moves a server back, and leaves no conflicting entries',
  S18: 'the membership in force is the newest in the log',
  S19: 'one membership change at a time, after an entry of the term is committed',
  S20: 'memberships change by one server, only voters count, and majorities of old and new overlap',
  S21: 'a read sees every write that was answered before it began',
  S22: 'a read index is confirmed by a quorum after the read arrived',
  S23: 'a read with a greatest age sees what was answered that long before it began',
  S24: 'the answer to a write tells what became of it',
  S25: 'time and chance of an entry are the same on every server',
  S26: 'a leader that learns a higher term, is removed or loses its quorum steps down',
  S27: 'a pre-vote changes neither term, vote nor timer of the server asked',
  S28: 'a transfer goes to a caught-up voter, stops proposals and ends in time',
  S29: 'a server whose storage is damaged or failed does not take part',
  S30: 'queues stay within their limits',
  L1: 'after the faults end a leader is elected and commits',
  L2: 'after the faults end every server catches up',
  L3: 'a partition of one server does not disturb the others',
  L4: 'a removed or returning server causes no elections',
  L5: 'every client operation ends',
  assert: 'no assertion of the program fails',
} as const;

/** The name of an invariant. */
export type InvariantId = keyof typeof INVARIANTS;

/** A promise that was broken. */
export interface Violation {
  readonly invariant: InvariantId;
  readonly message: string;
  /** Simulated microseconds and number of the event. */
  readonly atUs: number;
  readonly event: number;
}

/** How often each invariant's premise held. */
export type Vacuity = Record<InvariantId, number>;

/** A counter of zero for each. */
export function zeroVacuity(): Vacuity {
  const entries = Object.keys(INVARIANTS).map((id) => [id, 0] as const);
  // Every key of the constant above is there, and no other.
  return Object.fromEntries(entries) as Vacuity;
}
