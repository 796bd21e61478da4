import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { victim, type Fault, type FaultKind, type Scene } from './fault.ts';
import type { Surroundings } from './nemesis-cluster.ts';
import { restart, untilStorageFailed } from './storage-strike.ts';

const DISK_MIB = 48;
const BALLAST = 'ballast';
const CHUNK_BYTES = 64 * 1024;

/** Each node has a small disk of its own, which is filled and freed again. */
class DiskFull implements Fault {
  readonly #disks: string[] = [];

  async surround(surroundings: Surroundings): Promise<Surroundings> {
    const disk = `${surroundings.directory}-disk`;
    mkdirSync(disk, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m,mode=700`, 'nemesis', disk]);
    this.#disks.push(disk);
    return { ...surroundings, directory: join(disk, 'node') };
  }

  async strike(scene: Scene): Promise<boolean> {
    const id = await victim(scene);
    const ballast = join(scene.cluster.member(id).surroundings.directory, '..', BALLAST);
    fill(ballast);
    const wasNoticed = await untilStorageFailed(scene, id);
    // Freed while the node still runs: what it says and writes now must still be true.
    rmSync(ballast, { force: true });
    await new Promise((resolve) => setTimeout(resolve, scene.random.between(0, 800)));
    await restart(scene, id);
    return wasNoticed;
  }

  async dispose(): Promise<void> {
    for (const disk of this.#disks) execFileSync('umount', ['--lazy', disk]);
  }
}

/** Writes until nothing more fits. */
export function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    let size = CHUNK_BYTES;
    while (size > 0) size = Math.min(size, writeSome(file, size));
  } finally {
    closeSync(file);
  }
}

/** @returns the size to go on with: halved at every refusal */
function writeSome(file: number, size: number): number {
  try {
    return writeSync(file, Buffer.alloc(size)) < size ? size >>> 1 : size;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return size >>> 1;
    throw error;
  }
}

/** Why no disk can be mounted here, or null. */
export function mountObstacle(folder: string): string | null {
  if (process.getuid?.() !== 0) return 'only root may mount a disk';
  try {
    mkdirSync(folder, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'nemesis', folder], { stdio: 'pipe' });
    execFileSync('umount', [folder], { stdio: 'pipe' });
    return null;
  } catch (error) {
    return `a small disk cannot be mounted: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A disk that is full for a while. */
export const DISK_FULL: FaultKind = {
  name: 'disk-full',
  summary: 'a full disk (tmpfs) that is freed again while the node runs',
  obstacle: () =>
    mountObstacle(join(process.env['TMPDIR'] ?? '/tmp', `nemesis-mount-${process.pid}`)),
  create: async () => new DiskFull(),
};
