import { CLIENT_MUTANTS } from './clients.ts';
import { ELECTION_MUTANTS } from './elections.ts';
import { FOLLOWER_READ_MUTANTS } from './follower-reads.ts';
import type { Mutant } from './mutant.ts';
import { OWN_BUGS } from './own-bugs.ts';
import { PLANTED } from './planted.ts';
import { REPLICATION_MUTANTS } from './replication.ts';
import { SNAPSHOT_MUTANTS } from './snapshots.ts';

/**
 * M1 to M48 but for M45, which needs client sessions; then those of reads on followers, the bugs
 * that were found here, and those made up for the documents.
 */
export const MUTANTS: readonly Mutant[] = [
  ...ELECTION_MUTANTS,
  ...REPLICATION_MUTANTS,
  ...SNAPSHOT_MUTANTS,
  ...CLIENT_MUTANTS,
  ...FOLLOWER_READ_MUTANTS,
  ...OWN_BUGS,
  ...PLANTED,
];
