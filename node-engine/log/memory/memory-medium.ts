import type { LogIndex } from '../../raft/types.ts';
import type { LogMedium, MetaSlot, RecordOperation, StoredRecord } from '../log-medium.ts';
import type { Done, StorageError } from '../log-store.ts';
import { RecordChunks, type ChunkedRecord } from './record-chunks.ts';

/** Below this, deleted keys are not worth a sweep. */
const DEAD_KEYS_MIN = 64;

/** A medium in memory: what is written is durable as long as the object lives. */
export class MemoryMedium implements LogMedium {
  readonly #records = new Map<LogIndex, ChunkedRecord>();
  readonly #chunks = new RecordChunks();
  /** Ascending; may hold keys of deleted records, up to about as many as there are others. */
  #keys: LogIndex[] = [];
  readonly #pages: Record<MetaSlot, Uint8Array | null> = { a: null, b: null };
  #sizeBytes = 0;

  writeBatch(operations: readonly RecordOperation[], _isSynced: boolean, done: Done): void {
    for (const operation of operations) {
      const { firstIndex } = operation;
      const before = this.#records.get(firstIndex);
      if (before !== undefined) {
        this.#sizeBytes -= before.bytes.length;
        this.#chunks.remove(before);
      }
      if (operation.type === 'put') {
        this.#addKey(firstIndex);
        this.#records.set(firstIndex, this.#chunks.add(operation.value));
        this.#sizeBytes += operation.value.length;
      } else {
        this.#records.delete(firstIndex);
      }
    }
    if (this.#keys.length > 2 * this.#records.size + DEAD_KEYS_MIN) {
      this.#keys = this.#keys.filter((key) => this.#records.has(key));
    }
    queueMicrotask(() => done(null));
  }

  writeMeta(slot: MetaSlot, page: Uint8Array, _isSynced: boolean, done: Done): void {
    this.#pages[slot] = page;
    queueMicrotask(() => done(null));
  }

  sync(done: Done): void {
    queueMicrotask(() => done(null));
  }

  readMeta(
    slot: MetaSlot,
    done: (error: StorageError | null, page: Uint8Array | null) => void,
  ): void {
    queueMicrotask(() => done(null, this.#pages[slot]));
  }

  scan(
    range: { readonly fromIndex: LogIndex; readonly toIndex: LogIndex },
    onRecord: (record: StoredRecord) => boolean,
    done: Done,
  ): void {
    for (let position = this.#positionOf(range.fromIndex); ; position += 1) {
      const firstIndex = this.#keys[position];
      if (firstIndex === undefined || firstIndex > range.toIndex) break;
      const record = this.#records.get(firstIndex);
      if (record === undefined) continue;
      if (!onRecord({ firstIndex, value: this.#chunks.read(record) })) break;
    }
    queueMicrotask(() => done(null));
  }

  writeIdentity(_identity: unknown, done: Done): void {
    queueMicrotask(() => done(null));
  }

  reclaim(_index: LogIndex, done: Done): void {
    queueMicrotask(() => done(null));
  }

  sizeBytes(): number {
    return this.#sizeBytes;
  }

  close(done: Done): void {
    queueMicrotask(() => done(null));
  }

  #addKey(key: LogIndex): void {
    const position = this.#positionOf(key);
    if (position === this.#keys.length) this.#keys.push(key);
    else if (this.#keys[position] !== key) this.#keys.splice(position, 0, key);
  }

  /** Of the first key at or above `index`. */
  #positionOf(index: LogIndex): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] ?? index) < index) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
