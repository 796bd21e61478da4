import { join } from 'node:path';

import type { LogIndex } from '../../raft/types.ts';
import type { DirectoryLock } from '../directory-lock.ts';
import type { LogMedium, MetaSlot, RecordOperation, StoredRecord } from '../log-medium.ts';
import type { Done, StorageError, StoreIdentity } from '../log-store.ts';
import { ioError, syncFolder, type NodePaths } from '../node-directory.ts';
import { NodeFiles } from '../node-files.ts';
import { Segment } from './segment.ts';
import { scanSegment, type Stretch } from './segment-scan.ts';
import { fileOf, listSegments, type FoundSegment } from './segment-files.ts';

/** A segment that has this many bytes is full; a batch is never split. */
const SEGMENT_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes read at once. */
const READ_BYTES = 1024 * 1024;
/** A file is written anew to shrink it when it holds more than this of removed records. */
const DEAD_BYTES_MAX = 64 * 1024;

/** What the medium stands on. */
export interface FastLogOptions {
  readonly paths: NodePaths;
  readonly lock: DirectoryLock;
  /** The last entry known to be durable. */
  readonly syncedIndex: LogIndex;
  /** 16 MB unless told otherwise. */
  readonly segmentBytes?: number;
}

/**
 * The medium of `fastlog`: records one behind the other in segments, in key order. Appending is one
 * write, already synced where the system can do both at once. What is removed at the end is cut off the
 * file; what is removed in front goes with its segment.
 */
export class FastLogMedium implements LogMedium {
  readonly #paths: NodePaths;
  readonly #lock: DirectoryLock;
  readonly #segmentBytes: number;
  readonly #files: NodeFiles;
  #segments: Segment[] = [];
  /** Files not read yet; null once they are. */
  #found: readonly FoundSegment[] | null;
  /** Records behind this one may be in memory only until they were written again. */
  #syncedIndex: LogIndex | null;
  /** Changes of the files wait for one another; appending waits for none as a rule. */
  #turn: Promise<unknown> = Promise.resolve();
  #waitingCount = 0;
  #hasFailed = false;

  private constructor(options: FastLogOptions, found: readonly FoundSegment[]) {
    this.#paths = options.paths;
    this.#lock = options.lock;
    this.#segmentBytes = options.segmentBytes ?? SEGMENT_BYTES_MAX;
    this.#syncedIndex = options.syncedIndex;
    this.#files = new NodeFiles(options.paths);
    this.#found = found;
  }

  /** The medium over the segments in a node's directory. Reading them is left to the first scan. */
  static async open(options: FastLogOptions): Promise<FastLogMedium> {
    return new FastLogMedium(options, await listSegments(options.paths.log));
  }

