import { setTimeout as wait } from 'node:timers/promises';

import type { NemesisCluster, Surroundings } from './nemesis-cluster.ts';
import type { Recorder } from './recorder.ts';
import type { SeededRandom } from './seeded-random.ts';

/** What a fault works on. */
export interface Scene {
  readonly cluster: NemesisCluster;
  readonly random: SeededRandom;
  readonly recorder: Recorder;
  /** When leaders were killed, by the recorder's clock. */
  readonly leaderKills: number[];
  /** Broken promises that no client could see. */
  readonly broken: string[];
  kills: number;
}

/** A kind of fault in one run. */
export interface Fault {
  /** What a node needs around it for this fault; called before its first start. */
  surround?(surroundings: Surroundings): Promise<Surroundings>;
  /**
   * Does its harm once, waits a while, and takes it back. Nodes may be left down or catching up: the
   * next strike begins when all take part again.
   *
   * @returns whether its effect was seen: a fault that never has one tests nothing
   */
  strike(scene: Scene): Promise<boolean>;
  /** Takes away what it brought to the machine. */
  dispose?(): Promise<void>;
}

/** A kind of fault as the command line knows it. */
export interface FaultKind {
  readonly name: string;
  readonly summary: string;
  /** The program or library of the machine that it needs, as RAFTDECK_REQUIRE names it. */
  readonly tool?: string;
  /** Why it cannot run on this machine, or null. */
  readonly obstacle: () => string | null;
  /** @param folder for what it needs on disk */
  readonly create: (folder: string) => Promise<Fault>;
}

/** The node that leads now, or any when none does. */
export async function leaderOrAny({ cluster, random }: Scene): Promise<string> {
  const statuses = await cluster.statuses();
  const leader = statuses.find(({ role }) => role === 'leader');
  return leader?.id ?? random.of(cluster.ids);
}

/** The leader half of the time, else any node: most of what can break breaks at a leader. */
export async function victim(scene: Scene): Promise<string> {
  return scene.random.chance(0.5) ? leaderOrAny(scene) : scene.random.of(scene.cluster.ids);
}

/** Leaves a fault in force for a while. */
export async function hold(scene: Scene, minMs: number, maxMs: number): Promise<void> {
  await wait(scene.random.between(minMs, maxMs));
}
