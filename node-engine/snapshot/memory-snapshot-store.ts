import { StorageError } from '../log/log-store.ts';
import type { LogIndex, SnapshotMeta } from '../raft/types.ts';
import { SnapshotDecoder, SnapshotEncoder, type Checked } from './file-format.ts';
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

interface HeldSnapshot {
  readonly snapshot: StoredSnapshot;
  /** The bytes that a file would have. */
  readonly bytes: Buffer;
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
    return new MemorySink(header, (bytes) => this.#hold(header, bytes));
  }

  receive(expected: SnapshotMeta): SnapshotReceiver {
    return new MemoryReceiver(expected, (header, bytes) => this.#hold(header, bytes));
  }

  readFile(
    range: { readonly id: string; readonly offset: number; readonly bytesMax: number },
    done: (
      error: StorageError | null,
      bytes: { readonly data: Uint8Array; readonly done: boolean } | null,
    ) => void,
  ): void {
    const held = this.#find(range.id);
    const data = held?.bytes.subarray(range.offset, range.offset + range.bytesMax);
    queueMicrotask(() => {
      if (held === null || data === undefined) done(unknownId(range.id), null);
      else done(null, { data, done: range.offset + data.length >= held.bytes.length });
    });
  }

  readMachine(id: string, onBytes: (bytes: Uint8Array) => void, done: Settled): void {
    const held = this.#find(id);
    queueMicrotask(() => {
      if (held === null) {
        done(unknownId(id));
        return;
      }
      const decoded = decodeBytes(held.bytes, onBytes);
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

  #hold(header: SnapshotHeader, bytes: Buffer): StoredSnapshot {
    this.#lastMs = Math.max(Date.now(), this.#lastMs + 1);
    const id = snapshotId(header.lastIncludedIndex, header.lastIncludedTerm, this.#lastMs);
    const snapshot = storedSnapshot(id, { header, sizeBytes: bytes.length });
    this.#held = [{ snapshot, bytes }, ...this.#held]
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

function decodeBytes(bytes: Buffer, onBytes: (bytes: Uint8Array) => void): Checked<SnapshotHeader> {
  const decoder = new SnapshotDecoder(onBytes);
  decoder.push(bytes);
  return decoder.finish();
}

class MemorySink implements SnapshotSink {
  readonly #encoder = new SnapshotEncoder();
  readonly #hold: (bytes: Buffer) => StoredSnapshot;
  #parts: Uint8Array[];
  #isEnded = false;

  constructor(header: SnapshotHeader, hold: (bytes: Buffer) => StoredSnapshot) {
    this.#parts = [this.#encoder.header(header)];
    this.#hold = hold;
  }

  write(bytes: Uint8Array, done: Settled): void {
    const failure = this.#isEnded ? ended() : null;
    for (let offset = 0; failure === null && offset < bytes.length;) {
      offset += this.#encoder.add(bytes, offset);
      // The encoder uses its block again.
      if (this.#encoder.isBlockFull) this.#parts.push(Buffer.from(this.#encoder.block()));
    }
    queueMicrotask(() => done(failure));
  }

  commit(done: Committed): void {
    if (this.#isEnded) {
      queueMicrotask(() => done(ended(), null));
      return;
    }
    this.#isEnded = true;
    this.#parts.push(this.#encoder.block(), this.#encoder.trailer());
    const snapshot = this.#hold(Buffer.concat(this.#parts));
    this.#parts = [];
    queueMicrotask(() => done(null, snapshot));
  }

  abort(): void {
    this.#isEnded = true;
    this.#parts = [];
  }
}

class MemoryReceiver implements SnapshotReceiver {
  readonly #expected: SnapshotMeta;
  readonly #hold: (header: SnapshotHeader, bytes: Buffer) => StoredSnapshot;
  #parts: Uint8Array[] = [];
  #receivedBytes = 0;
  #failure: StorageError | null = null;

  constructor(
    expected: SnapshotMeta,
    hold: (header: SnapshotHeader, bytes: Buffer) => StoredSnapshot,
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
      this.#parts.push(Buffer.from(bytes));
      this.#receivedBytes += bytes.length;
    }
    const failure = this.#failure;
    queueMicrotask(() => done(failure));
  }

  commit(done: Committed): void {
    const bytes = Buffer.concat(this.#parts);
    const decoded = decodeBytes(bytes, () => undefined);
    if (this.#failure === null && !decoded.ok) this.#fail(`it ${decoded.fault}`);
    if (this.#failure === null && decoded.ok && !this.#isExpected(decoded.value)) {
      this.#fail('it is another one');
    }
    const failure = this.#failure;
    const snapshot = failure === null && decoded.ok ? this.#hold(decoded.value, bytes) : null;
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
