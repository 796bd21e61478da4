import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { hold, type Fault, type FaultKind, type Scene } from './fault.ts';
import type { Surroundings } from './nemesis-cluster.ts';

/** Far more than any node is late. */
const JUMP_SEEN_MS = 50_000;

const LIBRARIES = ['x86_64', 'aarch64'].map(
  (machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`,
);

/** The wall clocks of nodes jump by up to two hours, each by its own. Timers are not touched. */
class ClockJumps implements Fault {
  readonly #folder: string;
  readonly #library: string;

  constructor(folder: string, library: string) {
    this.#folder = folder;
    this.#library = library;
  }

  async surround(surroundings: Surroundings): Promise<Surroundings> {
    const file = this.#fileOf(surroundings.directory);
    setClock(file, 0);
    const env = {
      ...surroundings.env,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    return { ...surroundings, env, preload: [...surroundings.preload, this.#library] };
  }

  async strike(scene: Scene): Promise<boolean> {
    const { cluster, random } = scene;
    for (const id of random.shuffled(cluster.ids).slice(0, random.between(1, cluster.ids.length))) {
      const file = this.#fileOf(cluster.member(id).surroundings.directory);
      setClock(file, random.of([-7_200, -3_600, -1, 0, 1, 60, 3_600, 7_200]));
    }
    await hold(scene, 300, 1_200);
    const statuses = await cluster.statuses();
    return statuses.some(({ timeMs }) => Math.abs(timeMs - Date.now()) > JUMP_SEEN_MS);
  }

  #fileOf(directory: string): string {
    return join(this.#folder, `${directory.replaceAll('/', '_')}.clock`);
  }
}

/** Replaced at once, so that nobody reads half a number. */
function setClock(file: string, seconds: number): void {
  writeFileSync(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}s\n`);
  renameSync(`${file}.new`, file);
}

function libfaketime(): string | null {
  return LIBRARIES.find((path) => existsSync(path)) ?? null;
}

/** Clocks that jump. */
export const CLOCK: FaultKind = {
  name: 'clock',
  tool: 'libfaketime',
  summary: 'wall clocks jump by up to two hours, each node by its own (libfaketime)',
  obstacle: () => (libfaketime() === null ? 'libfaketime is not installed' : null),
  create: async (folder) => new ClockJumps(folder, libfaketime() ?? ''),
};
