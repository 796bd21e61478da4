import { StorageError } from '../log/log-store.ts';
import type { SnapshotMeta } from '../raft/types.ts';
import type {
  SnapshotDraft,
  SnapshotReceiver,
  SnapshotSink,
  SnapshotStore,
  StoredSnapshot,
} from '../snapshot/snapshot-store.ts';
import type { ChoicePoint, Choices } from './choices.ts';
import { mix32 } from './prng.ts';
import type { DiskWorld } from './disk-profile.ts';
import type { SimDisk } from './sim-disk.ts';

/** Snapshots a node keeps, beside those a transfer has read lately. */
const KEPT = 2;
const READER_IDLE_US = 10_000_000;
/** Checksum and length of the machine's bytes in front of them. */
const HEADER_BYTES = 8;

interface SnapshotFile {
  readonly meta: SnapshotMeta;
  readonly bytes: Uint8Array;
}

type Done = (error: StorageError | null) => void;
type Committed = (error: StorageError | null, snapshot: SnapshotMeta | null) => void;

/** The snapshot folder of one node; it outlives the node's crashes. */
export class SimSnapshotDisk {
  /** Newest first. */
  files: SnapshotFile[] = [];
  /** Renamed, but the folder is not synced yet: a crash may undo it. */
  unsynced: SnapshotFile | null = null;
  /** Temporary files being written in this life. */
  writing = 0;
  /** Transfers from a leader under way in this life. */
  receiving = 0;
  made = 0;
  readonly disk: SimDisk;
  private readonly survival: ChoicePoint;

  constructor(name: string, disk: SimDisk, choices: Choices) {
    this.disk = disk;
    this.survival = choices.point('disk', `snapshot survives ${name}`);
  }

  /** Temporary files are gone; a rename may be undone when the power was cut. */
  crash(isKill: boolean): void {
    const pending = this.unsynced;
    this.unsynced = null;
    this.writing = 0;
    this.receiving = 0;
    if (pending !== null && (isKill || this.survival.chance(0.5))) this.add(pending, () => false);
    this.files = this.files.slice(0, KEPT);
  }

  /** Adds a file and removes old ones, but for those that someone reads. */
  add(file: SnapshotFile, isRead: (id: string) => boolean): void {
    this.files = [file, ...this.files]
      .sort((left, right) => right.meta.lastIncludedIndex - left.meta.lastIncludedIndex)
      .filter(({ meta }, place) => place < KEPT || isRead(meta.id));
  }

  /** Whole snapshots, newest first; what is damaged is left out. */
  whole(): readonly SnapshotMeta[] {
    return this.files.filter(isWhole).map(({ meta }) => meta);
  }

  /** Alters one byte of the newest snapshot. */
  damage(): boolean {
    const newest = this.files[0];
    if (newest === undefined) return false;
    const bytes = new Uint8Array(newest.bytes);
    const last = bytes.length - 1;
    bytes[last] = (bytes[last] ?? 0) ^ 1;
    this.files[0] = { meta: newest.meta, bytes };
    return true;
  }

  open(world: DiskWorld, durable: (snapshot: SnapshotMeta) => void): SimSnapshotStore {
    return new SimSnapshotStore(this, world, durable);
  }
}

/** The snapshots of a node in one life. */
export class SimSnapshotStore implements SnapshotStore {
  /** Set by the observer: looks at a draft before anything is written. */
  onDraft: ((draft: SnapshotDraft) => void) | null = null;
  private readonly folder: SimSnapshotDisk;
  private readonly world: DiskWorld;
  /** When a transfer last read a file. */
  private readonly readAtUs = new Map<string, number>();
  private readonly durable: (snapshot: SnapshotMeta) => void;

  constructor(
    folder: SimSnapshotDisk,
    world: DiskWorld,
    durable: (snapshot: SnapshotMeta) => void,
  ) {
    this.folder = folder;
    this.world = world;
    this.durable = durable;
  }

  list(): readonly StoredSnapshot[] {
    return this.folder.whole().map((meta) => ({ ...meta, madeAtMs: 0 }));
  }

  create(draft: SnapshotDraft): SnapshotSink {
    this.onDraft?.(draft);
    const parts: Uint8Array[] = [];
    let isOpen = true;
    this.folder.writing += 1;
    return {
      write: (bytes, done) => {
        parts.push(new Uint8Array(bytes));
        this.write(() => isOpen, done);
      },
      commit: (done) => {
        isOpen = false;
        const bytes = seal(parts);
        this.folder.made += 1;
        const id = `${draft.lastIncludedIndex}-${draft.lastIncludedTerm}-${this.folder.made}`;
        this.commit({ meta: { ...draft, id, sizeBytes: bytes.length }, bytes }, done);
      },
      abort: () => {
        if (isOpen) this.folder.writing -= 1;
        isOpen = false;
      },
    };
  }

