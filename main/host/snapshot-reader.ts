import type { Result } from '../contract/errors.ts';
import { refusalOf } from './command-sender.ts';
import { DONE, failure } from './failure.ts';
import type { ManagedCluster } from './managed-cluster.ts';
import type { ManagedNode } from './managed-node.ts';

/** Read from a node at once. */
const PIECE_BYTES = 1024 * 1024;
const PIECE_TIMEOUT_MS = 30_000;

/** Reads the file of a snapshot from its node, piece by piece; each is taken before the next is read. */
export function readSnapshot(
  cluster: ManagedCluster,
  node: ManagedNode,
  snapshotId: string,
  take: (bytes: Uint8Array) => Promise<void>,
): Promise<Result<null>> {
  return cluster.talk(node, async (call) => {
    for (let offset = 0; ;) {
      const range = ['RANGE', String(offset), String(PIECE_BYTES)];
      const reply = await call(
        ['RAFT', 'SNAPSHOT', 'READ', snapshotId, ...range],
        PIECE_TIMEOUT_MS,
      );
      const refused = refusalOf(reply);
      if (refused !== null) return { ok: false, error: refused };
      if (!(reply instanceof Uint8Array)) return DONE;
      await take(reply);
      offset += reply.length;
    }
  });
}

/** `37.7 KiB`, `21.1 MiB`: how large a file is, for a step's detail. */
export function sizeWords(bytes: number): string {
  const kibibytes = bytes / 1024;
  return kibibytes < 1024 ? `${kibibytes.toFixed(1)} KiB` : `${(kibibytes / 1024).toFixed(1)} MiB`;
}

/** The error of a call about a snapshot that the node does not have, or not any more. */
export function noSuchSnapshot(node: ManagedNode, snapshotId: string): Result<never> {
  return failure(
    'E_NOT_FOUND',
    `${node.name} has no snapshot ${snapshotId}. It keeps the newest ones; choose one that is listed.`,
  );
}
