import { cpSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { statusOf } from '../cluster/local-cluster.ts';
import { hold, type Fault, type FaultKind, type Scene } from './fault.ts';

const WHOLE_LIMIT_MS = 60_000;
const REFUSED_MS = 1_500;

/** A node comes back with yesterday's log, or with nothing, under its own name. */
class DirtyRejoin implements Fault {
  async strike(scene: Scene): Promise<boolean> {
    const { cluster, random } = scene;
    const leader = (await cluster.leader(10_000)).id;
    // One that follows: with its log gone, the others must still have all of it.
    const id = random.of(cluster.ids.filter((one) => one !== leader));
    return random.chance(0.7) ? oldLog(scene, id) : nothing(scene, id);
  }
}

/** Replaces the log by an older copy, while the meta pages know how far it once reached. */
async function oldLog(scene: Scene, id: string): Promise<boolean> {
  const { cluster } = scene;
  const log = join(cluster.member(id).surroundings.directory, 'log');
  const old = `${log}-old`;
  await cluster.kill(id);
  cpSync(log, old, { recursive: true });
  cluster.launch(id);
  await cluster.untilWhole(WHOLE_LIMIT_MS);
  await hold(scene, 300, 1_500);
  await cluster.kill(id);
  rmSync(log, { recursive: true });
  renameSync(old, log);
  cluster.launch(id);
  await cluster.untilWhole(WHOLE_LIMIT_MS);
  return /damaged/i.test(cluster.logOf(id));
}

/** Starts a voter with an empty folder: it must be refused, because it could vote twice. */
async function nothing(scene: Scene, id: string): Promise<boolean> {
  const { cluster, broken } = scene;
  const { surroundings, address } = cluster.member(id);
  const aside = `${surroundings.directory}-aside`;
  const peer = cluster.ids.find((one) => one !== id) ?? id;
  await cluster.kill(id);
  renameSync(surroundings.directory, aside);
  cluster.launch(id, ['-j', cluster.member(peer).address], { mayEnd: true });
  const startMs = performance.now();
  while (performance.now() - startMs < REFUSED_MS && cluster.isRunning(id)) {
    const status = await statusOf(address);
    if (status?.health === 'ok' && status.voter) {
      broken.push(`node ${id} votes again although it has lost everything`);
      break;
    }
    await wait(50);
  }
  const wasRefused = /was a voter of this cluster/.test(cluster.logOf(id));
  await cluster.kill(id);
  if (existsSync(surroundings.directory)) rmSync(surroundings.directory, { recursive: true });
  renameSync(aside, surroundings.directory);
  cluster.launch(id);
  return wasRefused;
}

/** Folders that are not what they were. */
export const DIRTY_REJOIN: FaultKind = {
  name: 'dirty-rejoin',
  summary: 'a node comes back with an older copy of its log, or with an empty folder',
  obstacle: () => null,
  create: async () => new DirtyRejoin(),
};
