import { StorageError } from '../log/log-store.ts';
import type { LogIndex, SnapshotMeta } from '../raft/types.ts';
import {
  ENCODED_BYTES_MAX,
  SnapshotDecoder,
  SnapshotEncoder,
  type Checked,
} from './file-format.ts';
import type { MachineIdentity, SnapshotHeader } from './header-document.ts';
import { storedSnapshot } from './snapshot-file.ts';
import { snapshotId } from './snapshot-id.ts';
import type {
  SnapshotDraft,
  SnapshotReceiver,
  SnapshotSink,
  SnapshotStore,
  StoredSnapshot,
} from './snapshot-store.ts';

type Settled = (error: StorageError | null) => void;
type Committed = (error: StorageError | null, snapshot: SnapshotMeta | null) => void;

/** The bytes that a file would have, one part behind the other: joining them would take too long. */
type Parts = readonly Uint8Array[];

interface HeldSnapshot {
  readonly snapshot: StoredSnapshot;
  readonly parts: Parts;
}

/** The newest is enough: nothing can damage it, and it costs memory. */
const KEPT_COUNT = 1;

/** Snapshots in memory, in the same bytes as on disk, so that they travel to any follower. */
export class MemorySnapshotStore implements SnapshotStore {
  readonly #machine: MachineIdentity;
  readonly #clusterId: () => string;
  /** Newest first. */
  #held: HeldSnapshot[] = [];
  #lastMs = 0;

  constructor(options: {
    readonly machine: MachineIdentity;
    /** Empty while not known. */
    readonly clusterId: () => string;
  }) {
    this.#machine = options.machine;
    this.#clusterId = options.clusterId;
  }

  list(): readonly StoredSnapshot[] {
    return this.#held.map(({ snapshot }) => snapshot);
  }

  create(draft: SnapshotDraft): SnapshotSink {
    const header: SnapshotHeader = {
      lastIncludedIndex: draft.lastIncludedIndex,
      lastIncludedTerm: draft.lastIncludedTerm,
      membership: draft.membership,
      membershipIndex: draft.membershipIndex,
      clusterId: this.#clusterId(),
      machine: this.#machine,
      madeAtMs: Date.now(),
    };
    return new MemorySink(header, (parts) => this.#hold(header, parts));
  }

  receive(expected: SnapshotMeta): SnapshotReceiver {
    return new MemoryReceiver(expected, (header, parts) => this.#hold(header, parts));
  }

  readFile(
    range: { readonly id: string; readonly offset: number; readonly bytesMax: number },
    done: (
      error: StorageError | null,
      bytes: { readonly data: Uint8Array; readonly done: boolean } | null,
    ) => void,
  ): void {
    const held = this.#find(range.id);
    const data = held === null ? null : bytesAt(held.parts, range.offset, range.bytesMax);
    queueMicrotask(() => {
      if (held === null || data === null) done(unknownId(range.id), null);
      else done(null, { data, done: range.offset + data.length >= held.snapshot.sizeBytes });
    });
  }

  readMachine(id: string, onBytes: (bytes: Uint8Array) => void, done: Settled): void {
    const held = this.#find(id);
    if (held === null) {
      queueMicrotask(() => done(unknownId(id)));
      return;
    }
    decodeParts(held.parts, onBytes, (decoded) => {
      done(decoded.ok ? null : new StorageError('DAMAGED', `snapshot ${id} ${decoded.fault}`));
    });
  }

  verify(id: string, done: Settled): void {
    this.readMachine(id, () => undefined, done);
  }

  path(): string | null {
    return null;
  }

  #find(id: string): HeldSnapshot | null {
    return this.#held.find(({ snapshot }) => snapshot.id === id) ?? null;
  }

  #hold(header: SnapshotHeader, parts: Parts): StoredSnapshot {
    this.#lastMs = Math.max(Date.now(), this.#lastMs + 1);
    const id = snapshotId(header.lastIncludedIndex, header.lastIncludedTerm, this.#lastMs);
    const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
    const snapshot = storedSnapshot(id, { header, sizeBytes });
    this.#held = [{ snapshot, parts }, ...this.#held]
      .sort((left, right) => right.snapshot.lastIncludedIndex - left.snapshot.lastIncludedIndex)
      .slice(0, KEPT_COUNT);
    return snapshot;
  }
}

function unknownId(id: string): StorageError {
  return new StorageError('IO', `there is no snapshot ${id}`);
}

function ended(): StorageError {
  return new StorageError('CLOSED', 'the snapshot was ended');
}

/** Up to `length` bytes from `offset` on. */
function bytesAt(parts: Parts, offset: number, length: number): Uint8Array {
  const found: Uint8Array[] = [];
  let start = 0;
  for (const part of parts) {
    const from = Math.max(0, offset - start);
    const end = offset + length - start;
    if (end <= 0) break;
    if (from < part.length) found.push(part.subarray(from, end));
    start += part.length;
  }
  const [first] = found;
  return found.length === 1 && first !== undefined ? first : Buffer.concat(found);
}

/** Reads a part in each turn of the event loop: whoever restores from them takes its time. */
function decodeParts(
  parts: Parts,
  onBytes: (bytes: Uint8Array) => void,
  done: (decoded: Checked<SnapshotHeader>) => void,
): void {
  const decoder = new SnapshotDecoder(onBytes);
  const step = (position: number): void => {
    const part = parts[position];
    if (part !== undefined && decoder.push(part)) setImmediate(step, position + 1);
    else done(decoder.finish());
  };
  setImmediate(step, 0);
}

class MemorySink implements SnapshotSink {
  readonly #encoder = new SnapshotEncoder();
  readonly #hold: (parts: Parts) => StoredSnapshot;
  #parts: Uint8Array[];
  #isEnded = false;

