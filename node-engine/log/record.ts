import { createHash, hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

import {
  decodeRunHeader,
  encodeRunHeader,
  RUN_CHECKSUM_BYTES,
  RUN_HEADER_BYTES,
  runOf,
} from '../raft/run-codec.ts';
import type { LogIndex, Run, Term } from '../raft/types.ts';

/**
 * A record: one run as a log store keeps it, under its first index. Format 1, frozen for good.
 *
 * ```text
 *  0  16  chain: the first 16 bytes of SHA-256 over the previous record's chain and all below
 * 16  56  the run's header (raft/run-codec.ts), its checksum filled in
 * 72      the run's bytes
 * ```
 *
 * The checksum finds a damaged record. The chain finds a good record in the wrong place: one of an
 * older copy of the log, of another node, or behind a hole.
 */
export const CHAIN_BYTES = 16;

/** Bytes of a record beside the run's own. */
export const RECORD_OVERHEAD_BYTES = CHAIN_BYTES + RUN_HEADER_BYTES;

/** The chain before the first record of a log, and after a snapshot replaced the log. */
export const CHAIN_START: Uint8Array = new Uint8Array(CHAIN_BYTES);

/** A place between two records: the entry before it, and the chain up to it. */
export interface ChainPoint {
  readonly index: LogIndex;
  readonly term: Term;
  readonly chain: Uint8Array;
}

/** Before the first entry of a new log. */
export const LOG_START: ChainPoint = { index: 0, term: 0, chain: CHAIN_START };

const CHECKSUM_OFFSET = CHAIN_BYTES;

/** Bytes of the record of `run`. */
export function recordBytes(run: Run): number {
  return RECORD_OVERHEAD_BYTES + run.bytes.length;
}

/**
 * The record of `run` behind a record with `previousChain`. The run's bytes are copied.
 *
 * @param value where it is put: exactly `recordBytes(run)`; new memory unless given
 */
export function encodeRecord(
  run: Run,
  previousChain: Uint8Array,
  value: Buffer = Buffer.allocUnsafe(recordBytes(run)),
): Uint8Array {
  encodeRunHeader(run, value, CHAIN_BYTES);
  value.set(run.bytes, RECORD_OVERHEAD_BYTES);
  value.writeUInt32BE(checksumOf(value), CHECKSUM_OFFSET);
  // The previous chain stands where this record's will: one pass over one buffer makes the hash.
  value.set(previousChain, 0);
  value.set(hash('sha256', value, 'buffer').subarray(0, CHAIN_BYTES), 0);
  return value;
}

/** The chain a record carries. */
export function chainOf(value: Uint8Array): Uint8Array {
  return value.subarray(0, CHAIN_BYTES);
}

/** A record that is whole, or what is wrong with it, in a few words. */
export type DecodedRecord =
  { readonly ok: true; readonly run: Run } | { readonly ok: false; readonly fault: string };

/** Checks everything about a record but its chain. The run's bytes are a view into `value`. */
export function decodeRecord(value: Uint8Array, firstIndex: LogIndex): DecodedRecord {
  const decoded = decodeRunHeader(value, CHAIN_BYTES);
  if (!decoded.ok) return { ok: false, fault: `bad header (${decoded.fault})` };
  const { header } = decoded;
  if (header.byteLength !== value.length - RECORD_OVERHEAD_BYTES) {
    return { ok: false, fault: 'wrong length' };
  }
  if (header.checksum !== checksumOf(value)) return { ok: false, fault: 'bad checksum' };
  if (header.firstIndex !== firstIndex) {
    return { ok: false, fault: `it is the record of entry ${header.firstIndex}` };
  }
  return { ok: true, run: runOf(header, value.subarray(RECORD_OVERHEAD_BYTES)) };
}

/** True when the record was written behind one with `previousChain`. */
export function isChained(value: Uint8Array, previousChain: Uint8Array): boolean {
  const digest = createHash('sha256')
    .update(previousChain)
    .update(value.subarray(CHAIN_BYTES))
    .digest();
  return areEqual(digest.subarray(0, CHAIN_BYTES), chainOf(value));
}

/** True when two chains, or any two byte strings, are equal. */
export function areEqual(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

function checksumOf(value: Uint8Array): number {
  return crc32(value.subarray(CHECKSUM_OFFSET + RUN_CHECKSUM_BYTES));
}