  receive(expected: SnapshotMeta): SnapshotReceiver {
    const bytes = new Uint8Array(expected.sizeBytes);
    const state = { receivedBytes: 0, isOpen: true };
    this.folder.receiving += 1;
    return {
      lastIncludedIndex: expected.lastIncludedIndex,
      get receivedBytes() {
        return state.receivedBytes;
      },
      write: (offset, part, done) => {
        if (offset !== state.receivedBytes || offset + part.length > bytes.length) {
          this.later(() => {
            done(new StorageError('DAMAGED', `bytes at ${offset} do not follow the last ones`));
          });
          return;
        }
        bytes.set(part, offset);
        state.receivedBytes += part.length;
        this.write(() => state.isOpen, done);
      },
      commit: (done) => {
        state.isOpen = false;
        this.folder.made += 1;
        const { lastIncludedIndex, lastIncludedTerm } = expected;
        const id = `${lastIncludedIndex}-${lastIncludedTerm}-${this.folder.made}r`;
        const file: SnapshotFile = { meta: { ...expected, id }, bytes };
        this.folder.receiving -= 1;
        if (state.receivedBytes === bytes.length && isWhole(file)) {
          this.folder.writing += 1;
          this.commit(file, done);
        } else {
          this.later(() => {
            done(new StorageError('DAMAGED', 'the snapshot received is not whole'), null);
          });
        }
      },
      abort: () => {
        if (state.isOpen) this.folder.receiving -= 1;
        state.isOpen = false;
      },
    };
  }

  readFile(
    range: { readonly id: string; readonly offset: number; readonly bytesMax: number },
    done: (
      error: StorageError | null,
      bytes: { readonly data: Uint8Array; readonly done: boolean } | null,
    ) => void,
  ): void {
    const file = this.find(range.id);
    this.readAtUs.set(range.id, this.world.nowUs());
    this.later(() => {
      if (file === undefined) {
        done(new StorageError('IO', `no snapshot ${range.id}`), null);
        return;
      }
      const data = file.bytes.slice(range.offset, range.offset + range.bytesMax);
      done(null, { data, done: range.offset + data.length >= file.bytes.length });
    });
  }

  readMachine(
    id: string,
    onBytes: (bytes: Uint8Array) => void,
    done: (error: StorageError | null) => void,
  ): void {
    const file = this.find(id);
    this.later(() => {
      if (file === undefined || !isWhole(file)) {
        done(new StorageError('DAMAGED', `snapshot ${id} is not whole`));
        return;
      }
      // Cut in two, as blocks of a real file would be.
      const middle = HEADER_BYTES + ((file.bytes.length - HEADER_BYTES) >> 1);
      onBytes(file.bytes.subarray(HEADER_BYTES, middle));
      onBytes(file.bytes.subarray(middle));
      done(null);
    });
  }

  verify(id: string, done: (error: StorageError | null) => void): void {
    const file = this.find(id);
    this.later(() => {
      const isGood = file !== undefined && isWhole(file);
      done(isGood ? null : new StorageError('DAMAGED', `snapshot ${id} is not whole`));
    });
  }

  path(id: string): string | null {
    return this.find(id) === undefined ? null : `/simulated/${id}`;
  }

  private find(id: string): SnapshotFile | undefined {
    return this.folder.files.find(({ meta }) => meta.id === id);
  }

  private write(isOpen: () => boolean, done: Done): void {
    if (!this.world.effect('snapshot bytes')) return;
    this.world.later(this.folder.disk.delayUs(false), () => {
      if (!isOpen()) return;
      done(this.failure());
    });
  }

  /** Syncs the file, renames it, syncs the folder: a crash may come between any two. */
  private commit(file: SnapshotFile, done: Committed): void {
    if (!this.world.effect('snapshot sync')) return;
    this.world.later(this.folder.disk.delayUs(true), () => {
      const failure = this.failure();
      this.folder.writing -= 1;
      if (failure !== null) {
        done(failure, null);
        return;
      }
      if (!this.world.effect('snapshot rename')) return;
      this.folder.unsynced = file;
      this.world.later(this.folder.disk.delayUs(true), () => {
        if (!this.world.effect('snapshot folder sync')) return;
        if (this.folder.unsynced === file) this.folder.unsynced = null;
        const idleSinceUs = this.world.nowUs() - READER_IDLE_US;
        this.folder.add(file, (id) => (this.readAtUs.get(id) ?? -Infinity) > idleSinceUs);
        this.durable(file.meta);
        if (this.world.effect('snapshot durable')) done(null, file.meta);
      });
    });
  }

  private later(task: () => void): void {
    this.world.later(0, task);
  }

  private failure(): StorageError | null {
    return this.folder.disk.faults.isFull
      ? new StorageError('IO', 'no space left on device')
      : null;
  }
}

function seal(parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(HEADER_BYTES + length);
  let offset = HEADER_BYTES;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  const view = new DataView(bytes.buffer);
  view.setUint32(0, checksum(bytes));
  view.setUint32(4, length);
  return bytes;
}

function isWhole({ bytes }: SnapshotFile): boolean {
  if (bytes.length < HEADER_BYTES) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return view.getUint32(4) === bytes.length - HEADER_BYTES && view.getUint32(0) === checksum(bytes);
}

function checksum(bytes: Uint8Array): number {
  let sum = bytes.length;
  for (let offset = HEADER_BYTES; offset < bytes.length; offset += 1) {
    sum = mix32(sum, bytes[offset] ?? 0);
  }
  return sum;
}
