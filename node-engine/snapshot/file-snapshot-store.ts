import { constants } from 'node:fs';
import { open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import type { DiskFaults } from '../log/disk-faults.ts';
import { StorageError } from '../log/log-store.ts';
import { ioError, makeFolder, NO_FOLLOW, removeFile } from '../log/node-directory.ts';
import type { SnapshotMeta } from '../raft/types.ts';
import type { MachineIdentity, SnapshotHeader } from './header-document.ts';
import { decodeFile, storedSnapshot, probeFile, readAt } from './snapshot-file.ts';
import { isSnapshotId, SNAPSHOT_EXTENSION, snapshotId } from './snapshot-id.ts';
import type {
  SnapshotDraft,
  SnapshotReceiver,
  SnapshotSink,
  SnapshotStore,
  StoredSnapshot,
} from './snapshot-store.ts';
import {
  FileSnapshotReceiver,
  FileSnapshotSink,
  type FileWriter,
  type WriteTarget,
} from './snapshot-writer.ts';

/** Snapshots kept: the newest, and two to fall back to. */
const KEPT_COUNT = 3;
/** A transfer that did not read for this long has ended; what it read may go. */
const READER_IDLE_MS = 60_000;

const TEMPORARY_EXTENSION = '.tmp';

/** What a snapshot store is opened with. */
export interface FileSnapshotOptions {
  /** Made when missing. */
  readonly folder: string;
  /** The machine that will read them; null reads those of any machine and can make none. */
  readonly machine: MachineIdentity | null;
  /** Empty while not known. Asked anew for every snapshot: a joining node learns it later. */
  readonly clusterId: () => string;
  /** Faults of the disk under what is written; null or missing for none. */
  readonly faults?: DiskFaults | null;
}

/** A file that is not listed. */
export interface DamagedSnapshot {
  readonly name: string;
  /** The rest of a sentence about it. */
  readonly fault: string;
}

/** An opened store and what it could not use. */
export interface OpenedSnapshots {
  readonly store: SnapshotStore;
  readonly damaged: readonly DamagedSnapshot[];
  /** Ends what is being read or written; what is half written is removed. */
  readonly close: () => Promise<void>;
}

interface Reader {
  readonly handle: FileHandle;
  usedAtMs: number;
}

/**
 * Opens the snapshots in a folder. Only one process may: the node's log is opened (and with it the
 * directory locked) before.
 *
 * @throws StorageError FOREIGN for snapshots of another cluster or machine, NEWER_FORMAT, or IO.
 */
export async function openFileSnapshots(options: FileSnapshotOptions): Promise<OpenedSnapshots> {
  await makeFolder(options.folder);
  const found: StoredSnapshot[] = [];
  const damaged: DamagedSnapshot[] = [];
  for (const name of await readdir(options.folder)) {
    const path = join(options.folder, name);
    if (name.endsWith(TEMPORARY_EXTENSION)) {
      await removeFile(path);
      continue;
    }
    const id = name.slice(0, -SNAPSHOT_EXTENSION.length);
    if (!name.endsWith(SNAPSHOT_EXTENSION) || !isSnapshotId(id)) continue;
    const probed = await probeFile(path);
    if (!probed.ok) {
      if (probed.isNewer) {
        throw new StorageError('NEWER_FORMAT', `snapshot ${path} ${probed.fault}`);
      }
      damaged.push({ name, fault: probed.fault });
      continue;
    }
    const foreign = foreignness(probed.value.header, options);
    if (foreign !== null) throw new StorageError('FOREIGN', `snapshot ${path} ${foreign}`);
    found.push(storedSnapshot(id, probed.value));
  }
  const whole = await wholeNewest(options.folder, found.sort(byAge), damaged);
  const store = new FileSnapshotStore(options, whole);
  return { store, damaged, close: () => store.close() };
}

/**
 * Leaves out damaged snapshots in front of the first whole one: what a node starts from is read to its
 * last byte first, because once it has been chosen, the log is held against it.
 *
 * @param snapshots newest first
 * @param damaged takes those that are left out
 */
async function wholeNewest(
  folder: string,
  snapshots: readonly StoredSnapshot[],
  damaged: DamagedSnapshot[],
): Promise<readonly StoredSnapshot[]> {
  for (const [position, { id }] of snapshots.entries()) {
    const name = `${id}${SNAPSHOT_EXTENSION}`;
    const decoded = await decodeFile(join(folder, name), () => undefined);
    if (decoded.ok) return snapshots.slice(position);
    damaged.push({ name, fault: decoded.fault });
  }
  return [];
}

function foreignness(header: SnapshotHeader, options: FileSnapshotOptions): string | null {
  const clusterId = options.clusterId();
  if (clusterId !== '' && header.clusterId !== '' && header.clusterId !== clusterId) {
    return `belongs to cluster ${header.clusterId}`;
  }
  if (options.machine !== null && header.machine.name !== options.machine.name) {
    return `was made by the machine ${header.machine.name}, not ${options.machine.name}`;
  }
  return null;
}

/** Snapshots as files of one folder. */
class FileSnapshotStore implements SnapshotStore {
  readonly #options: FileSnapshotOptions;
  /** Newest first. */
  #snapshots: StoredSnapshot[];
  /** Files that a transfer reads; they stay even when newer ones push them out. */
  readonly #readers = new Map<string, Reader>();
  /** Pushed out of the list, to be removed when nobody reads them any more. */
  #leaving: string[] = [];
  /** Those that have not ended; they hold a file open. */
  readonly #writers = new Set<FileWriter>();
  #isClosed = false;
  /** Two snapshots at one index in one millisecond need two names. */
  #lastMs = 0;

  constructor(options: FileSnapshotOptions, snapshots: readonly StoredSnapshot[]) {
    this.#options = options;
    this.#snapshots = [...snapshots].sort(byAge);
    for (const { madeAtMs } of snapshots) this.#lastMs = Math.max(this.#lastMs, madeAtMs);
  }

  list(): readonly StoredSnapshot[] {
    return this.#snapshots;
  }

  create(draft: SnapshotDraft): SnapshotSink {
    const { machine } = this.#options;
    if (machine === null) throw new Error('a store without a machine makes no snapshots');
    const madeAtMs = Date.now();
    const header: SnapshotHeader = {
      lastIncludedIndex: draft.lastIncludedIndex,
      lastIncludedTerm: draft.lastIncludedTerm,
      membership: draft.membership,
      membershipIndex: draft.membershipIndex,
      clusterId: this.#options.clusterId(),
      machine,
      madeAtMs,
    };
    return this.#track(new FileSnapshotSink(this.#target(draft, madeAtMs), header));
  }

  receive(expected: SnapshotMeta): SnapshotReceiver {
    const check = (header: SnapshotHeader): string | null => foreignness(header, this.#options);
    const target = this.#target(expected, Date.now());
    return this.#track(new FileSnapshotReceiver(target, expected, check));
  }

  readFile(
    range: { readonly id: string; readonly offset: number; readonly bytesMax: number },
    done: (
      error: StorageError | null,
      bytes: { readonly data: Uint8Array; readonly done: boolean } | null,
    ) => void,
  ): void {
    this.#readFile(range).then(
      (bytes) => done(null, bytes),
      (error: unknown) => done(ioError(`cannot read snapshot ${range.id}`, error), null),
    );
  }

  readMachine(
    id: string,
    onBytes: (bytes: Uint8Array) => void,
    done: (error: StorageError | null) => void,
  ): void {
    this.#decode(id, onBytes).then(
      () => done(null),
      (error: unknown) => done(ioError(`cannot read snapshot ${id}`, error)),
    );
  }

  verify(id: string, done: (error: StorageError | null) => void): void {
    this.readMachine(id, () => undefined, done);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const writer of this.#writers) await writer.close();
    this.#writers.clear();
    for (const { handle } of this.#readers.values()) await handle.close();
    this.#readers.clear();
  }

  path(id: string): string | null {
    return this.#snapshots.some((snapshot) => snapshot.id === id) ? this.#pathOf(id) : null;
  }

  #track<Writer extends FileWriter>(writer: Writer): Writer {
    if (this.#isClosed) writer.abort();
    this.#writers.add(writer);
    return writer;
  }

  #target(snapshot: SnapshotDraft, atMs: number): WriteTarget {
    const { lastIncludedIndex: index, lastIncludedTerm: term } = snapshot;
    // Never below what is there already: a clock that went back must not name a file twice.
    this.#lastMs = Math.max(atMs, this.#lastMs + 1);
    const id = snapshotId(index, term, this.#lastMs);
    const final = this.#pathOf(id);
    return {
      final,
      temporary: `${final}${TEMPORARY_EXTENSION}`,
      faults: this.#options.faults ?? null,
      adopt: async (header, sizeBytes) => {
        const meta = storedSnapshot(id, { header, sizeBytes });
        this.#snapshots = [...this.#snapshots, meta].sort(byAge);
        await this.#removeOld();
        return meta;
      },
    };
  }

  #pathOf(id: string): string {
    return join(this.#options.folder, `${id}${SNAPSHOT_EXTENSION}`);
  }

  async #readFile(range: {
    readonly id: string;
    readonly offset: number;
    readonly bytesMax: number;
  }): Promise<{ readonly data: Uint8Array; readonly done: boolean }> {
    const { id, offset, bytesMax } = range;
    // What was damaged since it was opened must not be sent: the other side could only throw it away.
    if (offset === 0) await this.#decode(id, () => undefined);
    const reader = this.#readers.get(id) ?? (await this.#openReader(id));
    reader.usedAtMs = performance.now();
    const { size } = await reader.handle.stat();
    const data = await readAt(
      reader.handle,
      offset,
      Math.min(bytesMax, Math.max(0, size - offset)),
    );
    return { data, done: offset + data.length >= size };
  }

  async #openReader(id: string): Promise<Reader> {
    if (this.#isClosed) throw new StorageError('CLOSED', 'the snapshots are closed');
    const path = this.#known(id);
    const handle = await open(path, constants.O_RDONLY | NO_FOLLOW);
    const raced = this.#readers.get(id);
    if (raced !== undefined) {
      await handle.close();
      return raced;
    }
    const reader: Reader = { handle, usedAtMs: performance.now() };
    this.#readers.set(id, reader);
    return reader;
  }

  async #decode(id: string, onBytes: (bytes: Uint8Array) => void): Promise<void> {
    const decoded = await decodeFile(this.#known(id), onBytes);
    if (decoded.ok) return;
    this.#snapshots = this.#snapshots.filter((snapshot) => snapshot.id !== id);
    throw new StorageError('DAMAGED', `snapshot ${id} ${decoded.fault}`);
  }

  #known(id: string): string {
    const path = this.path(id);
    if (path === null && !this.#leaving.includes(id)) {
      throw new StorageError('IO', `there is no snapshot ${id}`);
    }
    return this.#pathOf(id);
  }

  /** Removes what is beyond the kept ones; a failure is no reason to refuse the new snapshot. */
  async #removeOld(): Promise<void> {
    for (const writer of this.#writers) if (writer.isEnded) this.#writers.delete(writer);
    const nowMs = performance.now();
    for (const [id, reader] of this.#readers) {
      if (nowMs - reader.usedAtMs < READER_IDLE_MS) continue;
      this.#readers.delete(id);
      await reader.handle.close();
    }
    this.#leaving.push(...this.#snapshots.splice(KEPT_COUNT).map((snapshot) => snapshot.id));
    const staying: string[] = [];
    for (const id of this.#leaving) {
      if (this.#readers.has(id)) staying.push(id);
      else await removeFile(this.#pathOf(id)).catch(() => staying.push(id));
    }
    this.#leaving = staying;
  }
}

/** Newest first: by index, then by term, then by arrival. */
function byAge(left: StoredSnapshot, right: StoredSnapshot): number {
  return (
    right.lastIncludedIndex - left.lastIncludedIndex ||
    right.lastIncludedTerm - left.lastIncludedTerm ||
    right.id.localeCompare(left.id, 'en', { numeric: true })
  );
}
