import { crc32 } from 'node:zlib';

const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);
const TRAILER_BYTES = 8;
/** Most bytes of a stored block (RFC 1951 §3.2.4), and what stands in front of each. */
const BLOCK_BYTES = 65_535;
const BLOCK_HEADER_BYTES = 5;
const CHECK_BYTES = 1024 * 1024;

/** Bytes that are somewhere else, of known number. */
export interface ByteSource {
  readonly size: number;
  /** Up to `bytesMax` bytes from `offset` on; at least one when there are any. */
  readonly read: (offset: number, bytesMax: number) => Promise<Uint8Array>;
}

/**
 * A part of what the source would be as a gzip file whose blocks are stored and not compressed: any
 * part of it can be made without the parts before. Empty past its end.
 */
export async function gzipRange(
  source: ByteSource,
  offset: number,
  limit: number,
): Promise<Buffer> {
  const blocks = Math.max(1, Math.ceil(source.size / BLOCK_BYTES));
  const bodyEnd = HEADER.length + blocks * BLOCK_HEADER_BYTES + source.size;
  const end = Math.min(offset + limit, bodyEnd + TRAILER_BYTES);
  const pieces: Uint8Array[] = [];
  for (let at = offset; at < end;) {
    const piece = await pieceAt(source, { at, bodyEnd, blocks, bytesMax: end - at });
    const cut = piece.subarray(0, end - at);
    pieces.push(cut);
    at += cut.length;
  }
  return Buffer.concat(pieces);
}

/** What stands at `at` up to the end of its header, block header, data or trailer. */
async function pieceAt(
  source: ByteSource,
  place: {
    readonly at: number;
    readonly bodyEnd: number;
    readonly blocks: number;
    readonly bytesMax: number;
  },
): Promise<Uint8Array> {
  const { at, bodyEnd, blocks, bytesMax } = place;
  if (at < HEADER.length) return HEADER.subarray(at);
  if (at >= bodyEnd) return (await trailer(source)).subarray(at - bodyEnd);
  const inBody = at - HEADER.length;
  const block = Math.floor(inBody / (BLOCK_BYTES + BLOCK_HEADER_BYTES));
  const inBlock = inBody - block * (BLOCK_BYTES + BLOCK_HEADER_BYTES);
  const length = Math.min(BLOCK_BYTES, source.size - block * BLOCK_BYTES);
  if (inBlock < BLOCK_HEADER_BYTES) {
    const header = Buffer.alloc(BLOCK_HEADER_BYTES);
    header.writeUInt8(block === blocks - 1 ? 1 : 0, 0);
    header.writeUInt16LE(length, 1);
    header.writeUInt16LE(~length & 0xffff, 3);
    return header.subarray(inBlock);
  }
  const inData = inBlock - BLOCK_HEADER_BYTES;
  return readSome(source, block * BLOCK_BYTES + inData, Math.min(length - inData, bytesMax));
}

/** The checksum of everything and its length. */
async function trailer(source: ByteSource): Promise<Buffer> {
  let checksum = 0;
  for (let offset = 0; offset < source.size;) {
    const bytes = await readSome(source, offset, Math.min(CHECK_BYTES, source.size - offset));
    checksum = crc32(bytes, checksum);
    offset += bytes.length;
  }
  const bytes = Buffer.alloc(TRAILER_BYTES);
  bytes.writeUInt32LE(checksum, 0);
  bytes.writeUInt32LE(source.size % 2 ** 32, 4);
  return bytes;
}

async function readSome(source: ByteSource, offset: number, max: number): Promise<Uint8Array> {
  const bytes = await source.read(offset, max);
  if (bytes.length === 0) throw new Error('it ends before its end');
  return bytes.subarray(0, max);
}
