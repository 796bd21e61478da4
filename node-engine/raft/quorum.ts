/*
 * Majority arithmetic. Everything a leader or candidate concludes from its voters is one of two
 * questions: "what have most of them reached?" (commit index, confirmed read round, last contact) and
 * "is the vote decided?".
 */

/** Smallest number of voters that is more than half of `voterCount` (Raft paper §5.2). */
export function quorumSize(voterCount: number): number {
  return Math.floor(voterCount / 2) + 1;
}

/**
 * The greatest value that a quorum has reached: at least `quorumSize` of the values are not below it.
 *
 * Sorts `values` in place by insertion: there are a handful of voters, the order hardly changes from
 * call to call, and nothing is allocated on the path of every acknowledgement.
 *
 * @param values one number per voter; never empty, because a cluster always has a voter
 */
export function quorumValue(values: number[]): number {
  for (let sorted = 1; sorted < values.length; sorted += 1) {
    const value = values[sorted] ?? 0;
    let place = sorted;
    while (place > 0 && (values[place - 1] ?? 0) > value) {
      values[place] = values[place - 1] ?? 0;
      place -= 1;
    }
    values[place] = value;
  }
  return values[values.length - quorumSize(values.length)] ?? 0;
}

/** How a vote stands. */
export type VoteOutcome = 'won' | 'lost' | 'open';

/**
 * Counts the answers of the voters; answers of anyone else are not looked at.
 *
 * @param voters ids of all voters of the membership in force
 * @param answers what has been answered so far, at most one per server
 */
export function voteOutcome(
  voters: readonly string[],
  answers: ReadonlyMap<string, boolean>,
): VoteOutcome {
  let granted = 0;
  let refused = 0;
  for (const voter of voters) {
    const answer = answers.get(voter);
    if (answer === true) granted += 1;
    if (answer === false) refused += 1;
  }
  const needed = quorumSize(voters.length);
  if (granted >= needed) return 'won';
  return voters.length - refused < needed ? 'lost' : 'open';
}
