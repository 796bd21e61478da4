import { CLOCK } from './clock-fault.ts';
import { DIRTY_REJOIN } from './dirty-rejoin-fault.ts';
import { DISK_ERROR } from './disk-error-fault.ts';
import { DISK_FULL } from './disk-full-fault.ts';
import type { FaultKind } from './fault.ts';
import { MEMBERSHIP } from './membership-fault.ts';
import { NETWORK_FAULTS } from './network-faults.ts';
import { PROCESS_FAULTS } from './process-faults.ts';
import { SWITCHBOARD } from './switchboard-fault.ts';
import { SYNC_FAULTS } from './sync-faults.ts';

/** All kinds of faults, by the names that `--faults` takes. */
export const FAULT_KINDS: readonly FaultKind[] = [
  ...PROCESS_FAULTS,
  ...NETWORK_FAULTS,
  DISK_FULL,
  ...SYNC_FAULTS,
  DISK_ERROR,
  CLOCK,
  MEMBERSHIP,
  DIRTY_REJOIN,
  SWITCHBOARD,
];

/** @throws RangeError that lists the names there are */
export function faultKind(name: string): FaultKind {
  const found = FAULT_KINDS.find((kind) => kind.name === name);
  if (found !== undefined) return found;
  const names = FAULT_KINDS.map((kind) => kind.name).join(', ');
  throw new RangeError(`there is no fault '${name}'; there are ${names}`);
}
