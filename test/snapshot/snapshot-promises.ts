import type {
  SnapshotDraft,
  SnapshotReceiver,
  SnapshotSink,
  SnapshotStore,
} from '../../node-engine/snapshot/snapshot-store.ts';
import type { SnapshotMeta } from '../../node-engine/raft/types.ts';
import type { StorageError } from '../../node-engine/log/log-store.ts';
import { MEMBERSHIP } from '../log/runs.ts';

export function draftAt(lastIncludedIndex: number, lastIncludedTerm: number): SnapshotDraft {
  return { lastIncludedIndex, lastIncludedTerm, membership: MEMBERSHIP, membershipIndex: 1 };
}

type Settle = (error: StorageError | null) => void;

function settled(call: (done: Settle) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

export function write(sink: SnapshotSink, bytes: Uint8Array): Promise<void> {
  return settled((done) => sink.write(bytes, done));
}

export function writeAt(
  receiver: SnapshotReceiver,
  offset: number,
  bytes: Uint8Array,
): Promise<void> {
  return settled((done) => receiver.write(offset, bytes, done));
}

export function commit(sink: SnapshotSink | SnapshotReceiver): Promise<SnapshotMeta> {
  return new Promise((resolve, reject) => {
    sink.commit((error, snapshot) => {
      if (snapshot !== null) resolve(snapshot);
      else reject(error ?? new Error('neither an error nor a snapshot'));
    });
  });
}

export function verify(store: SnapshotStore, id: string): Promise<void> {
  return settled((done) => store.verify(id, done));
}

/** Makes a snapshot of these bytes. */
export async function make(
  store: SnapshotStore,
  draft: SnapshotDraft,
  bytes: Uint8Array,
): Promise<SnapshotMeta> {
  const sink = store.create(draft);
  await write(sink, bytes);
  return commit(sink);
}

/** The machine's bytes in a snapshot. */
export async function machineBytes(store: SnapshotStore, id: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  await settled((done) => store.readMachine(id, (bytes) => parts.push(Buffer.from(bytes)), done));
  return Buffer.concat(parts);
}

/** The bytes of the file, read in chunks. */
export async function fileBytes(
  store: SnapshotStore,
  id: string,
  bytesMax = 1000,
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (;;) {
    const chunk = await chunkAt(store, id, offset, bytesMax);
    parts.push(chunk.data);
    offset += chunk.data.length;
    if (chunk.done) return Buffer.concat(parts);
  }
}

export function chunkAt(
  store: SnapshotStore,
  id: string,
  offset: number,
  bytesMax: number,
): Promise<{ readonly data: Uint8Array; readonly done: boolean }> {
  return new Promise((resolve, reject) => {
    store.readFile({ id, offset, bytesMax }, (error, bytes) => {
      if (bytes !== null) resolve(bytes);
      else reject(error ?? new Error('neither an error nor bytes'));
    });
  });
}
