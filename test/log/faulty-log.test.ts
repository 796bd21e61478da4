import type { Durability, OpenedLog } from '../../node-engine/log/log-store.ts';
import { openStore } from '../../node-engine/log/open-store.ts';
import { scheduleTimer } from '../../node-engine/log/schedule-timer.ts';
import { EMPTY_DISK, FaultyMedium, type DiskImage } from './faulty-medium.ts';
import { testLogStore } from './log-store.suite.ts';
import { offsetOfCommand } from './runs.ts';

/* The contract over a disk that ends its operations late and in any order, and loses power at every end. */
for (const durability of ['low', 'medium', 'high'] satisfies Durability[]) {
  testLogStore({
    name: `faulty (${durability})`,
    isDurable: true,
    make: async () => {
      let image: DiskImage = EMPTY_DISK;
      let medium: FaultyMedium | null = null;
      let turn = 0;
      return {
        open: ({ snapshots = [], clusterId = '' } = {}) => {
          // Without power nothing stays but what was synced.
          if (medium !== null) image = medium.afterPowerLoss(0, []);
          const next = new FaultyMedium(image);
          medium = next;
          next.onLaunch = () => {
            setImmediate(() => {
              turn += 1;
              next.land(turn % next.flightCount);
            });
          };
          return new Promise<OpenedLog>((resolve, reject) => {
            openStore(
              {
                backend: 'memory',
                medium: next,
                identity: { clusterId, nodeId: '1' },
                durability,
                snapshots,
                offsetOfCommand,
                schedule: scheduleTimer,
                description: 'the disk',
              },
              (error, opened) => {
                if (opened !== null) resolve(opened);
                else reject(error ?? new Error('neither opened nor refused'));
              },
            );
          });
        },
        remove: () => Promise.resolve(),
      };
    },
  });
}
