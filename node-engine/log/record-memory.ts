import type { Run } from '../raft/types.ts';
import { recordBytes } from './record.ts';

const FIRST_BYTES = 16 * 1024;
/** A larger write gets memory of its own. */
const BYTES_MAX = 1024 * 1024;

/**
 * The memory in which the records of one write are made. The next write uses it again: memory of its
 * own for every write was half of what a busy node allocated outside of its heap.
 */
export class RecordMemory {
  #buffer = Buffer.alloc(0);
  #rest = this.#buffer;

  /** Makes room for the records of a write. What was taken for the write before is void. */
  begin(runs: readonly Run[]): void {
    let bytes = 0;
    for (const run of runs) bytes += recordBytes(run);
    if (bytes > BYTES_MAX) {
      this.#rest = Buffer.allocUnsafe(bytes);
      return;
    }
    if (bytes > this.#buffer.length) {
      // Doubled, so that it soon fits; never from Node's pool, in which it would keep others' alive.
      this.#buffer = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, 2 * bytes));
    }
    this.#rest = this.#buffer;
  }

  /** The next `bytes` of the room. */
  take(bytes: number): Buffer {
    const taken = this.#rest.subarray(0, bytes);
    this.#rest = this.#rest.subarray(bytes);
    return taken;
  }
}
