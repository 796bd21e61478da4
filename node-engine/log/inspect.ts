import { cp, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { lastIndexOf } from '../raft/types.ts';
import type {
  HardState,
  LogIndex,
  LoggedMembership,
  Run,
  SnapshotMeta,
  Term,
} from '../raft/types.ts';
import { readSegments } from './fastlog/segment-files.ts';
import { isThere, lmdbFile } from './lmdb/lmdb-backend.ts';
import { loadLmdb, openRecords } from './lmdb/lmdb-library.ts';
import { copyWhole } from './lmdb/lmdb-probe.ts';
import { canProbe, copyReadable, endOfReading } from './leveldb/leveldb-probe.ts';
import { hasDatabase } from './leveldb/log-database.ts';
import { openDatabase, readError, scanRecords } from './leveldb/leveldb-medium.ts';
import type { StoredRecord } from './log-medium.ts';
import { StorageError, type Backend, type StoreIdentity } from './log-store.ts';
import { isInLockTable } from './lock-table.ts';
import { decodeMeta, META_BYTES, type Meta } from './meta.ts';
import {
  isMissing,
  isUnreadable,
  nodePaths,
  readIdentity,
  readLockHolder,
  readWhole,
  type NodePaths,
} from './node-directory.ts';
import { decodeRecord } from './record.ts';
import { Recovery, type LogFault } from './recovery.ts';

/** One of the two meta files. */
export interface InspectedPage {
  /** Null when it is whole. */
  readonly fault: string | null;
  readonly generation: number | null;
}

/** What the records of a log say. */
export interface InspectedRecords {
  readonly firstIndex: LogIndex;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
  readonly recordCount: number;
  /** Bytes of the records. */
  readonly sizeBytes: number;
  readonly memberships: readonly LoggedMembership[];
  /** Whole records behind the mark, or cut short there: a crash, no damage. */
  readonly droppedRecords: number;
  readonly faults: readonly LogFault[];
}

/** What stands in a node's directory beside its snapshots. */
export interface InspectedLog {
  /** As the meta pages have it. */
  readonly identity: StoreIdentity;
  readonly incarnation: number;
  /** What keeps the log. */
  readonly backend: Backend;
  /** Voters the log named last, as far as that is known; 0: it is not. */
  readonly voterCount: number;
  readonly hardState: HardState;
  /** The last entry known to be durable; the log must reach it. */
  readonly mark: { readonly index: LogIndex; readonly term: Term };
  /** Not null while the node must not vote. */
  readonly repairUntil: { readonly index: LogIndex; readonly term: Term } | null;
  readonly pages: { readonly a: InspectedPage; readonly b: InspectedPage };
  /** What is wrong with node.json, or null. */
  readonly identityFault: string | null;
  /** Null when the log cannot be read at all; `logFault` says why. */
  readonly records: InspectedRecords | null;
  readonly logFault: string | null;
}

/**
 * Looks into a stopped node's directory and changes nothing in it: LevelDB writes whenever it opens, so
 * a copy of the log is opened instead.
 *
 * @param snapshots the whole snapshots of the node, newest first
 * @throws StorageError LOCKED while a node runs there, DAMAGED without a whole meta page,
 *   NEWER_FORMAT, or IO
 */
export async function inspectLog(
  directory: string,
  snapshots: readonly SnapshotMeta[],
): Promise<InspectedLog> {
  const paths = nodePaths(directory);
  const a = await inspectPage(paths.metaA);
  const b = await inspectPage(paths.metaB);
  const newest = [a.meta, b.meta]
    .filter((meta) => meta !== null)
    .sort((left, right) => right.generation - left.generation)[0];
  if (newest === undefined) {
    const faults = `meta.a: ${a.page.fault ?? ''}; meta.b: ${b.page.fault ?? ''}`;
    throw new StorageError('DAMAGED', `${directory} has no whole meta page: ${faults}`);
  }
  const { clusterId, nodeId, incarnation, term, votedFor, commitIndex, mark, repairUntil } = newest;
  const log = await inspectRecords(paths, newest, snapshots);
  return {
    identity: { clusterId, nodeId },
    incarnation,
    backend: newest.backend,
    voterCount: newest.voterCount,
    hardState: { term, votedFor, commitIndex },
    mark: { index: mark.index, term: mark.term },
    repairUntil,
    pages: { a: a.page, b: b.page },
    identityFault: await inspectIdentity(paths, newest),
    ...log,
  };
}

/**
 * Refuses a directory that a running node uses.
 *
 * @throws StorageError LOCKED; IO when there is no node's directory
 */
export async function refuseRunning(directory: string): Promise<void> {
  const paths = nodePaths(directory);
  const isThere = (await readWhole(paths.metaA)) ?? (await readWhole(paths.metaB));
  if (isThere === null && (await readWhole(paths.identity)) === null) {
    throw new StorageError(
      'IO',
      `${directory} is no node's directory: it has neither meta.a nor meta.b nor node.json`,
    );
  }
  const pid = await readLockHolder(paths.lock);
  const isRunning =
    process.platform === 'linux'
      ? (await isLockHeld(join(paths.log, 'LOCK'), pid)) ||
        (await isLockHeld(join(paths.lockFolder, 'LOCK'), pid))
      : pid !== null && isAlive(pid);
  if (!isRunning) return;
  const holder = pid === null ? 'a running node' : `process ${pid}`;
  throw new StorageError('LOCKED', `${directory} is in use by ${holder}; ask the node itself`);
}

interface PageInspection {
  readonly page: InspectedPage;
  readonly meta: Meta | null;
}

async function inspectPage(path: string): Promise<PageInspection> {
  const bytes = await readWhole(path, META_BYTES + 1);
  if (bytes === null) return { page: { fault: 'missing', generation: null }, meta: null };
  const decoded = decodeMeta(bytes);
  if (decoded.ok) {
    return { page: { fault: null, generation: decoded.meta.generation }, meta: decoded.meta };
  }
  if (decoded.isNewer) throw new StorageError('NEWER_FORMAT', `${path} ${decoded.fault}`);
  return { page: { fault: decoded.fault, generation: null }, meta: null };
}

async function inspectIdentity(paths: NodePaths, meta: Meta): Promise<string | null> {
  try {
    const identity = await readIdentity(paths.identity);
    if (identity === null) return 'missing';
    const isSame = identity.clusterId === meta.clusterId && identity.nodeId === meta.nodeId;
    return isSame ? null : `names cluster ${identity.clusterId} node ${identity.nodeId}`;
  } catch (error) {
    if (error instanceof StorageError) return error.message;
    throw error;
  }
}

async function inspectRecords(
  paths: NodePaths,
  meta: Meta,
  snapshots: readonly SnapshotMeta[],
): Promise<{ readonly records: InspectedRecords | null; readonly logFault: string | null }> {
  const recovery = new Recovery(meta);
  let recordCount = 0;
  let sizeBytes = 0;
  const logFault = await readAll(paths, meta.backend, (record) => {
    recordCount += 1;
    sizeBytes += record.value.length;
    recovery.add(record);
  });
  if (logFault !== null) return { records: null, logFault };
  const { state, records, faults, droppedRecords } = recovery.finish(snapshots);
  const { firstIndex, lastIndex, memberships } = state;
  const lastTerm = records.last.term;
  const counted = { recordCount, sizeBytes, memberships, droppedRecords, faults };
  return { records: { firstIndex, lastIndex, lastTerm, ...counted }, logFault };
}

/**
 * Hands out the runs of a stopped node's log that are part of it, in order; their bytes are good during
 * the call only. It changes nothing.
 *
 * @throws StorageError DAMAGED or IO
 */
export async function readRuns(
  directory: string,
  log: Pick<InspectedLog, 'backend' | 'records'>,
  onRun: (run: Run) => void,
): Promise<void> {
  let next = log.records?.firstIndex ?? 1;
  const last = log.records?.lastIndex ?? 0;
  const fault = await readAll(nodePaths(directory), log.backend, ({ firstIndex, value }) => {
    // What is below was trimmed and not yet deleted; what is above was never acknowledged.
    if (firstIndex !== next || firstIndex > last) return;
    const decoded = decodeRecord(value, firstIndex);
    if (!decoded.ok) throw new StorageError('DAMAGED', `entry ${firstIndex}: ${decoded.fault}`);
    next = lastIndexOf(decoded.run) + 1;
    onRun(decoded.run);
  });
  if (fault !== null) throw new StorageError('DAMAGED', fault);
}

type OnRecord = (record: StoredRecord) => void;

/** Reads every record; why that cannot be done, or null. */
async function readAll(
  paths: NodePaths,
  backend: Backend,
  onRecord: OnRecord,
): Promise<string | null> {
  try {
    if (backend === 'fastlog') await readSegments(paths.log, onRecord);
    else if (backend === 'lmdb') {
      if (!(await isThere(lmdbFile(paths)))) return 'log/data.mdb is missing';
      await readLmdbCopy(paths, onRecord);
    } else if (!(await hasDatabase(paths.log))) return 'log/CURRENT is missing';
    else await readCopy(paths, onRecord);
    return null;
  } catch (error) {
    const failure = readError('cannot read the log', error);
    if (failure.code !== 'DAMAGED' && !isUnreadable(error)) throw failure;
    return failure.message;
  }
}

/** A copy that was made by another process can be trusted with this one. */
async function readLmdbCopy(paths: NodePaths, onRecord: OnRecord): Promise<void> {
  const library = loadLmdb();
  const folder = await mkdtemp(join(tmpdir(), 'raftdeck-inspect-'));
  try {
    const copy = join(folder, 'data.mdb');
    await cp(lmdbFile(paths), `${copy}.damaged`);
    await copyWhole(`${copy}.damaged`, copy);
    const database = openRecords(library, copy);
    for (const { key, value } of database.getRange({ start: 1 })) {
      onRecord({ firstIndex: key, value: Uint8Array.from(value) });
    }
    await database.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * LevelDB writes whenever it opens: a copy is read instead. Of one that ends its reader, another process
 * brings what stands before that place; what is lost behind it is then named as missing.
 */
async function readCopy(paths: NodePaths, onRecord: OnRecord): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'raftdeck-inspect-'));
  try {
    const whole = join(folder, 'log');
    const readable = join(folder, 'readable');
    // Where no other process can go first, the ends of those before tell.
    if (!canProbe() && (await readWhole(paths.opening)) !== null) {
      throw new StorageError(
        'DAMAGED',
        'processes that read the log have ended, so it is not read',
      );
    }
    await cp(paths.log, whole, { recursive: true });
    const isDeadly = (await endOfReading(whole)) !== null;
    if (isDeadly) await copyReadable(whole, readable);
    const database = await openDatabase(isDeadly ? readable : whole, { isNew: isDeadly });
    try {
      const everything = { fromIndex: 0, toIndex: Number.MAX_SAFE_INTEGER };
      await scanRecords(database, everything, (record) => {
        onRecord(record);
        return true;
      });
    } finally {
      await database.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether any process holds a lock on the file. */
async function isLockHeld(path: string, holder: number | null): Promise<boolean> {
  try {
    const file = await stat(path);
    return isInLockTable(await readFile('/proc/locks', 'latin1'), file, holder);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
