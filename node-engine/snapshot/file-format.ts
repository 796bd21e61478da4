import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

import { decodeHeaderDocument, encodeHeaderDocument } from './header-document.ts';
import type { SnapshotHeader } from './header-document.ts';

/*
 * A snapshot file, format 1, big-endian, frozen for good:
 *
 *   header   0   8  'RAFTSNAP'
 *            8  u32 CRC-32 (IEEE) of the header behind it
 *           12  u16 format: 1       14 u16 zero
 *           16  u32 length of the document
 *           20      the document: JSON, see header-document.ts
 *   blocks       u32 length (1 … 256 KiB), u32 CRC-32 of the data, the data: the machine's bytes
 *   trailer      u32 zero, where a block would have its length
 *                u32 CRC-32 of the trailer behind it
 *                u64 length of the whole file
 *                32 bytes: SHA-256 of everything before the trailer
 */

/** Bytes of machine data in one block, at most. */
export const BLOCK_BYTES_MAX = 256 * 1024;

/** Machine bytes to encode in one go: about a millisecond of hashing and copying. */
export const ENCODED_BYTES_MAX = 1024 * 1024;

/** Bytes at the front that say how long the header is. */
export const HEADER_START_BYTES = 20;

/** Bytes of the trailer. */
export const TRAILER_BYTES = 48;

const MAGIC = Buffer.from('RAFTSNAP', 'latin1');
const FORMAT = 1;
const BLOCK_HEAD_BYTES = 8;
/** Short stretches are gathered to one block of at most so many bytes. */
const GATHERED_BYTES_MAX = BLOCK_BYTES_MAX;
const SHORT_BYTES_MAX = GATHERED_BYTES_MAX / 4;
const DOCUMENT_BYTES_MAX = 1024 * 1024;

/** Something read from a file, or what is wrong with the file, as the rest of a sentence. */
export type Checked<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly isNewer: boolean; readonly fault: string };

function fault(text: string): { ok: false; isNewer: false; fault: string } {
  return { ok: false, isNewer: false, fault: text };
}

/** The bytes of a header. */
export function encodeHeader(header: SnapshotHeader): Uint8Array {
  const document = Buffer.from(encodeHeaderDocument(header), 'utf8');
  const bytes = Buffer.alloc(HEADER_START_BYTES + document.length);
  MAGIC.copy(bytes, 0);
  bytes.writeUInt16BE(FORMAT, 12);
  bytes.writeUInt32BE(document.length, 16);
  document.copy(bytes, HEADER_START_BYTES);
  bytes.writeUInt32BE(crc32(bytes.subarray(12)), 8);
  return bytes;
}

/** How many bytes the header has that begins with these HEADER_START_BYTES. */
export function headerSizeBytes(start: Buffer): Checked<number> {
  if (start.length < HEADER_START_BYTES) return fault('is shorter than a header');
  if (!start.subarray(0, 8).equals(MAGIC)) return fault('does not begin as a snapshot');
  const format = start.readUInt16BE(12);
  if (format > FORMAT) {
    return { ok: false, isNewer: true, fault: `has format ${format}, which is newer` };
  }
  const length = start.readUInt32BE(16);
  if (format !== FORMAT || length > DOCUMENT_BYTES_MAX) return fault('has an impossible header');
  return { ok: true, value: HEADER_START_BYTES + length };
}

/** Reads a header of exactly the bytes that `headerSizeBytes` asked for. */
export function decodeHeader(bytes: Buffer): Checked<SnapshotHeader> {
  const size = headerSizeBytes(bytes);
  if (!size.ok) return size;
  if (bytes.length !== size.value) return fault('ends within its header');
  if (bytes.readUInt32BE(8) !== crc32(bytes.subarray(12))) {
    return fault('has a bad checksum in its header');
  }
  const header = decodeHeaderDocument(bytes.toString('utf8', HEADER_START_BYTES));
  return typeof header === 'string' ? fault(header) : { ok: true, value: header };
}

/** Checks the last TRAILER_BYTES of a file of this size. */
export function checkTrailer(trailer: Buffer, fileSizeBytes: number): Checked<Buffer> {
  if (trailer.length < TRAILER_BYTES) return fault('is shorter than a trailer');
  if (trailer.readUInt32BE(0) !== 0 || trailer.readUInt32BE(4) !== crc32(trailer.subarray(8))) {
    return fault('does not end with a trailer');
  }
  if (trailer.readBigUInt64BE(8) !== BigInt(fileSizeBytes)) {
    return fault('does not have the length it should have');
  }
  return { ok: true, value: trailer.subarray(16) };
}

/**
 * Turns a header and machine bytes into the parts of a file, to be written one behind the other. Long
 * stretches of machine bytes are not copied: a part may be a view of what was given, or of memory that
 * the encoder uses again, and is good until the next call.
 */
export class SnapshotEncoder {
  readonly #hash = createHash('sha256');
  /** Short stretches gather here until they make a block. */
  #gathered = Buffer.alloc(GATHERED_BYTES_MAX);
  #gatheredBytes = 0;
  /** Takes turns with the other: what was gathered last has been handed out and is not written yet. */
  #otherGathered = Buffer.alloc(GATHERED_BYTES_MAX);
  #sizeBytes = 0;

