import { promisify } from 'node:util';
import { crc32, deflateRaw, inflateRaw } from 'node:zlib';

/*
 * A recording as a file, format 1, big-endian:
 *
 *   header   0  8  'RAFTDREC'
 *            8  u16 format: 1    10 u16 zero
 *   blocks      u32 length of the data (not zero), u32 its length once inflated (up to 1 MiB),
 *               u32 CRC-32 of: the block's number from 0 (u32), the two lengths, the data
 *               the data: raw deflate
 *   trailer     u32 zero, where a block would have its length
 *               u32 number of blocks, u64 bytes of all blocks once inflated, u32 CRC-32 of both
 *
 * What the blocks hold, put together, is a row of records:
 *
 *   u8 kind (a letter), u32 length, that much JSON in UTF-8
 *
 * A record may go over the end of a block. Nothing is read before its checksum holds, and nothing is
 * inflated beyond what its block announces.
 */

/** What a record is about: see `file-records.ts`. */
export type RecordKind = (typeof RECORD_KINDS)[number];
const RECORD_KINDS = [
  'about',
  'session',
  'bookmark',
  'frames',
  'marks',
  'events',
  'samples',
  'metrics',
  'output',
] as const;
const LETTERS = 'atbfmesgo';

/** A record as it is written and read. */
export interface FileRecord {
  readonly kind: RecordKind;
  readonly json: string;
}

/** What is wrong with a file, as a sentence for people. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
}

const MAGIC = Buffer.from('RAFTDREC', 'latin1');
const FORMAT = 1;
const HEADER_BYTES = 12;
const BLOCK_HEAD_BYTES = 12;
const TRAILER_BYTES = 20;
const RECORD_HEAD_BYTES = 5;
/** Bytes in a block before they are deflated. */
const BLOCK_MAX = 1024 * 1024;
/** What does not compress grows a little: five bytes for each 16 KiB at most. */
const STORED_MAX = BLOCK_MAX + 4 * 1024;
/** Longest record: ten seconds of the most that nodes trace. */
export const RECORD_MAX = 32 * 1024 * 1024;
/** No recording shrinks to less than this share of itself; a file that claims it is none. */
const INFLATION_MAX = 200;
const INFLATION_FREE = 64 * 1024 * 1024;
/** Fast: the file is written while somebody waits for it. */
const LEVEL = 4;

const deflate = promisify(deflateRaw);
const inflate = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateRaw);

/** Writes the records as a file, a block at a time; `sink` is waited for. */
export async function writeRecordingFile(
  records: AsyncIterable<FileRecord>,
  sink: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt16BE(FORMAT, 8);
  await sink(header);
  let waiting: Buffer[] = [];
  let size = 0;
  let [blocks, total] = [0, 0];
  const flush = async (bytes: Buffer): Promise<void> => {
    const block = await encodeBlock(bytes, blocks);
    blocks += 1;
    total += bytes.length;
    await sink(block);
  };
  for await (const record of records) {
    const bytes = encodeRecord(record);
    waiting.push(bytes);
    size += bytes.length;
    if (size < BLOCK_MAX) continue;
    const gathered = Buffer.concat(waiting);
    let start = 0;
    for (; size - start >= BLOCK_MAX; start += BLOCK_MAX) {
      await flush(gathered.subarray(start, start + BLOCK_MAX));
    }
    waiting = [gathered.subarray(start)];
    size -= start;
  }
  if (size > 0) await flush(Buffer.concat(waiting));
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt32BE(blocks, 4);
  trailer.writeBigUInt64BE(BigInt(total), 8);
  trailer.writeUInt32BE(crc32(trailer.subarray(4, 16)), 16);
  await sink(trailer);
}

function encodeRecord({ kind, json }: FileRecord): Buffer {
  const length = Buffer.byteLength(json);
  const bytes = Buffer.alloc(RECORD_HEAD_BYTES + length);
  bytes.write(LETTERS.charAt(RECORD_KINDS.indexOf(kind)), 0, 'latin1');
  bytes.writeUInt32BE(length, 1);
  bytes.write(json, RECORD_HEAD_BYTES);
  return bytes;
}

async function encodeBlock(bytes: Buffer, number: number): Promise<Buffer> {
  const data = await deflate(bytes, { level: LEVEL });
  const head = Buffer.alloc(BLOCK_HEAD_BYTES);
  head.writeUInt32BE(data.length, 0);
  head.writeUInt32BE(bytes.length, 4);
  head.writeUInt32BE(blockChecksum(number, head, data), 8);
  return Buffer.concat([head, data]);
}

function blockChecksum(number: number, head: Buffer, data: Buffer): number {
  const place = Buffer.alloc(4);
  place.writeUInt32BE(number);
  return crc32(data, crc32(head.subarray(0, 8), crc32(place)));
}

/** Reads a file in the pieces in which it comes. Throws a `FileFault` at the first thing wrong. */
export class RecordingFileReader {
  readonly #sizeBytes: number;
  #waiting: Buffer = Buffer.alloc(0);
  #state: 'header' | 'blocks' | 'ended' = 'header';
  #blocks = 0;
  /** Bytes of all blocks once inflated. */
  #total = 0;
  #records: Buffer[] = [];
  #recordBytes = 0;
  /** What the record under way takes, its head included; null before that is known. */
  #wanted: number | null = null;

