import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { findTool } from '../require-tool.ts';
import { fill, mountObstacle } from './disk-full-fault.ts';
import { victim, type Fault, type FaultKind, type Scene } from './fault.ts';
import type { Surroundings } from './nemesis-cluster.ts';
import { untilStorageFailed } from './storage-strike.ts';

/** The disk claims more than there is behind it: what does not fit is an error of the device. */
const DISK_MIB = 96;
const BACKING_MIB = 64;

interface Disk {
  readonly backing: string;
  readonly mount: string;
}

/**
 * Each node has an ext4 on a loop device whose file is sparse, on a tmpfs that is too small for all of
 * it. With the tmpfs full, writing back fails with EIO, and the page cache shows data that is nowhere:
 * a real disk error with all its lies. Mounting anew takes the page cache away.
 */
class DiskError implements Fault {
  readonly #disks = new Map<string, Disk>();

  async surround(surroundings: Surroundings): Promise<Surroundings> {
    const disk = {
      backing: `${surroundings.directory}-backing`,
      mount: `${surroundings.directory}-mount`,
    };
    mkdirSync(disk.backing, { recursive: true });
    mkdirSync(disk.mount, { recursive: true });
    const size = `size=${BACKING_MIB}m`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', size, 'nemesis', disk.backing]);
    const image = join(disk.backing, 'image');
    execFileSync('truncate', ['-s', `${DISK_MIB}M`, image]);
    execFileSync('mkfs.ext4', ['-q', '-O', '^has_journal', '-E', 'lazy_itable_init=0', image]);
    mount(disk);
    const directory = join(disk.mount, 'node');
    this.#disks.set(directory, disk);
    return { ...surroundings, directory };
  }

  async strike(scene: Scene): Promise<boolean> {
    const { cluster } = scene;
    const id = await victim(scene);
    const disk = this.#disks.get(cluster.member(id).surroundings.directory);
    if (disk === undefined) return false;
    const ballast = join(disk.backing, 'ballast');
    fill(ballast);
    const wasNoticed = await untilStorageFailed(scene, id);
    await cluster.kill(id);
    execFileSync('umount', [disk.mount]);
    rmSync(ballast, { force: true });
    // As a system does that finds its disk so: what the lost writes were to name is no file any more.
    spawnSync('e2fsck', ['-fy', join(disk.backing, 'image')], { stdio: 'ignore' });
    mount(disk);
    cluster.launch(id);
    return wasNoticed;
  }

  async dispose(): Promise<void> {
    for (const { mount, backing } of this.#disks.values()) {
      execFileSync('umount', ['--lazy', mount]);
      execFileSync('umount', ['--lazy', backing]);
    }
  }
}

function mount({ backing, mount: at }: Disk): void {
  execFileSync('mount', ['-o', 'loop', join(backing, 'image'), at]);
}

/** A disk that fails for real. */
export const DISK_ERROR: FaultKind = {
  name: 'disk-error',
  summary: 'EIO from an ext4 on a loop device that lost its ground; the page cache lies',
  obstacle: () => {
    const folder = join(process.env['TMPDIR'] ?? '/tmp', `nemesis-loop-${process.pid}`);
    if (!existsSync('/dev/loop-control')) return 'there is no loop device';
    const tool = findTool('mkfs.ext4');
    return 'missing' in tool ? tool.missing : mountObstacle(folder);
  },
  create: async () => new DiskError(),
};