  /** Of all parts handed out so far. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  header(header: SnapshotHeader): Uint8Array {
    return this.#hashed(encodeHeader(header));
  }

  /** The parts that up to ENCODED_BYTES_MAX of bytes complete; none while too few have gathered. */
  encode(bytes: Uint8Array): Uint8Array[] {
    const parts: Uint8Array[] = [];
    const isShort = bytes.length <= SHORT_BYTES_MAX;
    if (!isShort || this.#gatheredBytes + bytes.length > GATHERED_BYTES_MAX) this.#flush(parts);
    if (isShort) {
      this.#gathered.set(bytes, this.#gatheredBytes);
      this.#gatheredBytes += bytes.length;
      return parts;
    }
    for (let offset = 0; offset < bytes.length; offset += BLOCK_BYTES_MAX) {
      this.#block(bytes.subarray(offset, offset + BLOCK_BYTES_MAX), parts);
    }
    return parts;
  }

  /** The last parts: what has gathered, and the trailer. */
  end(): Uint8Array[] {
    const parts: Uint8Array[] = [];
    this.#flush(parts);
    const trailer = Buffer.alloc(TRAILER_BYTES);
    this.#sizeBytes += TRAILER_BYTES;
    trailer.writeBigUInt64BE(BigInt(this.#sizeBytes), 8);
    this.#hash.digest().copy(trailer, 16);
    trailer.writeUInt32BE(crc32(trailer.subarray(8)), 4);
    parts.push(trailer);
    return parts;
  }

  #flush(parts: Uint8Array[]): void {
    if (this.#gatheredBytes === 0) return;
    this.#block(this.#gathered.subarray(0, this.#gatheredBytes), parts);
    [this.#gathered, this.#otherGathered] = [this.#otherGathered, this.#gathered];
    this.#gatheredBytes = 0;
  }

  #block(data: Uint8Array, parts: Uint8Array[]): void {
    const head = Buffer.allocUnsafe(BLOCK_HEAD_BYTES);
    head.writeUInt32BE(data.length, 0);
    head.writeUInt32BE(crc32(data), 4);
    parts.push(this.#hashed(head), this.#hashed(data));
  }

  #hashed(bytes: Uint8Array): Uint8Array {
    this.#hash.update(bytes);
    this.#sizeBytes += bytes.length;
    return bytes;
  }
}

/**
 * Reads a file in chunks of any size and checks every checksum. A block is handed out only after its
 * own checksum proved right; whether the file is whole is known at the end.
 */
export class SnapshotDecoder {
  readonly #hash = createHash('sha256');
  readonly #onBlock: (bytes: Uint8Array) => void;
  #pending: Buffer = Buffer.alloc(0);
  #header: SnapshotHeader | null = null;
  #blockCount = 0;
  #sizeBytes = 0;
  #isEnded = false;
  #failure: { ok: false; isNewer: boolean; fault: string } | null = null;

  constructor(onBlock: (bytes: Uint8Array) => void) {
    this.#onBlock = onBlock;
  }

  /** False when the file is bad already and more of it is not needed. */
  push(chunk: Uint8Array): boolean {
    this.#sizeBytes += chunk.length;
    this.#pending = this.#pending.length === 0 ? Buffer.from(chunk) : join(this.#pending, chunk);
    while (this.#failure === null && this.#step());
    return this.#failure === null;
  }

  /** Ends the reading. */
  finish(): Checked<SnapshotHeader> {
    if (this.#failure !== null) return this.#failure;
    if (this.#header === null) return fault('ends within its header');
    if (!this.#isEnded) return fault(`ends within block ${this.#blockCount + 1}`);
    return { ok: true, value: this.#header };
  }

  /** Takes the next part off `#pending`; false when it is not there yet. */
  #step(): boolean {
    if (this.#isEnded) return this.#failTrailing();
    if (this.#header === null) return this.#stepHeader();
    if (this.#pending.length < BLOCK_HEAD_BYTES) return false;
    const length = this.#pending.readUInt32BE(0);
    if (length === 0) return this.#stepTrailer();
    if (length > BLOCK_BYTES_MAX) {
      return this.#fail(`has an impossible length in block ${this.#blockCount + 1}`);
    }
    const end = BLOCK_HEAD_BYTES + length;
    if (this.#pending.length < end) return false;
    const data = this.#pending.subarray(BLOCK_HEAD_BYTES, end);
    this.#blockCount += 1;
    if (this.#pending.readUInt32BE(4) !== crc32(data)) {
      return this.#fail(`has a bad checksum in block ${this.#blockCount}`);
    }
    this.#take(end);
    this.#onBlock(data);
    return true;
  }

  #stepHeader(): boolean {
    if (this.#pending.length < HEADER_START_BYTES) return false;
    const size = headerSizeBytes(this.#pending);
    if (!size.ok) return this.#failWith(size);
    if (this.#pending.length < size.value) return false;
    const header = decodeHeader(this.#pending.subarray(0, size.value));
    if (!header.ok) return this.#failWith(header);
    this.#header = header.value;
    this.#take(size.value);
    return true;
  }

  #stepTrailer(): boolean {
    if (this.#pending.length < TRAILER_BYTES) return false;
    const sizeBytes = this.#sizeBytes - this.#pending.length + TRAILER_BYTES;
    const trailer = checkTrailer(this.#pending.subarray(0, TRAILER_BYTES), sizeBytes);
    if (!trailer.ok) return this.#failWith(trailer);
    if (!trailer.value.equals(this.#hash.digest())) return this.#fail('has a bad SHA-256');
    this.#pending = this.#pending.subarray(TRAILER_BYTES);
    this.#isEnded = true;
    return true;
  }

  #failTrailing(): boolean {
    return this.#pending.length > 0 ? this.#fail('goes on behind its trailer') : false;
  }

  #take(length: number): void {
    this.#hash.update(this.#pending.subarray(0, length));
    this.#pending = this.#pending.subarray(length);
  }

  #fail(text: string): false {
    return this.#failWith(fault(text));
  }

  #failWith(failure: { ok: false; isNewer: boolean; fault: string }): false {
    this.#failure = failure;
    return false;
  }
}

function join(left: Buffer, right: Uint8Array): Buffer {
  return Buffer.concat([left, right]);
}
