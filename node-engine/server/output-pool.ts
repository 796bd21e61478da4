import { ReplyWriter } from '../resp/reply-writer.ts';

const WRITER_BYTES = 16 * 1024;
const KEPT_WRITERS_MAX = 64;
/** A writer that grew beyond this gives its memory back. */
const KEPT_BYTES_MAX = 256 * 1024;

/**
 * Writers for the connections that have output in this turn. Few of many connections do, so the
 * memory belongs to the turn and not to the connection.
 */
export class OutputPool {
  readonly #free: ReplyWriter[] = [];

  /** An empty writer. */
  acquire(): ReplyWriter {
    return this.#free.pop() ?? new ReplyWriter(WRITER_BYTES, allocate);
  }

  /** Takes a writer back whose bytes nobody refers to any more. */
  release(writer: ReplyWriter): void {
    if (this.#free.length >= KEPT_WRITERS_MAX || writer.capacity > KEPT_BYTES_MAX) return;
    writer.clear();
    this.#free.push(writer);
  }
}

function allocate(sizeBytes: number): Uint8Array {
  // Not from Node's shared pool, which would stay alive as long as any slice of it is unsent.
  return Buffer.allocUnsafeSlow(sizeBytes);
}
