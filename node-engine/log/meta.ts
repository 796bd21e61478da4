import { crc32 } from 'node:zlib';

import { decodeRunHeader } from '../raft/run-codec.ts';
import type { LogIndex, NodeId, Term } from '../raft/types.ts';
import type { Backend } from './log-store.ts';
import { CHAIN_BYTES, type ChainPoint } from './record.ts';

/**
 * What stands in `meta.a` and `meta.b`: the hard state, and what the log must hold. Two files of one
 * page, each overwritten in place; the higher generation that is whole counts.
 */
export interface Meta {
  /** Grows with every page written; even and odd have no meaning. */
  readonly generation: number;
  /** How often this directory was opened. */
  readonly incarnation: number;
  /** What keeps the records: another store would find none and take the log for lost. */
  readonly backend: Backend;
  /**
   * Voters of the newest membership in the log or its snapshot, at most 255; 0: not known. When that
   * entry itself is lost, this still tells whether anybody else may have it.
   */
  readonly voterCount: number;
  readonly clusterId: string;
  readonly nodeId: NodeId;
  readonly term: Term;
  readonly votedFor: NodeId | null;
  /** A hint; may be old. */
  readonly commitIndex: LogIndex;
  /** The log was durable up to here: a log that ends earlier, or holds another chain, is damaged. */
  readonly mark: ChainPoint;
  /** The log starts behind this point; a snapshot covers it. `base.index <= mark.index`. */
  readonly base: ChainPoint;
  /**
   * Not null while this node repairs a damaged log: it promised entries up to here and may have lost
   * some, so it must not vote before it has them again.
   */
  readonly repairUntil: { readonly index: LogIndex; readonly term: Term } | null;
  /**
   * Records that end at `mark`, when the write in progress was small: their own write may have been
   * cut short by a crash while this page was not.
   */
  readonly tail: readonly Uint8Array[];
}

/** Bytes of a page; what disks and page caches write at once. */
export const META_BYTES = 4096;

/** The format of the whole directory. */
export const META_FORMAT = 1;

/*
 * Format 1, big-endian, frozen for good:
 *
 *    0  4    'RDmt'
 *    4  u32  CRC-32 (IEEE) of the page behind it
 *    8  u16  format: 1          10  u16  zero
 *   12  u32  zero
 *   16  u64  generation         24  u64  incarnation
 *   32  u64  term               40  u64  commitIndex
 *   48  mark: u64 index, u64 term, 16 bytes of chain
 *   80  base: the same
 *  112  u64  repairUntil index  120  u64  repairUntil term   (both 0: none)
 *  128  u8   backend: the place in BACKENDS
 *  129  u8   voterCount
 *  130  14 bytes of zero
 *  144  clusterId, nodeId, votedFor, each a u8 length and ASCII; votedFor empty: none
 *       then u16 number of tail records, each a u32 length and the record
 *       then zeros
 */
const MAGIC = Buffer.from('RDmt', 'latin1');
const CHECKSUM_OFFSET = 4;
const CHECKED_FROM = 8;
const BACKEND_OFFSET = 128;
const VOTER_COUNT_OFFSET = 129;
const NAMES_OFFSET = 144;
const NAME_LENGTH_MAX = 64;
/** Their places are part of the format. */
const BACKENDS: readonly Backend[] = ['leveldb', 'memory', 'fastlog', 'lmdb'];

/** Bytes of tail records that fit into a page beside the longest names. */
export const META_TAIL_BYTES_MAX = META_BYTES - NAMES_OFFSET - 3 * (1 + NAME_LENGTH_MAX) - 2;

/** Bytes that records take in a page. */
export function tailSizeBytes(records: readonly Uint8Array[]): number {
  return records.reduce((sum, record) => sum + 4 + record.length, 0);
}

/**
 * The last entry whose record was durable before the page was written. Those behind it, up to the
 * mark, stand in the page itself.
 */
export function syncedIndex(meta: Meta): LogIndex {
  const [first] = meta.tail;
  if (first === undefined) return meta.mark.index;
  const decoded = decodeRunHeader(first, CHAIN_BYTES);
  return decoded.ok ? decoded.header.firstIndex - 1 : meta.base.index;
}

/** The page of a meta. */
export function encodeMeta(meta: Meta): Uint8Array {
  const page = Buffer.alloc(META_BYTES);
  MAGIC.copy(page, 0);
  page.writeUInt16BE(META_FORMAT, 8);
  writeSafe(page, meta.generation, 16);
  writeSafe(page, meta.incarnation, 24);
  writeSafe(page, meta.term, 32);
  writeSafe(page, meta.commitIndex, 40);
  writePoint(page, meta.mark, 48);
  writePoint(page, meta.base, 80);
  writeSafe(page, meta.repairUntil?.index ?? 0, 112);
  writeSafe(page, meta.repairUntil?.term ?? 0, 120);
  page.writeUInt8(BACKENDS.indexOf(meta.backend), BACKEND_OFFSET);
  page.writeUInt8(Math.min(meta.voterCount, 0xff), VOTER_COUNT_OFFSET);
  let offset = writeName(page, meta.clusterId, NAMES_OFFSET);
  offset = writeName(page, meta.nodeId, offset);
  offset = writeName(page, meta.votedFor ?? '', offset);
  offset = page.writeUInt16BE(meta.tail.length, offset);
  for (const record of meta.tail) {
    offset = page.writeUInt32BE(record.length, offset);
    if (offset + record.length > META_BYTES) throw new RangeError('the tail exceeds the page');
    page.set(record, offset);
    offset += record.length;
  }
  page.writeUInt32BE(crc32(page.subarray(CHECKED_FROM)), CHECKSUM_OFFSET);
  return page;
}

