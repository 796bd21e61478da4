import { copyFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { isUnreadable, makeFolder, syncFolder, type NodePaths } from './node-directory.ts';

/** Copies a damaged log to `log.damaged-<time>`: what is repaired in place is evidence as well. */
export async function keepDamagedLog(
  paths: NodePaths,
  isKept: (name: string) => boolean,
): Promise<void> {
  const partial = `${paths.log}.copy`;
  await rm(partial, { recursive: true, force: true });
  await makeFolder(partial);
  for (const name of await readdir(paths.log)) {
    if (isKept(name)) await keep(join(paths.log, name), join(partial, name));
  }
  await rename(partial, `${paths.log}.damaged-${Date.now()}`);
  await syncFolder(paths.directory);
}

async function keep(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to);
  } catch (error) {
    // What the disk does not give back is no evidence, and must not stand in the way of a repair.
    if (!isUnreadable(error)) throw error;
  }
}
