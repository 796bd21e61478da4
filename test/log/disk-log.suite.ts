import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { backendNamed } from '../../node-engine/log/backends.ts';
import { openDiskLog } from '../../node-engine/log/disk-log.ts';
import type { DiskBackendName, Durability } from '../../node-engine/log/log-store.ts';
import { testLogStore } from './log-store.suite.ts';
import { offsetOfCommand } from './runs.ts';

/** The contract of every log store, over one that keeps its log on disk, at every durability. */
export function testDiskLog(
  backend: DiskBackendName,
  durabilities: readonly Durability[] = ['low', 'medium', 'high'],
): void {
  for (const durability of durabilities) {
    testLogStore({
      name: `${backend} (${durability})`,
      isDurable: true,
      make: async () => {
        const directory = await mkdtemp(join(tmpdir(), 'raftdeck-log-'));
        return {
          open: async ({ snapshots = [], clusterId = '' } = {}) =>
            openDiskLog(backendNamed(backend), {
              directory,
              identity: { clusterId, nodeId: '1' },
              durability,
              snapshots: () => Promise.resolve(snapshots),
              offsetOfCommand,
            }),
          remove: () => rm(directory, { recursive: true }),
        };
      },
    });
  }
}
