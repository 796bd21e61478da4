import { readFileSync } from 'node:fs';

import { until } from '../cluster/raftdeck-process.ts';
import { hold, leaderOrAny, type Fault, type FaultKind, type Scene } from './fault.ts';

async function kill(scene: Scene, ids: readonly string[], leader: string): Promise<void> {
  // With all of them gone the time until they are started again would count.
  if (ids.length === 1 && ids.includes(leader)) scene.leaderKills.push(scene.recorder.now());
  scene.kills += ids.length;
  await Promise.all(ids.map((id) => scene.cluster.kill(id)));
}

const killFault: Fault = {
  strike: async (scene) => {
    const { cluster, random } = scene;
    const leader = await leaderOrAny(scene);
    const dice = random.below(10);
    const minority = Math.floor((cluster.ids.length - 1) / 2);
    // Mostly the leader; now and then as many as may fail, or all of them.
    const ids =
      dice < 6
        ? [leader]
        : dice < 8
          ? random.shuffled(cluster.ids).slice(0, Math.max(1, minority))
          : cluster.ids;
    await kill(scene, ids, leader);
    await hold(scene, 0, 800);
    for (const id of ids) cluster.launch(id);
    return true;
  },
};

/** The letter by which Linux names a process's state; where there is no /proc, the signal is believed. */
function stateOf(pid: number): string {
  if (process.platform !== 'linux') return 'T';
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}

const pauseFault: Fault = {
  strike: async (scene) => {
    const { cluster, random } = scene;
    const id = random.chance(0.7) ? await leaderOrAny(scene) : random.of(cluster.ids);
    cluster.pause(id);
    const isAsleep = await until('the node sleeps', 2_000, () => stateOf(cluster.pid(id)) === 'T');
    await hold(scene, 200, 2_500);
    cluster.resume(id);
    return isAsleep;
  },
};

/** Faults of whole processes: nothing is needed for them but a signal. */
export const PROCESS_FAULTS: readonly FaultKind[] = [
  {
    name: 'kill',
    summary: 'kill -9 of the leader, of any node, of all nodes at once',
    obstacle: () => null,
    create: async () => killFault,
  },
  {
    name: 'pause',
    summary: 'SIGSTOP and SIGCONT: a process that sleeps and does not know it',
    obstacle: () => null,
    create: async () => pauseFault,
  },
];
