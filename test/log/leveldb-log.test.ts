import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openLevelDbLog } from '../../node-engine/log/leveldb/leveldb-log.ts';
import type { Durability } from '../../node-engine/log/log-store.ts';
import { testLogStore } from './log-store.suite.ts';
import { offsetOfCommand } from './runs.ts';

for (const durability of ['low', 'medium', 'high'] satisfies Durability[]) {
  testLogStore({
    name: `leveldb (${durability})`,
    isDurable: true,
    make: async () => {
      const directory = await mkdtemp(join(tmpdir(), 'raftdeck-log-'));
      return {
        open: ({ snapshots = [], clusterId = '' } = {}) =>
          openLevelDbLog({
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
