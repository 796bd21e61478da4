import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

import { StorageError } from '../log/log-store.ts';
import { ioError, NO_FOLLOW } from '../log/node-directory.ts';
import {
  checkTrailer,
  decodeHeader,
  HEADER_START_BYTES,
  headerSizeBytes,
  SnapshotDecoder,
  TRAILER_BYTES,
  type Checked,
} from './file-format.ts';
import type { SnapshotHeader } from './header-document.ts';
import { snapshotTimeMs } from './snapshot-id.ts';
import type { StoredSnapshot } from './snapshot-store.ts';

/** Read from a file at once; a few blocks. */
const READ_BYTES = 1024 * 1024;

/** A header and the size of the file it stands in. */
export interface ProbedSnapshot {
  readonly header: SnapshotHeader;
  readonly sizeBytes: number;
}

/** What the store lists of a probed file under its id. */
export function storedSnapshot(id: string, { header, sizeBytes }: ProbedSnapshot): StoredSnapshot {
  return {
    id,
    lastIncludedIndex: header.lastIncludedIndex,
    lastIncludedTerm: header.lastIncludedTerm,
    membership: header.membership,
    membershipIndex: header.membershipIndex,
    sizeBytes,
    madeAtMs: snapshotTimeMs(id) ?? header.madeAtMs,
  };
}

/** Runs `task` on a regular file opened for reading. */
async function withFile<Result>(
  path: string,
  task: (handle: FileHandle, sizeBytes: number) => Promise<Result>,
): Promise<Result> {
  const handle = await open(path, constants.O_RDONLY | NO_FOLLOW);
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new StorageError('IO', `${path} is not a regular file`);
    return await task(handle, status.size);
  } finally {
    await handle.close();
  }
}

/** Checks header, trailer and length, which a file that was cut short cannot have. Blocks later. */
export async function probeFile(path: string): Promise<Checked<ProbedSnapshot>> {
  try {
    return await withFile(path, async (handle, sizeBytes) => {
      const size = headerSizeBytes(await readAt(handle, 0, HEADER_START_BYTES));
      if (!size.ok) return size;
      const header = decodeHeader(await readAt(handle, 0, size.value));
      if (!header.ok) return header;
      const trailerAt = Math.max(0, sizeBytes - TRAILER_BYTES);
      const trailer = checkTrailer(await readAt(handle, trailerAt, TRAILER_BYTES), sizeBytes);
      if (!trailer.ok) return trailer;
      return { ok: true, value: { header: header.value, sizeBytes } };
    });
  } catch (error) {
    throw ioError(`cannot read ${path}`, error);
  }
}

/** Reads a whole file through the checks; hands out the machine's bytes block by block. */
export async function decodeFile(
  path: string,
  onBytes: (bytes: Uint8Array) => void,
): Promise<Checked<SnapshotHeader>> {
  const decoder = new SnapshotDecoder(onBytes);
  await withFile(path, async (handle) => {
    for (let offset = 0; ;) {
      const chunk = await readAt(handle, offset, READ_BYTES);
      offset += chunk.length;
      if (chunk.length === 0 || !decoder.push(chunk)) return;
    }
  });
  return decoder.finish();
}

/** Reads until `length` bytes or the end of the file. */
export async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

/** Writes all of `bytes` at `offset`. */
export async function writeAt(
  handle: FileHandle,
  offset: number,
  bytes: Uint8Array,
): Promise<void> {
  await writePartsAt(handle, offset, [bytes]);
}

/** Writes all of `parts` at `offset`, one behind the other. */
export async function writePartsAt(
  handle: FileHandle,
  offset: number,
  parts: readonly Uint8Array[],
): Promise<void> {
  let at = offset;
  let left = parts.filter((part) => part.length > 0);
  while (left.length > 0) {
    const { bytesWritten } = await handle.writev(left, at);
    at += bytesWritten;
    left = withoutFirst(left, bytesWritten);
  }
}

/** What is left of `parts` without their first `count` bytes. */
function withoutFirst(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  const left: Uint8Array[] = [];
  let skipped = 0;
  for (const part of parts) {
    const from = Math.min(part.length, count - skipped);
    skipped += from;
    if (from < part.length) left.push(part.subarray(from));
  }
  return left;
}
