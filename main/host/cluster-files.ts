import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Result } from '../contract/errors.ts';
import { causeOf, failure } from './failure.ts';

/** Where the data of a cluster lies. */
export function clusterDirectory(home: string, clusterId: string): string {
  return join(home, 'clusters', clusterId);
}

/**
 * Takes the data of a cluster out of sight in one step, so that half a cluster is never left behind.
 * Returns what removes it for good.
 */
export async function setAside(
  home: string,
  clusterId: string,
): Promise<Result<() => Promise<void>>> {
  const directory = clusterDirectory(home, clusterId);
  const doomed = join(home, 'clusters', `.deleted-${clusterId}`);
  try {
    await rename(directory, doomed);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      const message = `The folder ${directory} cannot be removed: ${causeOf(error)}. The cluster is stopped and its data is still there. Try again.`;
      return failure('E_IO', message);
    }
  }
  return { ok: true, value: () => rm(doomed, { recursive: true, force: true }) };
}
