import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { LogIndex } from '../../raft/types.ts';
import type { StoredRecord } from '../log-medium.ts';
import { isMissing } from '../node-directory.ts';
import { scanSegment } from './segment-scan.ts';

/** A segment as it lies in its folder. */
export interface FoundSegment {
  readonly path: string;
  readonly nameIndex: LogIndex;
  readonly sizeBytes: number;
}

/** As many digits as the largest index has. */
const NAME = /^(\d{16})\.seg$/;

/** The file of the segment whose first record starts at `index`. */
export function fileOf(index: LogIndex): string {
  return `${String(index).padStart(16, '0')}.seg`;
}

/** The segments in a folder, in order of their index; none when there is no such folder. */
export async function listSegments(folder: string): Promise<readonly FoundSegment[]> {
  const found: FoundSegment[] = [];
  for (const name of await namesIn(folder)) {
    const digits = NAME.exec(name)?.[1];
    if (digits === undefined) continue;
    const path = join(folder, name);
    const status = await lstat(path);
    if (!status.isFile()) throw new Error(`${path} is not a regular file`);
    found.push({ path, nameIndex: Number(digits), sizeBytes: status.size });
  }
  return found.sort((left, right) => left.nameIndex - right.nameIndex);
}

/** Hands out every record of the segments in a folder, and changes nothing. */
export async function readSegments(
  folder: string,
  onRecord: (record: StoredRecord) => void,
): Promise<void> {
  const files = await listSegments(folder);
  for (const [position, { path, nameIndex }] of files.entries()) {
    const endIndex = files[position + 1]?.nameIndex ?? Infinity;
    const bytes = await readFile(path);
    scanSegment(bytes, nameIndex, ({ firstIndex, offset, length }) => {
      if (firstIndex >= endIndex) return;
      onRecord({ firstIndex, value: bytes.subarray(offset, offset + length) });
    });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