/** A meta, or why the bytes are none. */
export type DecodedMeta =
  | { readonly ok: true; readonly meta: Meta }
  | { readonly ok: false; readonly isNewer: boolean; readonly fault: string };

/** Reads a page. Views into `bytes` are not kept. */
export function decodeMeta(bytes: Uint8Array): DecodedMeta {
  const page = Buffer.from(bytes);
  if (page.length !== META_BYTES) return bad(`has ${page.length} bytes instead of ${META_BYTES}`);
  if (!page.subarray(0, 4).equals(MAGIC)) return bad('does not begin as one');
  if (page.readUInt32BE(CHECKSUM_OFFSET) !== crc32(page.subarray(CHECKED_FROM))) {
    return bad('has a bad checksum');
  }
  const format = page.readUInt16BE(8);
  if (format > META_FORMAT) return { ok: false, isNewer: true, fault: `has format ${format}` };
  const backend = BACKENDS[page.readUInt8(BACKEND_OFFSET)];
  if (backend === undefined) return { ok: false, isNewer: true, fault: 'names an unknown backend' };
  try {
    return { ok: true, meta: readMeta(page, backend) };
  } catch (error) {
    if (error instanceof RangeError) return bad(error.message);
    throw error;
  }
}

function bad(fault: string): DecodedMeta {
  return { ok: false, isNewer: false, fault };
}

function readMeta(page: Buffer, backend: Backend): Meta {
  const clusterId = readName(page, NAMES_OFFSET);
  const nodeId = readName(page, clusterId.next);
  const votedFor = readName(page, nodeId.next);
  const tail: Uint8Array[] = [];
  let offset = votedFor.next;
  const count = page.readUInt16BE(offset);
  offset += 2;
  for (let position = 0; position < count; position += 1) {
    const length = page.readUInt32BE(offset);
    offset += 4;
    if (offset + length > META_BYTES) throw new RangeError('has a tail beyond its end');
    tail.push(page.subarray(offset, offset + length));
    offset += length;
  }
  return {
    generation: readSafe(page, 16),
    incarnation: readSafe(page, 24),
    backend,
    voterCount: page.readUInt8(VOTER_COUNT_OFFSET),
    clusterId: clusterId.name,
    nodeId: nodeId.name,
    term: readSafe(page, 32),
    votedFor: votedFor.name === '' ? null : votedFor.name,
    commitIndex: readSafe(page, 40),
    mark: readPoint(page, 48),
    base: readPoint(page, 80),
    repairUntil: readPair(page, 112),
    tail,
  };
}

function writeSafe(page: Buffer, value: number, offset: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no index`);
  page.writeUInt32BE(Math.floor(value / 2 ** 32), offset);
  page.writeUInt32BE(value % 2 ** 32, offset + 4);
}

function readSafe(page: Buffer, offset: number): number {
  const value = page.readUInt32BE(offset) * 2 ** 32 + page.readUInt32BE(offset + 4);
  if (!Number.isSafeInteger(value)) throw new RangeError(`has a number that is too large`);
  return value;
}

function writePoint(page: Buffer, point: ChainPoint, offset: number): void {
  writeSafe(page, point.index, offset);
  writeSafe(page, point.term, offset + 8);
  page.set(point.chain, offset + 16);
}

function readPoint(page: Buffer, offset: number): ChainPoint {
  return {
    index: readSafe(page, offset),
    term: readSafe(page, offset + 8),
    chain: page.subarray(offset + 16, offset + 16 + CHAIN_BYTES),
  };
}

function readPair(page: Buffer, offset: number): { index: LogIndex; term: Term } | null {
  const index = readSafe(page, offset);
  const term = readSafe(page, offset + 8);
  return index === 0 && term === 0 ? null : { index, term };
}

function writeName(page: Buffer, name: string, offset: number): number {
  if (name.length > NAME_LENGTH_MAX) throw new RangeError(`${name} is too long for a name`);
  page.writeUInt8(name.length, offset);
  page.write(name, offset + 1, 'latin1');
  return offset + 1 + name.length;
}

function readName(page: Buffer, offset: number): { name: string; next: number } {
  const next = offset + 1 + page.readUInt8(offset);
  return { name: page.toString('latin1', offset + 1, next), next };
}
