import type { DiskBackend } from './disk-log.ts';
import { FASTLOG } from './fastlog/fastlog-backend.ts';
import { LEVELDB } from './leveldb/leveldb-backend.ts';
import type { DiskBackendName } from './log-store.ts';

/** The ways to keep a log on disk, by name. */
const DISK_BACKENDS: Readonly<Record<DiskBackendName, DiskBackend>> = {
  leveldb: LEVELDB,
  fastlog: FASTLOG,
};

/** The disk backend of a name. */
export function backendNamed(name: DiskBackendName): Promise<DiskBackend> {
  return Promise.resolve(DISK_BACKENDS[name]);
}
