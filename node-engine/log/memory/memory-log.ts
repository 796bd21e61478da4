import type { OffsetOfCommand } from '../cut-run.ts';
import type { DiskFaults } from '../disk-faults.ts';
import type { OpenedLog, StoreIdentity } from '../log-store.ts';
import { openStore } from '../open-store.ts';
import { scheduleTimer } from '../schedule-timer.ts';
import { MemoryMedium } from './memory-medium.ts';

/**
 * Opens an empty log in memory. A node that restarts on it has nothing, not even its vote, so it
 * must come back as a new member with a new id.
 */
export function openMemoryLog(options: {
  readonly identity: StoreIdentity;
  readonly offsetOfCommand: OffsetOfCommand;
  readonly faults?: DiskFaults | null;
}): Promise<OpenedLog> {
  return new Promise((resolve, reject) => {
    openStore(
      {
        ...options,
        backend: 'memory',
        medium: new MemoryMedium(),
        durability: 'low',
        snapshots: [],
        schedule: scheduleTimer,
        description: 'memory',
      },
      (error, opened) => {
        if (opened !== null) resolve(opened);
        else reject(error ?? new Error('a log was neither opened nor refused'));
      },
    );
  });
}
