import { CLIENT_SCRIPTS } from './clients-and-disks.ts';
import { ELECTION_SCRIPTS } from './elections.ts';
import { MEMBERSHIP_SCRIPTS } from './membership.ts';
import { REPLICATION_SCRIPTS } from './replication.ts';
import { RESTORE_SCRIPTS } from './restores.ts';
import type { Script } from './scenario.ts';
import { SNAPSHOT_SCRIPTS } from './snapshots.ts';

/** Every directed script. */
export const SCRIPTS: readonly Script[] = [
  ...ELECTION_SCRIPTS,
  ...REPLICATION_SCRIPTS,
  ...SNAPSHOT_SCRIPTS,
  ...RESTORE_SCRIPTS,
  ...MEMBERSHIP_SCRIPTS,
  ...CLIENT_SCRIPTS,
];
