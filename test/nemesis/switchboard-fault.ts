import { setTimeout as wait } from 'node:timers/promises';

import { ask, statusOf, textOf } from '../cluster/local-cluster.ts';
import { victim, type Fault, type FaultKind } from './fault.ts';
import { restart } from './storage-strike.ts';

/** The node's own faults, set over RESP; each ends by its lease, with nobody's help. */
const switchboardFault: Fault = {
  strike: async (scene) => {
    const { cluster, random } = scene;
    const id = await victim(scene);
    const { address } = cluster.member(id);
    const peer = random.of(cluster.ids.filter((one) => one !== id));
    const leaseMs = random.between(600, 2_500);
    const direction = random.of(['IN', 'OUT']);
    const what = random.of([
      `LINK ${peer} ${direction} CUT`,
      `LINK ${peer} ${direction} DROP 0.${random.between(1, 9)}`,
      `LINK ${peer} ${direction} DELAY ${random.between(10, 300)} JITTER 50`,
      `DISK SLOW ${random.between(10, 200)}`,
      'DISK FULL',
      'DISK FSYNC-ERROR',
      `CLOCK ${random.between(-7_200_000, 7_200_000)}`,
    ]);
    const command = `RAFT FAULT ${what} LEASE ${leaseMs}`;
    const answer = textOf(await ask(address, ...command.split(' ')));
    if (answer.startsWith('-')) {
      scene.broken.push(`${command}: ${answer}`);
      return false;
    }
    await wait(leaseMs * 0.8);
    const faults = (await statusOf(address))?.faults ?? [];
    const wasSeen = faults.some((fault) => fault.id === answer && fault.seen > 0);
    await wait(leaseMs * 0.4);
    const left = (await statusOf(address))?.faults ?? [];
    if (left.some((fault) => fault.id === answer)) {
      scene.broken.push(`${command}: still in force after its lease`);
    }
    // After an error of its disk a node stays out until it is started again.
    const health = (await statusOf(address))?.health;
    if (health === 'storage-failed') {
      await restart(scene, id);
    }
    return wasSeen;
  },
};

/** Faults that the nodes make themselves. */
export const SWITCHBOARD: FaultKind = {
  name: 'switchboard',
  summary: 'RAFT FAULT: links, disk and clock of a node, each with a lease',
  obstacle: () => null,
  create: async () => switchboardFault,
};