  constructor(header: SnapshotHeader, hold: (parts: Parts) => StoredSnapshot) {
    this.#parts = [this.#encoder.header(header)];
    this.#hold = hold;
  }

  write(bytes: Uint8Array, done: Settled): void {
    const failure = this.#isEnded ? ended() : null;
    for (let offset = 0; failure === null && offset < bytes.length; offset += ENCODED_BYTES_MAX) {
      this.#keep(this.#encoder.encode(bytes.subarray(offset, offset + ENCODED_BYTES_MAX)));
    }
    queueMicrotask(() => done(failure));
  }

  commit(done: Committed): void {
    if (this.#isEnded) {
      queueMicrotask(() => done(ended(), null));
      return;
    }
    this.#isEnded = true;
    this.#keep(this.#encoder.end());
    const snapshot = this.#hold(this.#parts);
    this.#parts = [];
    queueMicrotask(() => done(null, snapshot));
  }

  abort(): void {
    this.#isEnded = true;
    this.#parts = [];
  }

  /** What the encoder hands out is good until its next call. */
  #keep(parts: Parts): void {
    if (parts.length > 0) this.#parts.push(Buffer.concat(parts));
  }
}

class MemoryReceiver implements SnapshotReceiver {
  readonly #expected: SnapshotMeta;
  readonly #hold: (header: SnapshotHeader, parts: Parts) => StoredSnapshot;
  /** Checks the parts as they come. */
  readonly #decoder = new SnapshotDecoder(() => undefined);
  #parts: Uint8Array[] = [];
  #receivedBytes = 0;
  #failure: StorageError | null = null;

  constructor(
    expected: SnapshotMeta,
    hold: (header: SnapshotHeader, parts: Parts) => StoredSnapshot,
  ) {
    this.#expected = expected;
    this.#hold = hold;
  }

  get lastIncludedIndex(): LogIndex {
    return this.#expected.lastIncludedIndex;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  write(offset: number, bytes: Uint8Array, done: Settled): void {
    if (this.#failure === null && offset !== this.#receivedBytes) {
      this.#fail(`a chunk came at ${offset} instead of ${this.#receivedBytes}`);
    }
    if (this.#failure === null && offset + bytes.length > this.#expected.sizeBytes) {
      this.#fail(`more than its ${this.#expected.sizeBytes} bytes came`);
    }
    if (this.#failure === null) {
      const part = Buffer.from(bytes);
      this.#parts.push(part);
      this.#decoder.push(part);
      this.#receivedBytes += bytes.length;
    }
    const failure = this.#failure;
    queueMicrotask(() => done(failure));
  }

  commit(done: Committed): void {
    const decoded = this.#decoder.finish();
    if (this.#failure === null && !decoded.ok) this.#fail(`it ${decoded.fault}`);
    if (this.#failure === null && decoded.ok && !this.#isExpected(decoded.value)) {
      this.#fail('it is another one');
    }
    const failure = this.#failure;
    const snapshot = failure === null && decoded.ok ? this.#hold(decoded.value, this.#parts) : null;
    this.abort();
    queueMicrotask(() => done(failure, snapshot));
  }

  abort(): void {
    this.#parts = [];
    this.#failure ??= ended();
  }

  #isExpected(header: SnapshotHeader): boolean {
    return (
      header.lastIncludedIndex === this.#expected.lastIncludedIndex &&
      header.lastIncludedTerm === this.#expected.lastIncludedTerm
    );
  }

  #fail(what: string): void {
    this.#failure = new StorageError('DAMAGED', `the received snapshot is not whole: ${what}`);
    this.#parts = [];
  }
}
