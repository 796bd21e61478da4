import type { LogStore, LogWrite, StorageError } from '../../node-engine/log/log-store.ts';
import type { Run } from '../../node-engine/raft/types.ts';

const NOTHING: LogWrite = {
  hardState: null,
  install: null,
  truncateFrom: null,
  append: [],
  trimThrough: null,
};

function settled(call: (done: (error: StorageError | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** The calls of a log store as promises: tests read in order of time. */
export function write(store: LogStore, parts: Partial<LogWrite>): Promise<void> {
  return settled((done) => store.write({ ...NOTHING, ...parts }, done));
}

export function read(
  store: LogStore,
  fromIndex: number,
  toIndex: number,
  bytesMax = Number.POSITIVE_INFINITY,
): Promise<readonly Run[]> {
  return new Promise((resolve, reject) => {
    store.read({ fromIndex, toIndex, bytesMax }, (error, runs) => {
      if (error === null) resolve(runs);
      else reject(error);
    });
  });
}

export function close(store: LogStore): Promise<void> {
  return settled((done) => store.close(done));
}

export function reclaim(store: LogStore): Promise<void> {
  return settled((done) => store.reclaim(done));
}

export function adoptCluster(store: LogStore, clusterId: string): Promise<void> {
  return settled((done) => store.adoptCluster(clusterId, done));
}
