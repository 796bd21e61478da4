import type { NodeId } from '../raft/types.ts';
import { prepareDisk } from './first-disk.ts';
import { firstWrite } from './first-write.ts';
import type { World } from './world.ts';

/** Makes the servers of a cluster that these voters found, and starts them. */
export function foundCluster(world: World, founders: readonly NodeId[]): void {
  const { ghost } = world;
  const write = firstWrite(founders);
  for (const run of write.append) ghost.create(run, 0);
  ghost.commit(1, 1, 1);
  for (const id of founders) {
    const node = world.addNode(id);
    ghost.founders.add(id);
    prepareDisk(node.disk, id, write);
    const { durable } = node.ghost;
    for (const run of write.append) durable.append(run);
    node.ghost.durableTerm = 1;
    node.start();
  }
}
