/** Small enough that few dead records keep a chunk, large enough that there are few chunks. */
const CHUNK_BYTES = 1024 * 1024;
/** A larger record gets memory of its own, so that chunks stay well filled. */
const LARGE_BYTES = CHUNK_BYTES / 4;
/** Empty chunks kept for the next need: about what one trim of the log frees. */
const SPARE_CHUNKS_MAX = 16;

interface Chunk {
  readonly bytes: Uint8Array;
  used: number;
  records: number;
}

/** A record and where it lies; `chunk` is null for one with memory of its own. */
export interface ChunkedRecord {
  readonly bytes: Uint8Array;
  readonly chunk: Chunk | null;
}

/**
 * Memory for records that come at one end of a log and go at the other. What is freed is used again at
 * once: left to the garbage collector, as much memory as the log takes would be waiting for it.
 */
export class RecordChunks {
  #current: Chunk | null = null;
  readonly #spare: Chunk[] = [];

  /** Takes a record that will not change any more; copies it unless it is large. */
  add(record: Uint8Array): ChunkedRecord {
    if (record.length > LARGE_BYTES) return { bytes: record, chunk: null };
    const chunk = this.#chunkFor(record.length);
    const start = chunk.used;
    chunk.bytes.set(record, start);
    chunk.used += record.length;
    chunk.records += 1;
    return { bytes: chunk.bytes.subarray(start, chunk.used), chunk };
  }

  /** A record's bytes, which stay when it is removed. */
  read({ bytes, chunk }: ChunkedRecord): Uint8Array {
    return chunk === null ? bytes : bytes.slice();
  }

  /** Frees a record: its memory is written over from now on. */
  remove({ chunk }: ChunkedRecord): void {
    if (chunk === null) return;
    chunk.records -= 1;
    if (chunk.records > 0 || chunk === this.#current) return;
    chunk.used = 0;
    if (this.#spare.length < SPARE_CHUNKS_MAX) this.#spare.push(chunk);
  }

  #chunkFor(length: number): Chunk {
    const current = this.#current;
    if (current !== null && current.records === 0) current.used = 0;
    if (current !== null && current.used + length <= CHUNK_BYTES) return current;
    const next = this.#spare.pop() ?? { bytes: new Uint8Array(CHUNK_BYTES), used: 0, records: 0 };
    this.#current = next;
    return next;
  }
}
