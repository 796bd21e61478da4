import type { LogIndex } from '../raft/types.ts';
import { type DiskFaults, type DiskOperation, throughFaults } from './disk-faults.ts';
import type { LogMedium, MetaSlot, RecordOperation, StoredRecord } from './log-medium.ts';
import type { Done, StorageError, StoreIdentity } from './log-store.ts';
import { ioError } from './node-directory.ts';

/**
 * Any medium with faults of the disk in front of it. Reading is as always; whatever writes is late,
 * is refused, or fails after it was done, as the faults in force say.
 */
export class FaultedMedium implements LogMedium {
  readonly #medium: LogMedium;
  readonly #faults: DiskFaults;

  constructor(medium: LogMedium, faults: DiskFaults) {
    this.#medium = medium;
    this.#faults = faults;
  }

  writeBatch(operations: readonly RecordOperation[], isSynced: boolean, done: Done): void {
    this.#through('cannot write the log', kindOf(isSynced), done, (finished) => {
      this.#medium.writeBatch(operations, isSynced, finished);
    });
  }

  writeMeta(slot: MetaSlot, page: Uint8Array, isSynced: boolean, done: Done): void {
    this.#through(`cannot write meta.${slot}`, kindOf(isSynced), done, (finished) => {
      this.#medium.writeMeta(slot, page, isSynced, finished);
    });
  }

  sync(done: Done): void {
    this.#through('cannot sync the log', 'synced-write', done, (finished) => {
      this.#medium.sync(finished);
    });
  }

  writeIdentity(identity: StoreIdentity, done: Done): void {
    this.#through('cannot write node.json', 'synced-write', done, (finished) => {
      this.#medium.writeIdentity(identity, finished);
    });
  }

  reclaim(index: LogIndex, done: Done): void {
    this.#through('cannot compact the log', 'write', done, (finished) => {
      this.#medium.reclaim(index, finished);
    });
  }

  readMeta(
    slot: MetaSlot,
    done: (error: StorageError | null, page: Uint8Array | null) => void,
  ): void {
    this.#medium.readMeta(slot, done);
  }

  scan(
    range: { readonly fromIndex: LogIndex; readonly toIndex: LogIndex },
    onRecord: (record: StoredRecord) => boolean,
    done: Done,
  ): void {
    this.#medium.scan(range, onRecord, done);
  }

  sizeBytes(): number {
    return this.#medium.sizeBytes();
  }

  close(done: Done): void {
    this.#medium.close(done);
  }

  #through(
    what: string,
    operation: DiskOperation,
    done: Done,
    action: (finished: Done) => void,
  ): void {
    const toError = (cause: Error): StorageError => ioError(what, cause);
    throughFaults(this.#faults, { operation, action, toError }, done);
  }
}

function kindOf(isSynced: boolean): DiskOperation {
  return isSynced ? 'synced-write' : 'write';
}
