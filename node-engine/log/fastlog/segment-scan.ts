import { crc32 } from 'node:zlib';

import { decodeRunHeader, RUN_CHECKSUM_BYTES } from '../../raft/run-codec.ts';
import type { LogIndex } from '../../raft/types.ts';
import { CHAIN_BYTES, RECORD_OVERHEAD_BYTES } from '../record.ts';

/** A stretch of a segment: a whole record, or bytes that are none. */
export interface Stretch {
  readonly firstIndex: LogIndex;
  readonly offset: number;
  readonly length: number;
}

/** Bytes that a search for the next record may check: damage must not make opening endless. */
const SEARCH_BYTES_MAX = 256 * 1024 * 1024;

/**
 * Finds the records in a segment's bytes. They stand one behind the other; what is behind the last is
 * zeros, or a write that was cut short. Bytes in between that are no record are handed out under the
 * index expected there, so that whoever reads the log learns which entries they were.
 *
 * @param expectedIndex first index of the first record
 * @param onStretch called in order
 * @returns where the next record belongs
 */
export function scanSegment(
  bytes: Buffer,
  expectedIndex: LogIndex,
  onStretch: (stretch: Stretch) => void,
): number {
  const search: Search = { bytes, dataEnd: endOfData(bytes), budget: SEARCH_BYTES_MAX };
  let expected = expectedIndex;
  let offset = 0;
  while (offset < search.dataEnd) {
    const record = recordAt(search, offset) ?? findRecord(search, offset, expected);
    if (record === null) {
      onStretch({ firstIndex: expected, offset, length: search.dataEnd - offset });
      return search.dataEnd;
    }
    if (record.offset > offset && record.firstIndex > expected) {
      onStretch({ firstIndex: expected, offset, length: record.offset - offset });
    }
    // One of an entry before those already found is in a wrong place: it will be missed elsewhere.
    if (record.firstIndex >= expected) {
      onStretch(record);
      expected = record.firstIndex + record.count;
    }
    offset = record.offset + record.length;
  }
  return offset;
}

interface Search {
  readonly bytes: Buffer;
  /** Behind it are only zeros. */
  readonly dataEnd: number;
  budget: number;
}

interface FoundRecord extends Stretch {
  readonly count: number;
}

/** The record that stands at `offset`, its checksum verified. */
function recordAt(search: Search, offset: number): FoundRecord | null {
  const { bytes } = search;
  const decoded = decodeRunHeader(bytes, offset + CHAIN_BYTES);
  if (!decoded.ok) return null;
  const { firstIndex, count, byteLength, checksum } = decoded.header;
  const length = RECORD_OVERHEAD_BYTES + byteLength;
  if (length > bytes.length - offset) return null;
  const checked = bytes.subarray(offset + CHAIN_BYTES + RUN_CHECKSUM_BYTES, offset + length);
  if (crc32(checked) === checksum) return { firstIndex, count, offset, length };
  search.budget -= length;
  return null;
}

/** The next whole record behind the bytes at `offset` that are none. */
function findRecord(search: Search, offset: number, expected: LogIndex): FoundRecord | null {
  const { bytes, dataEnd } = search;
  // As a rule the damage is in the run's bytes, and the header still says where they end.
  const decoded = decodeRunHeader(bytes, offset + CHAIN_BYTES);
  if (decoded.ok) {
    const end = offset + RECORD_OVERHEAD_BYTES + decoded.header.byteLength;
    const record = end < dataEnd ? recordAt(search, end) : null;
    if (record !== null && record.firstIndex >= expected) return record;
  }
  for (let at = offset + 1; at < dataEnd && search.budget > 0; at += 1) {
    // The format number, 1: rare in text.
    if (bytes[at + 21] !== 1 || bytes[at + 20] !== 0) continue;
    const record = recordAt(search, at);
    if (record !== null && record.firstIndex >= expected) return record;
  }
  return null;
}

/** The end of what is not zero. */
function endOfData(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end;
}
