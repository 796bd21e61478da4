import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { OpenedLog } from '../../node-engine/log/log-store.ts';
import { run } from './runs.ts';
import { write } from './store-promises.ts';

/** What a store did on a disk that became full under it. */
export interface MetFullDisk {
  /** The last entry that it acknowledged. */
  readonly acknowledged: number;
  /** The error's code when the disk was full, and for a write when there was room again. */
  readonly codes: readonly unknown[];
}

/**
 * Writes until the disk is full, makes room again, and writes once more.
 *
 * @param freeBytes how much room the disk has at first
 * @param onAcknowledged hears of the last entry of every write that was acknowledged
 */
export async function meetFullDisk(
  { store, recovered }: OpenedLog,
  disk: string,
  freeBytes: number,
  onAcknowledged: (index: number) => void = () => undefined,
): Promise<MetFullDisk> {
  const ballast = join(disk, 'ballast');
  const { bavail, bsize } = await statfs(disk);
  await writeFile(ballast, Buffer.alloc(Math.max(0, bavail * bsize - freeBytes)));
  let acknowledged = recovered.lastIndex;
  let code: unknown = null;
  while (code === null) {
    const next = acknowledged + 1;
    const count = next % 3 === 0 ? 1500 : 1 + (next % 40);
    code = await codeOf(write(store, { append: [run(next, count, 1)] }));
    if (code !== null) break;
    acknowledged += count;
    onAcknowledged(acknowledged);
  }
  // Space comes back; the handle must not believe it.
  await rm(ballast);
  const late = await codeOf(write(store, { append: [run(acknowledged + 1, 1, 1)] }));
  return { acknowledged, codes: [code, late] };
}

/** The code of the error with which a write failed; null where it was done. */
function codeOf(written: Promise<void>): Promise<unknown> {
  return written.then(
    () => null,
    (error: unknown) => (error as { readonly code?: unknown }).code ?? String(error),
  );
}
