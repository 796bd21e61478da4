/**
 * The node's own bytes in front of the machine's in every snapshot: `u32` length (little endian) and
 * that many bytes of JSON, `{"format":1,"machine":"kv","timeNs":"1700…","startNs":"1699…"}`. The time is
 * that of the last entry in the snapshot: entries after it must be younger. The start is the time of
 * the cluster's first entry; the first snapshots of this format did not have it.
 */
const LENGTH_BYTES = 4;
const HEADER_BYTES_MAX = 4096;

/** The times of a log: its first entry's and the newest one's, nanoseconds since 1970. */
export interface LogTimes {
  readonly startNs: bigint;
  readonly timeNs: bigint;
}

/** Makes the header for a snapshot of `machine` that ends at `times.timeNs`. */
export function encodeSnapshotHeader(machine: string, times: LogTimes): Uint8Array {
  const [timeNs, startNs] = [String(times.timeNs), String(times.startNs)];
  const json = new TextEncoder().encode(JSON.stringify({ format: 1, machine, timeNs, startNs }));
  const bytes = new Uint8Array(LENGTH_BYTES + json.length);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}

/** Takes the header off a stream that is cut anywhere and hands the rest on. */
export class SnapshotHeaderReader {
  readonly #machine: string;
  readonly #onBytes: (bytes: Uint8Array) => void;
  #head = new Uint8Array(0);
  #times: LogTimes | null = null;

  constructor(machine: string, onBytes: (bytes: Uint8Array) => void) {
    this.#machine = machine;
    this.#onBytes = onBytes;
  }

  get times(): LogTimes {
    return this.#times ?? { startNs: 0n, timeNs: 0n };
  }

  /** Throws when the header is not one, or the snapshot is another machine's. */
  write(bytes: Uint8Array): void {
    if (this.#times !== null) {
      this.#onBytes(bytes);
      return;
    }
    const joined = new Uint8Array(this.#head.length + bytes.length);
    joined.set(this.#head);
    joined.set(bytes, this.#head.length);
    this.#head = joined;
    if (joined.length < LENGTH_BYTES) return;
    const length = new DataView(joined.buffer).getUint32(0, true);
    if (length > HEADER_BYTES_MAX) throw new Error('not a snapshot of this program');
    if (joined.length < LENGTH_BYTES + length) return;
    this.#times = this.#parse(joined.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
    this.#head = new Uint8Array(0);
    const rest = joined.subarray(LENGTH_BYTES + length);
    if (rest.length > 0) this.#onBytes(rest);
  }

  /** Throws when the stream ended within the header. */
  finish(): void {
    if (this.#times === null) throw new Error('the snapshot ends within its header');
  }

  #parse(json: Uint8Array): LogTimes {
    const header: unknown = JSON.parse(new TextDecoder().decode(json));
    if (typeof header !== 'object' || header === null) throw new Error('bad snapshot header');
    const fields = header as Record<string, unknown>;
    if (fields['format'] !== 1) throw new Error('the snapshot has a newer format');
    if (fields['machine'] !== this.#machine) {
      const theirs = String(fields['machine']);
      throw new Error(`the snapshot is of machine ${theirs}, this node runs ${this.#machine}`);
    }
    const { timeNs, startNs = timeNs } = fields;
    if (typeof timeNs !== 'string' || typeof startNs !== 'string') {
      throw new Error('bad snapshot header');
    }
    return { timeNs: BigInt(timeNs), startNs: BigInt(startNs) };
  }
}
