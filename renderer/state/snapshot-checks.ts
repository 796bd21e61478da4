import { createStore, type StoreApi } from 'zustand/vanilla';

import type { HostApi } from '../../main/contract/host-api.ts';

/** What is known of a copy of a snapshot: its node read it and checked every checksum. */
export type SnapshotCheck =
  | { readonly state: 'checking' }
  | { readonly state: 'whole'; readonly atMs: number }
  | { readonly state: 'damaged'; readonly atMs: number; readonly message: string }
  /** Nobody could say: the node did not answer, or has no such snapshot any more. */
  | { readonly state: 'unknown'; readonly message: string };

/** A snapshot on a node. */
export interface SnapshotCopy {
  readonly clusterId: string;
  readonly nodeId: string;
  readonly snapshotId: string;
}

/** What has been verified since the window was opened; it holds as long as the files do. */
export interface SnapshotChecks {
  readonly store: StoreApi<{ readonly checks: Readonly<Record<string, SnapshotCheck>> }>;
  readonly verify: (copy: SnapshotCopy) => Promise<SnapshotCheck>;
}

export function copyKey({ clusterId, nodeId, snapshotId }: SnapshotCopy): string {
  return `${clusterId}/${nodeId}/${snapshotId}`;
}

/**
 * What was found out of a copy that its node lists no more: one that it found damaged it neither uses nor
 * names again, and without this the answer to the question would be that there never was one.
 */
export function damagedCopy(
  checks: Readonly<Record<string, SnapshotCheck>>,
  of: {
    readonly clusterId: string;
    readonly nodeId: string;
    readonly index: number;
    readonly term: number;
  },
): Extract<SnapshotCheck, { readonly state: 'damaged' }> | null {
  const { clusterId, nodeId, index, term } = of;
  const start = copyKey({ clusterId, nodeId, snapshotId: `${String(index)}-${String(term)}-` });
  for (const [key, check] of Object.entries(checks)) {
    if (key.startsWith(start) && check.state === 'damaged') return check;
  }
  return null;
}

export function createSnapshotChecks(
  api: Pick<HostApi, 'sendCommand'>,
  nowMs: () => number,
): SnapshotChecks {
  const store = createStore<{ readonly checks: Readonly<Record<string, SnapshotCheck>> }>()(() => {
    return { checks: {} };
  });
  const set = (copy: SnapshotCopy, check: SnapshotCheck): SnapshotCheck => {
    store.setState(({ checks }) => ({ checks: { ...checks, [copyKey(copy)]: check } }));
    return check;
  };
  return {
    store,
    async verify(copy) {
      set(copy, { state: 'checking' });
      const { clusterId, nodeId, snapshotId } = copy;
      const args = ['RAFT', 'SNAPSHOT', 'VERIFY', snapshotId];
      const request = { clusterId, nodeId, args, followRedirects: false };
      const result = await api.sendCommand(request);
      if (!result.ok) return set(copy, { state: 'unknown', message: result.error.message });
      const { reply } = result.value;
      const atMs = nowMs();
      if (reply.type !== 'error') return set(copy, { state: 'whole', atMs });
      const message = reply.text.replace(/^ERR (?:snapshot [\d-]+:? )*/, '');
      // Only what names the snapshot has read it.
      const isRead = reply.text.startsWith(`ERR snapshot ${snapshotId}: `);
      if (!isRead) return set(copy, { state: 'unknown', message });
      return set(copy, { state: 'damaged', atMs, message });
    },
  };
}
