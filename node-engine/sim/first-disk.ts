import type { LogWrite } from '../log/log-store.ts';
import { openStore } from '../log/open-store.ts';
import type { NodeId } from '../raft/types.ts';
import { commandOffset } from '../resp/command-run.ts';
import { CLUSTER_ID } from './sim-node.ts';
import type { SimDisk } from './sim-disk.ts';

/** Puts the first write of a cluster on a server's empty disk, through the product's own store. */
export function prepareDisk(disk: SimDisk, id: NodeId, write: LogWrite): void {
  const tasks: (() => void)[] = [];
  const later = (_delayUs: number, task: () => void): void => {
    tasks.push(task);
  };
  const state = { isDone: false };
  openStore(
    {
      backend: 'memory',
      medium: disk.open({
        nowUs: () => 0,
        later,
        complain: () => undefined,
        effect: () => true,
      }),
      identity: { clusterId: CLUSTER_ID, nodeId: id },
      durability: 'high',
      snapshots: [],
      offsetOfCommand: commandOffset,
      schedule: (ms, task) => {
        later(ms, task);
        return () => undefined;
      },
      description: `the disk of ${id}`,
    },
    (error, opened) => {
      if (opened === null) throw error ?? new Error('an empty disk was refused');
      opened.store.write(write, (failure) => {
        if (failure !== null) throw failure;
        state.isDone = true;
      });
    },
  );
  for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task();
  if (!state.isDone) throw new Error('the first write did not end');
  disk.syncAll();
}
