import { setTimeout as wait } from 'node:timers/promises';

import { statusOf } from '../cluster/local-cluster.ts';
import type { Scene } from './fault.ts';

const NOTICE_LIMIT_MS = 4_000;
const POLL_MS = 30;

/**
 * Waits until a node says that its storage has failed, or has ended over it. A follower that is
 * behind writes nothing and notices nothing: that is no fault of it.
 *
 * @returns whether it noticed
 */
export async function untilStorageFailed({ cluster }: Scene, id: string): Promise<boolean> {
  const startMs = performance.now();
  while (performance.now() - startMs < NOTICE_LIMIT_MS) {
    if (!cluster.isRunning(id)) return true;
    const status = await statusOf(cluster.member(id).address);
    if (status?.health === 'storage-failed') return true;
    await wait(POLL_MS);
  }
  return false;
}

/** What an operator does once the disk is well again: ends the node and starts it. */
export async function restart({ cluster }: Scene, id: string): Promise<void> {
  await cluster.kill(id);
  cluster.launch(id);
}
