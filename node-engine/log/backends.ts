import type { DiskBackend } from './disk-log.ts';
import { FASTLOG } from './fastlog/fastlog-backend.ts';
import { LEVELDB } from './leveldb/leveldb-backend.ts';
import { LMDB } from './lmdb/lmdb-backend.ts';
import type { DiskBackendName } from './log-store.ts';

/** The ways to keep a log on disk, by name. */
const DISK_BACKENDS: Readonly<Record<DiskBackendName, DiskBackend>> = {
  leveldb: LEVELDB,
  fastlog: FASTLOG,
  lmdb: LMDB,
};

/** The disk backend of a name. */
export function backendNamed(name: DiskBackendName): DiskBackend {
  return DISK_BACKENDS[name];
}