  /** @param sizeBytes of the whole file, as announced */
  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
  }

  /** The records that are whole with these bytes. */
  async take(bytes: Buffer): Promise<readonly FileRecord[]> {
    this.#waiting = this.#waiting.length === 0 ? bytes : Buffer.concat([this.#waiting, bytes]);
    if (this.#state === 'header' && !this.#readHeader()) return [];
    const records: FileRecord[] = [];
    for (;;) {
      const inflated = await this.#readBlock();
      if (inflated === null) break;
      records.push(...this.#readRecords(inflated));
    }
    if (this.#state === 'ended' && this.#waiting.length > 0) {
      throw new FileFault('There is something behind the end of the recording in it.');
    }
    return records;
  }

  /** After the last bytes: whether all of it has come. */
  end(): void {
    if (this.#state !== 'ended') {
      throw new FileFault('It is cut short: its end is missing.');
    }
  }

  #readHeader(): boolean {
    const known = Math.min(this.#waiting.length, MAGIC.length);
    if (!this.#waiting.subarray(0, known).equals(MAGIC.subarray(0, known))) {
      throw new FileFault('It is not a recording of Raftdeck.');
    }
    if (this.#waiting.length < HEADER_BYTES) return false;
    const format = this.#waiting.readUInt16BE(8);
    if (format !== FORMAT) {
      throw new FileFault(
        `It has format ${format}, and this version reads format ${FORMAT}. Open it with the version that saved it, or a newer one.`,
      );
    }
    if (this.#waiting.readUInt16BE(10) !== 0) throw damaged('its header');
    this.#waiting = this.#waiting.subarray(HEADER_BYTES);
    this.#state = 'blocks';
    return true;
  }

  /** The next block, inflated; null when it is not all there, or was the last. */
  async #readBlock(): Promise<Buffer | null> {
    const bytes = this.#waiting;
    if (this.#state !== 'blocks' || bytes.length < 4) return null;
    const stored = bytes.readUInt32BE(0);
    if (stored === 0) {
      this.#readTrailer();
      return null;
    }
    const place = `block ${this.#blocks + 1}`;
    if (stored > STORED_MAX) throw damaged(place);
    if (bytes.length < BLOCK_HEAD_BYTES + stored) return null;
    const size = bytes.readUInt32BE(4);
    const data = bytes.subarray(BLOCK_HEAD_BYTES, BLOCK_HEAD_BYTES + stored);
    const checksum = blockChecksum(this.#blocks, bytes, data);
    if (bytes.readUInt32BE(8) !== checksum || size === 0 || size > BLOCK_MAX) throw damaged(place);
    this.#total += size;
    if (this.#total > INFLATION_FREE + INFLATION_MAX * this.#sizeBytes) {
      throw new FileFault('It would unpack to far more than any recording of its size.');
    }
    const inflated = await inflate(data, { maxOutputLength: size }).catch(() => null);
    if (inflated?.length !== size) throw damaged(place);
    this.#blocks += 1;
    this.#waiting = bytes.subarray(BLOCK_HEAD_BYTES + stored);
    return inflated;
  }

  #readTrailer(): void {
    const bytes = this.#waiting;
    if (bytes.length < TRAILER_BYTES) return;
    const isWhole =
      bytes.readUInt32BE(16) === crc32(bytes.subarray(4, 16)) &&
      bytes.readUInt32BE(4) === this.#blocks &&
      bytes.readBigUInt64BE(8) === BigInt(this.#total);
    if (!isWhole || this.#recordBytes > 0) throw damaged('its end');
    this.#waiting = bytes.subarray(TRAILER_BYTES);
    this.#state = 'ended';
  }

  #readRecords(inflated: Buffer): readonly FileRecord[] {
    this.#records.push(inflated);
    this.#recordBytes += inflated.length;
    // Put together only when a record is whole: it may come in many blocks.
    if (this.#recordBytes < (this.#wanted ?? RECORD_HEAD_BYTES)) return [];
    let bytes = Buffer.concat(this.#records);
    const found: FileRecord[] = [];
    this.#wanted = null;
    while (bytes.length >= RECORD_HEAD_BYTES) {
      const length = bytes.readUInt32BE(1);
      const kind = RECORD_KINDS[LETTERS.indexOf(String.fromCharCode(bytes.readUInt8(0)))];
      if (kind === undefined || length > RECORD_MAX) throw damaged('a record of it');
      this.#wanted = RECORD_HEAD_BYTES + length;
      if (bytes.length < this.#wanted) break;
      const json = bytes.toString('utf8', RECORD_HEAD_BYTES, this.#wanted);
      found.push({ kind, json });
      bytes = bytes.subarray(this.#wanted);
      this.#wanted = null;
    }
    this.#records = [bytes];
    this.#recordBytes = bytes.length;
    return found;
  }
}

function damaged(place: string): FileFault {
  return new FileFault(`It is damaged: the checksum or the length of ${place} is wrong.`);
}