  writeBatch(operations: readonly RecordOperation[], isSynced: boolean, done: Done): void {
    const active = this.#segments.at(-1);
    const last = active?.last?.firstIndex ?? null;
    const isFree = this.#waitingCount === 0 && this.#syncedIndex === null;
    if (
      active === undefined ||
      last === null ||
      !isFree ||
      active.usedBytes >= this.#segmentBytes
    ) {
      this.#inTurn('cannot write the log', () => this.#change(operations, isSynced), done);
      return;
    }
    const puts = putsBehind(operations, last);
    if (puts === null) {
      this.#inTurn('cannot write the log', () => this.#change(operations, isSynced), done);
      return;
    }
    this.#waitingCount += 1;
    this.#turn = new Promise<void>((resolve) => {
      active.append(puts, isSynced, (error) => {
        this.#waitingCount -= 1;
        resolve();
        done(error === null ? null : this.#failed('cannot write the log', error));
      });
    });
  }

  writeMeta(slot: MetaSlot, page: Uint8Array, isSynced: boolean, done: Done): void {
    this.#files.writeMeta(slot, page, isSynced, done);
  }

  sync(done: Done): void {
    this.#inTurn('cannot sync the log', () => this.#sync(), done);
  }

  readMeta(
    slot: MetaSlot,
    done: (error: StorageError | null, page: Uint8Array | null) => void,
  ): void {
    this.#files.readMeta(slot, done);
  }

  scan(
    range: { readonly fromIndex: LogIndex; readonly toIndex: LogIndex },
    onRecord: (record: StoredRecord) => boolean,
    done: Done,
  ): void {
    const read = this.#found === null ? this.#scan(range, onRecord) : this.#load(onRecord);
    read.then(
      () => done(null),
      (error: unknown) => done(this.#failed('cannot read the log', error)),
    );
  }

  writeIdentity(identity: StoreIdentity, done: Done): void {
    this.#files.writeIdentity(identity, done);
  }

  reclaim(_index: LogIndex, done: Done): void {
    this.#inTurn('cannot shrink the log', () => this.#shrink(), done);
  }

  sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.fileBytes, 0);
  }

  close(done: Done): void {
    this.#inTurn('cannot close the log', () => this.#close(), done);
  }

  #inTurn(what: string, task: () => Promise<void>, done: Done): void {
    this.#waitingCount += 1;
    const turn = this.#turn.then(task);
    this.#turn = turn.catch(() => undefined);
    turn.then(
      () => {
        this.#waitingCount -= 1;
        done(null);
      },
      (error: unknown) => {
        this.#waitingCount -= 1;
        done(this.#failed(what, error));
      },
    );
  }

  /** Reads every file once: hands its records out, and notes where they stand. */
  async #load(onRecord: (record: StoredRecord) => boolean): Promise<void> {
    const files = this.#found ?? [];
    this.#found = null;
    let isWanted = true;
    for (const [position, { path, nameIndex, sizeBytes }] of files.entries()) {
      // A segment that was written anew to shrink it stands in for the end of the old one.
      const endIndex = files[position + 1]?.nameIndex ?? Infinity;
      const segment = await Segment.open(path, nameIndex, { usedBytes: 0, fileBytes: sizeBytes });
      this.#segments.push(segment);
      const bytes = await segment.read({ offset: 0, length: sizeBytes });
      const stretches: Stretch[] = [];
      const usedBytes = scanSegment(bytes, nameIndex, (stretch) => {
        if (stretch.firstIndex >= endIndex) return;
        stretches.push(stretch);
        const { firstIndex, offset, length } = stretch;
        const value = bytes.subarray(offset, offset + length);
        isWanted &&= onRecord({ firstIndex, value });
      });
      segment.note(stretches, usedBytes);
    }
  }

  /** Ends early when the log is changed under it, as `LogStore.read` allows. */
  async #scan(
    range: { readonly fromIndex: LogIndex; readonly toIndex: LogIndex },
    onRecord: (record: StoredRecord) => boolean,
  ): Promise<void> {
    for (const segment of [...this.#segments]) {
      const stretches = segment.between(range.fromIndex, range.toIndex);
      for (const part of partsOf(stretches)) {
        if (segment.isGone) return;
        const bytes = await segment.read(part);
        for (const { firstIndex, offset, length } of part.stretches) {
          const start = offset - part.offset;
          const value = bytes.subarray(start, start + length);
          if (!onRecord({ firstIndex, value })) return;
        }
      }
    }
  }

  /** Any batch. What stands behind a record that changes is written once more behind it. */
  async #change(operations: readonly RecordOperation[], isSynced: boolean): Promise<void> {
    if (this.#found !== null) await this.#load(() => true);
    await this.#settle();
    const changed = new Map(operations.map((operation) => [operation.firstIndex, operation]));
    let cutIndex = Infinity;
    let last = this.#lastBefore(cutIndex);
    while (last !== null && changed.has(last.firstIndex)) {
      cutIndex = last.firstIndex;
      last = this.#lastBefore(cutIndex);
    }
    for (const segment of this.#segments) {
      for (let { first } = segment; first !== null; { first } = segment) {
        if (first.firstIndex >= cutIndex || changed.get(first.firstIndex)?.type !== 'delete') break;
        segment.dropFirst();
      }
      if (segment.liveCount > 0) break;
    }
    const records = operations.filter((operation) => operation.type === 'put');
    const lowest = this.#lowestInside(operations, last?.firstIndex ?? 0);
    if (lowest < cutIndex) {
      // Only a recovery asks for that; the page has what it repairs until this is durable.
      await this.#scan({ fromIndex: lowest, toIndex: cutIndex - 1 }, (record) => {
        if (!changed.has(record.firstIndex)) records.push({ type: 'put', ...record });
        return true;
      });
    }
    records.sort((left, right) => left.firstIndex - right.firstIndex);
    await this.#cutFrom(Math.min(cutIndex, lowest), isSynced);
    await this.#append(records, isSynced);
  }

  /** The first change among the records that stay, the last of which starts at `lastIndex`. */
  #lowestInside(operations: readonly RecordOperation[], lastIndex: LogIndex): LogIndex {
    let lowest = Infinity;
    for (const { type, firstIndex } of operations) {
      if (firstIndex > lastIndex || firstIndex >= lowest) continue;
      const isThere = this.#lastBefore(firstIndex + 1)?.firstIndex === firstIndex;
      if (type === 'put' || isThere) lowest = firstIndex;
    }
    return lowest;
  }

  #lastBefore(index: LogIndex): Stretch | null {
    return (
      this.#segments.findLast((one) => one.lastBefore(index) !== null)?.lastBefore(index) ?? null
    );
  }

  /** Removes the records from `index` on; files first that come last, so that no hole can be left. */
  async #cutFrom(index: LogIndex, isSynced: boolean): Promise<void> {
    let isRemoved = false;
    for (
      let segment = this.#segments.at(-1);
      segment !== undefined;
      segment = this.#segments.at(-1)
    ) {
      if (segment.last !== null && segment.last.firstIndex < index) break;
      // One cut off whole goes too: it is named after a record that may never come again.
      if (segment.first === null || segment.first.firstIndex >= index) {
        if (index === Infinity) break;
        await this.#removeAt(this.#segments.length - 1);
        isRemoved = true;
        continue;
      }
      await segment.cutFrom(index);
      if (isSynced) await segment.sync();
      break;
    }
    if (isRemoved) await syncFolder(this.#paths.log);
  }

  async #append(records: readonly StoredRecord[], isSynced: boolean): Promise<void> {
    const [first] = records;
    if (first === undefined) return;
    const active = this.#segments.at(-1);
    const segment =
      active === undefined || active.usedBytes >= this.#segmentBytes
        ? await this.#roll(first.firstIndex)
        : active;
    await new Promise<void>((resolve, reject) => {
      segment.append(records, isSynced, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }

  /** A new segment. The one before is made durable first: a hole is never left behind it. */
  async #roll(nameIndex: LogIndex): Promise<Segment> {
    const full = this.#segments.at(-1);
    if (full !== undefined) {
      await full.trimZeros();
      await full.sync();
    }
    const segment = await Segment.open(join(this.#paths.log, fileOf(nameIndex)), nameIndex, null);
    this.#segments.push(segment);
    await syncFolder(this.#paths.log);
    return segment;
  }

  async #sync(): Promise<void> {
    await this.#settle();
    for (const segment of this.#segments) if (segment.isUnsynced) await segment.sync();
  }

  /** Once: writes what was found again where nothing proves that it had reached the disk. */
  async #settle(): Promise<void> {
    const syncedIndex = this.#syncedIndex;
    if (syncedIndex === null) return;
    for (const segment of this.#segments) {
      const [suspect] = segment.between(syncedIndex + 1, Number.MAX_SAFE_INTEGER);
      if (suspect !== undefined) await segment.rewriteFrom(suspect.offset);
    }
    this.#syncedIndex = null;
  }

  /** Removes files that hold nothing of the log, and writes the first one anew without its dead part. */
  async #shrink(): Promise<void> {
    let isRemoved = false;
    while (this.#segments.length > 1 && this.#segments[0]?.liveCount === 0) {
      await this.#removeAt(0);
      isRemoved = true;
    }
    const [oldest] = this.#segments;
    const first = oldest?.first ?? null;
    if (oldest !== undefined && first !== null && first.offset > DEAD_BYTES_MAX) {
      await this.#rewrite(oldest, first.firstIndex);
    } else if (oldest?.liveCount === 0 && oldest.usedBytes > 0) {
      await this.#removeAt(0);
      isRemoved = true;
    }
    if (isRemoved) await syncFolder(this.#paths.log);
  }

  async #rewrite(old: Segment, nameIndex: LogIndex): Promise<void> {
    const path = join(this.#paths.log, fileOf(nameIndex));
    const copy = await Segment.open(`${path}.tmp`, nameIndex, null);
    try {
      await copy.takeFrom(old);
    } catch (error) {
      await copy.remove();
      throw error;
    }
    await copy.rename(path);
    await syncFolder(this.#paths.log);
    this.#segments = [copy, ...this.#segments.slice(1)];
    await old.remove();
    await syncFolder(this.#paths.log);
  }

  async #removeAt(position: number): Promise<void> {
    const [segment] = this.#segments.splice(position, 1);
    await segment?.remove();
  }

  async #close(): Promise<void> {
    for (const segment of this.#segments) {
      // After a failure the files are left as they are.
      if (!this.#hasFailed) await segment.trimZeros();
      await segment.close();
    }
    await this.#files.close();
    await this.#lock.release();
  }

  #failed(what: string, error: unknown): StorageError {
    this.#hasFailed = true;
    return ioError(`${what} in ${this.#paths.log}`, error);
  }
}

/** The operations when all of them are new records behind `lastIndex`, in order; null otherwise. */
function putsBehind(
  operations: readonly RecordOperation[],
  lastIndex: LogIndex,
): readonly StoredRecord[] | null {
  const puts: StoredRecord[] = [];
  let last = lastIndex;
  for (const operation of operations) {
    if (operation.type === 'delete' || operation.firstIndex <= last) return null;
    last = operation.firstIndex;
    puts.push(operation);
  }
  return puts;
}

interface Part {
  readonly offset: number;
  readonly length: number;
  readonly stretches: readonly Stretch[];
}

/** Neighbouring records, gathered into reads of a good size. */
function partsOf(stretches: readonly Stretch[]): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const [position, { offset, length }] of stretches.entries()) {
    const start = stretches[from]?.offset ?? 0;
    const isLast = position === stretches.length - 1;
    if (!isLast && offset + length - start < READ_BYTES) continue;
    const part = stretches.slice(from, position + 1);
    parts.push({ offset: start, length: offset + length - start, stretches: part });
    from = position + 1;
  }
  return parts;
}
