import { constants } from 'node:fs';
import { mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { StorageError, type StoreIdentity } from './log-store.ts';
import { META_FORMAT } from './meta.ts';

/**
 * The directory of one node: `LOCK`, `meta.a`, `meta.b`, `log/`, `snapshots/`, `node.json`,
 * `machine.json`.
 * Folders are 0700 and files 0600: a log holds every value its users wrote.
 */
export interface NodePaths {
  readonly directory: string;
  /** Names who holds the directory; the lock itself is the log's. */
  readonly lock: string;
  /** There while a log of LevelDB's is being opened, and for a while after. */
  readonly opening: string;
  /** The lock of a log that has none of its own. */
  readonly lockFolder: string;
  readonly metaA: string;
  readonly metaB: string;
  readonly log: string;
  readonly snapshots: string;
  readonly identity: string;
  /** Names the machine that applies the log. */
  readonly machine: string;
}

/** Mode of every folder. */
export const FOLDER_MODE = 0o700;
/** Mode of every file. */
export const FILE_MODE = 0o600;

/** Where things are in a node's directory. */
export function nodePaths(directory: string): NodePaths {
  return {
    directory,
    lock: join(directory, 'LOCK'),
    opening: join(directory, 'OPENING'),
    lockFolder: join(directory, 'log', 'lock'),
    metaA: join(directory, 'meta.a'),
    metaB: join(directory, 'meta.b'),
    log: join(directory, 'log'),
    snapshots: join(directory, 'snapshots'),
    identity: join(directory, 'node.json'),
    machine: join(directory, 'machine.json'),
  };
}

/** Turns a failure of the file system into a StorageError that names what was tried. */
export function ioError(what: string, cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StorageError('IO', `${what}: ${reason}`, { cause });
}

/** Makes a folder of a node, and those above it; refuses what is there and is no folder. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: FOLDER_MODE });
    if (!(await stat(path)).isDirectory()) throw new Error('it is not a folder');
  } catch (error) {
    throw ioError(`cannot make the folder ${path}`, error);
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  // Windows has no handle on a folder to sync; its renames are journalled by the file system.
  if (process.platform === 'win32') return;
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces a file: nobody ever sees half of it, and it is durable when this resolves. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | NO_FOLLOW;
  const handle = await open(temporary, flags, FILE_MODE);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** A symbolic link in a node's directory could lead a write anywhere. Windows has no such flag. */
export const NO_FOLLOW: number = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW;

/** True when an error says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** True when an error says that the disk, or the file system, has lost what a file holds. */
export function isUnreadable(error: unknown): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error) || !('code' in cause)) return false;
  return ['EIO', 'EUCLEAN', 'EBADMSG'].includes(String(cause.code));
}

/** More than any small file of a node has; a larger one is not ours and is not read into memory. */
const SMALL_FILE_BYTES_MAX = 64 * 1024;

/** Reads the first bytes of a small regular file, all of it as a rule; null when there is none. */
export async function readWhole(
  path: string,
  bytesMax = SMALL_FILE_BYTES_MAX,
): Promise<Buffer | null> {
  let handle;
  try {
    handle = await open(path, constants.O_RDONLY | NO_FOLLOW);
  } catch (error) {
    if (isMissing(error)) return null;
    throw ioError(`cannot open ${path}`, error);
  }
  try {
    if (!(await handle.stat()).isFile()) throw new Error('it is not a regular file');
    const bytes = Buffer.alloc(bytesMax);
    const { bytesRead } = await handle.read(bytes, 0, bytesMax, 0);
    return bytes.subarray(0, bytesRead);
  } catch (error) {
    throw ioError(`cannot read ${path}`, error);
  } finally {
    await handle.close();
  }
}

/** Whose directory node.json says this is; null when there is no such file. */
export async function readIdentity(path: string): Promise<StoreIdentity | null> {
  const bytes = await readWhole(path);
  if (bytes === null) return null;
  const refuse = (why: string): StorageError => new StorageError('DAMAGED', `${path} ${why}`);
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new StorageError('DAMAGED', `${path} is not JSON`, { cause });
  }
  if (typeof document !== 'object' || document === null) throw refuse('holds no object');
  if (!('formatVersion' in document) || typeof document.formatVersion !== 'number') {
    throw refuse('names no formatVersion');
  }
  if (document.formatVersion > META_FORMAT) {
    throw new StorageError(
      'NEWER_FORMAT',
      `${path} has format ${document.formatVersion}; this version reads up to ${META_FORMAT}`,
    );
  }
  if (!('clusterId' in document) || typeof document.clusterId !== 'string') {
    throw refuse('names no clusterId');
  }
  if (!('nodeId' in document) || typeof document.nodeId !== 'string') {
    throw refuse('names no nodeId');
  }
  return { clusterId: document.clusterId, nodeId: document.nodeId };
}

/** Writes node.json, if it is not what is there already. */
export async function writeIdentity(path: string, identity: StoreIdentity): Promise<void> {
  const { clusterId, nodeId } = identity;
  const text = `${JSON.stringify({ formatVersion: META_FORMAT, clusterId, nodeId }, null, 2)}\n`;
  const present = await readWhole(path);
  if (present?.toString('utf8') === text) return;
  await replaceFile(path, Buffer.from(text));
}

/** Says who uses the directory. The lock itself is the log's own; this only names its holder. */
export async function writeLockHolder(path: string): Promise<void> {
  const holder = { pid: process.pid, startedAtMs: Math.round(performance.timeOrigin) };
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | NO_FOLLOW;
  const handle = await open(path, flags, FILE_MODE);
  try {
    await handle.writeFile(`${JSON.stringify(holder)}\n`);
  } finally {
    await handle.close();
  }
}

/** The process that uses the directory, as far as it is known. */
export async function readLockHolder(path: string): Promise<number | null> {
  const text = (await readWhole(path).catch(() => null))?.toString('utf8') ?? '';
  const pid = /"pid":(\d+)/.exec(text)?.[1];
  return pid === undefined ? null : Number(pid);
}

/** Removes a file that may be gone already. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!isMissing(error)) throw ioError(`cannot remove ${path}`, error);
  }
}
