import type { LogMedium, RecordOperation, StoredRecord } from '../../node-engine/log/log-medium.ts';
import type { StorageError } from '../../node-engine/log/log-store.ts';

function settled(call: (done: (error: StorageError | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** The calls of a medium as promises. */
export function writeBatch(
  medium: LogMedium,
  operations: readonly RecordOperation[],
  isSynced = true,
): Promise<void> {
  return settled((done) => medium.writeBatch(operations, isSynced, done));
}

export function syncMedium(medium: LogMedium): Promise<void> {
  return settled((done) => medium.sync(done));
}

export function reclaimMedium(medium: LogMedium, index: number): Promise<void> {
  return settled((done) => medium.reclaim(index, done));
}

export function closeMedium(medium: LogMedium): Promise<void> {
  return settled((done) => medium.close(done));
}

/** Every record whose first index lies in the range. */
export async function recordsIn(
  medium: LogMedium,
  fromIndex = 1,
  toIndex = Number.MAX_SAFE_INTEGER,
): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  await settled((done) =>
    medium.scan(
      { fromIndex, toIndex },
      (record) => {
        records.push(record);
        return true;
      },
      done,
    ),
  );
  return records;
}
