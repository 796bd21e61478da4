/*
 * Messages that no correct server can get in a role and at a term: the row names role, kind and how
 * the term of the message compares with that of the server. The core keeps its head all the same (the
 * matrix says how), and the simulator must never produce one: then the reason would be wrong.
 */

const ROLES = ['follower', 'pre-candidate', 'candidate', 'leader', 'non-voter'] as const;

const ANSWERED_BEFORE =
  'it is sent only to who has answered the leader in its term, and that term was durable first';
const LED_BEFORE = 'it is sent only to the leader of that term, whose term was durable first';
const ONE_LEADER = 'a term has one leader, and it is this server';
const NO_WAY_BACK = 'who has followed or led in a term is not a candidate of that term afterwards';

function inEveryRole(kind: string, reason: string): (readonly [string, string])[] {
  return ROLES.map((role) => [`${role} ${kind}`, reason]);
}

/** Why, by `role message relation`. */
export const NEVER_SENT: ReadonlyMap<string, string> = new Map([
  ...inEveryRole('InstallSnapshotRequest newer', ANSWERED_BEFORE),
  ...inEveryRole('TimeoutNow newer', ANSWERED_BEFORE),
  ...inEveryRole('ReadIndexRequest newer', LED_BEFORE),
  ['leader AppendEntriesRequest same', ONE_LEADER],
  ['leader InstallSnapshotRequest same', ONE_LEADER],
  ['leader TimeoutNow same', ONE_LEADER],
  ['candidate InstallSnapshotRequest same', NO_WAY_BACK],
  ['candidate TimeoutNow same', NO_WAY_BACK],
  ['candidate ReadIndexRequest same', NO_WAY_BACK],
]);
