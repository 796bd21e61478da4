import { StorageError } from '../log/log-store.ts';
import type { Done, StoreIdentity } from '../log/log-store.ts';
import type { LogMedium, MetaSlot, RecordOperation, StoredRecord } from '../log/log-medium.ts';
import type { ChoicePoint, Choices } from './choices.ts';
import type { DiskFaults, DiskProfile, DiskWorld } from './disk-profile.ts';

/** Files as they once were. */
interface OldFiles {
  readonly records: ReadonlyMap<number, Uint8Array>;
  readonly metas: Readonly<Record<MetaSlot, Uint8Array | null>>;
}

/** Crashes whose files are remembered. */
const OLD_MAX = 3;

interface UnsyncedBatch {
  readonly operations: readonly RecordOperation[];
}

const NOTHING = { batch: null, meta: null };
const SLOTS: readonly MetaSlot[] = ['a', 'b'];
const SECTOR_BYTES = 512;
/** What takes this long would outlast the faults it is one of. */
const STALL_US = 200_000;

/**
 * The disk of one node. It outlives the node's crashes: what was synced stays, of the rest any prefix
 * (or any subset) may be there afterwards.
 */
export class SimDisk {
  readonly faults: DiskFaults = {
    failNext: false,
    isFull: false,
    slowUs: 0,
    failRead: false,
    isHeld: false,
  };
  /** Ends of operations that wait while the disk is held. */
  readonly held: (() => void)[] = [];
  /** Ends of operations that take very long. */
  readonly stalled = new Set<() => void>();
  profile: DiskProfile;
  /** Meta pages torn by crashes so far. */
  torn = 0;
  /** Batches that were applied but not synced, in order. */
  readonly unsynced: UnsyncedBatch[] = [];
  /** What a reader sees now. */
  visible = new Map<number, Uint8Array>();
  readonly visibleMeta: Record<MetaSlot, Uint8Array | null> = { a: null, b: null };
  /** What survives any crash. */
  synced = new Map<number, Uint8Array>();
  readonly syncedMeta: Record<MetaSlot, Uint8Array | null> = { a: null, b: null };
  /** What was synced at the last crashes, newest last: what an old copy of a file may hold. */
  readonly old: OldFiles[] = [];
  private readonly survival: ChoicePoint;
  private readonly latency: ChoicePoint;
  private readonly stall: ChoicePoint;
  private readonly reading: ChoicePoint;

  constructor(name: string, profile: DiskProfile, choices: Choices) {
    this.profile = profile;
    this.survival = choices.point('disk', `survives ${name}`);
    this.latency = choices.point('disk', `sync ${name}`);
    this.stall = choices.point('disk', `stall ${name}`);
    this.reading = choices.point('disk', `read ${name}`);
  }

  /** A handle for one life of the node. */
  open(world: DiskWorld): SimMedium {
    return new SimMedium(this, world);
  }

  /** Time that one operation takes. */
  delayUs(isSynced: boolean): number {
    const { writeUs, syncMinUs, syncSpanUs, stall, stallUs } = this.profile;
    if (!isSynced) return writeUs;
    const us = Math.max(syncMinUs + this.latency.below(syncSpanUs), this.faults.slowUs);
    return this.stall.chance(stall) ? us + this.latency.below(stallUs) : us;
  }

  /** Nothing is wrong with the disk any more; what waited ends now. */
  repair(): void {
    const none = { failNext: false, isFull: false, slowUs: 0, failRead: false, isHeld: false };
    Object.assign(this.faults, none);
    for (const end of this.held.splice(0)) end();
    for (const end of [...this.stalled]) end();
  }

  /** Whether this read of records fails. */
  failsRead(): boolean {
    const fails = this.faults.failRead || this.reading.chance(this.profile.readError);
    this.faults.failRead = false;
    return fails;
  }

  apply(operations: readonly RecordOperation[]): void {
    applyTo(this.visible, operations);
    this.unsynced.push({ operations });
  }

  syncAll(): void {
    for (const { operations } of this.unsynced) applyTo(this.synced, operations);
    this.unsynced.length = 0;
    for (const slot of SLOTS) this.syncedMeta[slot] = this.visibleMeta[slot];
  }

  /** Makes one meta page durable; the log's own batches are another file. */
  syncMeta(slot: MetaSlot): void {
    this.syncedMeta[slot] = this.visibleMeta[slot];
  }

  syncRecords(): void {
    for (const { operations } of this.unsynced) applyTo(this.synced, operations);
    this.unsynced.length = 0;
  }

  /**
   * The power is cut. Of what was not synced an ordered prefix survives, or any subset.
   *
   * @param inFlight the batch and the meta page that were being written
   */
  crash(inFlight: {
    readonly batch: readonly RecordOperation[] | null;
    readonly meta: MetaWrite | null;
  }): void {
    this.rememberOld();
    const batches = [...this.unsynced];
    if (inFlight.batch !== null) batches.push({ operations: inFlight.batch });
    this.unsynced.length = 0;
    if (this.profile.unordered) {
      for (const { operations } of batches) {
        if (this.survival.chance(0.5)) applyTo(this.synced, operations);
      }
    } else {
      const kept = this.survival.below(batches.length + 1);
      for (const { operations } of batches.slice(0, kept)) applyTo(this.synced, operations);
    }
    for (const slot of SLOTS) {
      if (this.visibleMeta[slot] !== this.syncedMeta[slot] && this.survival.chance(0.5)) {
        this.syncedMeta[slot] = this.visibleMeta[slot];
      }
    }
    if (inFlight.meta !== null) this.crashMeta(inFlight.meta);
    this.settle();
  }

  /**
   * The process ends and the machine runs on: what was written is still there, synced or not. What was
   * being written may be there or not.
   */
  kill(inFlight: {
    readonly batch: readonly RecordOperation[] | null;
    readonly meta: MetaWrite | null;
  }): void {
    this.rememberOld();
    const { batch, meta } = inFlight;
    if (batch !== null && this.survival.chance(0.5)) this.apply(batch);
    if (meta !== null && this.survival.chance(0.5)) this.visibleMeta[meta.slot] = meta.page;
  }

  /** What is here is synced in the end: the machine has run on for long enough. */
  writeBack(): void {
    this.syncAll();
  }

  /** What is durable is what the next reader sees. */
  settle(): void {
    this.visible = new Map(this.synced);
    for (const slot of SLOTS) this.visibleMeta[slot] = this.syncedMeta[slot];
  }

  private rememberOld(): void {
    const { a, b } = this.syncedMeta;
    this.old.push({ records: new Map(this.synced), metas: { a, b } });
    if (this.old.length > OLD_MAX) this.old.shift();
  }

  private crashMeta({ slot, page }: MetaWrite): void {
    if (this.survival.chance(this.profile.torn)) {
      this.torn += 1;
      const torn = new Uint8Array(page.length);
      torn.set(this.syncedMeta[slot] ?? torn);
      const sectors = 1 + this.survival.below(page.length / SECTOR_BYTES - 1);
      torn.set(page.subarray(0, sectors * SECTOR_BYTES));
      this.syncedMeta[slot] = torn;
    } else if (this.survival.chance(0.5)) {
      this.syncedMeta[slot] = page;
    }
  }
}

/** A meta page that is being written. */
export interface MetaWrite {
  readonly slot: MetaSlot;
  readonly page: Uint8Array;
}

/** One open handle of a disk. */
export class SimMedium implements LogMedium {
  private readonly disk: SimDisk;
  private readonly world: DiskWorld;
  private batch: readonly RecordOperation[] | null = null;
  private meta: MetaWrite | null = null;
  /** A write failed: everything later on this handle reports success and is lost. */
  private lies = false;
  private hasToldFailure = false;
  /** The first scan reads the whole log; a failure there is another story. */
  private hasOpened = false;

  constructor(disk: SimDisk, world: DiskWorld) {
    this.disk = disk;
    this.world = world;
  }

  /** The node died: decides what is on the disk now. */
  crash(): void {
    this.disk.crash({ batch: this.batch, meta: this.meta });
    this.over();
  }

  /** The process ended: what it had written stays with the machine. */
  kill(): void {
    // A handle that has failed once reports success and writes nothing.
    this.disk.kill(this.lies ? NOTHING : { batch: this.batch, meta: this.meta });
    this.over();
  }

  writeBatch(operations: readonly RecordOperation[], isSynced: boolean, done: Done): void {
    if (!this.world.effect('write')) return;
    if (this.refuses(done)) return;
    const batch = operations.map(copyOf);
    this.batch = batch;
    this.ends(this.disk.delayUs(isSynced), () => {
      this.batch = null;
      if (!this.lies) this.disk.apply(batch);
      if (this.failed(done)) return;
      if (isSynced && !this.lies) this.disk.syncRecords();
      if (this.world.effect('written')) done(null);
    });
  }

  writeMeta(slot: MetaSlot, page: Uint8Array, isSynced: boolean, done: Done): void {
    if (!this.world.effect('meta')) return;
    if (this.refuses(done)) return;
    this.meta = { slot, page };
    this.ends(this.disk.delayUs(isSynced), () => {
      this.meta = null;
      if (!this.lies) this.disk.visibleMeta[slot] = page;
      if (this.failed(done)) return;
      if (isSynced && !this.lies) this.disk.syncMeta(slot);
      if (this.world.effect('meta written')) done(null);
    });
  }

  sync(done: Done): void {
    if (!this.world.effect('sync')) return;
    if (this.refuses(done)) return;
    this.later(this.disk.delayUs(true), () => {
      if (this.failed(done)) return;
      if (!this.lies) this.disk.syncAll();
      if (this.world.effect('synced')) done(null);
    });
  }

  readMeta(
    slot: MetaSlot,
    done: (error: StorageError | null, page: Uint8Array | null) => void,
  ): void {
    const page = this.disk.visibleMeta[slot];
    this.world.later(0, () => {
      done(null, page === null ? null : new Uint8Array(page));
    });
  }

  scan(
    range: { readonly fromIndex: number; readonly toIndex: number },
    onRecord: (record: StoredRecord) => boolean,
    done: Done,
  ): void {
    const found: StoredRecord[] = [];
    for (const [firstIndex, value] of this.disk.visible) {
      if (firstIndex >= range.fromIndex && firstIndex <= range.toIndex) {
        found.push({ firstIndex, value });
      }
    }
    found.sort((left, right) => left.firstIndex - right.firstIndex);
    if (this.hasOpened && this.disk.failsRead()) {
      this.world.later(0, () => {
        done(new StorageError('IO', 'input/output error'));
      });
      return;
    }
    this.hasOpened = true;
    this.world.later(0, () => {
      for (const record of found) if (!onRecord(record)) break;
      done(null);
    });
  }

  writeIdentity(_identity: StoreIdentity, done: Done): void {
    this.later(this.disk.delayUs(true), () => {
      done(null);
    });
  }

  reclaim(_index: number, done: Done): void {
    this.world.later(this.disk.profile.writeUs, () => {
      done(null);
    });
  }

  sizeBytes(): number {
    let size = 0;
    for (const value of this.disk.visible.values()) size += value.length;
    return size;
  }

  close(done: Done): void {
    this.world.later(0, () => {
      done(null);
    });
  }

  /** Nothing is in progress any more. */
  private over(): void {
    this.batch = null;
    this.meta = null;
    this.disk.held.length = 0;
    this.disk.stalled.clear();
    this.disk.faults.isHeld = false;
  }

  /** Runs `end` when the time is over, or when the disk is well again. */
  private later(delayUs: number, end: () => void): void {
    if (delayUs < STALL_US) {
      this.world.later(delayUs, end);
      return;
    }
    const once = (): void => {
      if (this.disk.stalled.delete(once)) end();
    };
    this.disk.stalled.add(once);
    this.world.later(delayUs, once);
  }

  /** Runs `end` when the operation is over, or when the disk is let go. */
  private ends(delayUs: number, end: () => void): void {
    this.later(delayUs, () => {
      if (this.disk.faults.isHeld) this.disk.held.push(end);
      else end();
    });
  }

  private refuses(done: Done): boolean {
    if (this.hasToldFailure) this.world.complain('writes after a write has failed');
    if (!this.disk.faults.isFull || this.lies) return false;
    this.lies = true;
    this.world.later(this.disk.profile.writeUs, () => {
      this.hasToldFailure = true;
      done(new StorageError('IO', 'no space left on device'));
    });
    return true;
  }

  private failed(done: Done): boolean {
    if (!this.disk.faults.failNext) return false;
    this.disk.faults.failNext = false;
    this.lies = true;
    this.hasToldFailure = true;
    done(new StorageError('IO', 'input/output error'));
    return true;
  }
}

/** The store makes its next record where this one is. */
function copyOf(operation: RecordOperation): RecordOperation {
  if (operation.type === 'delete') return operation;
  return { ...operation, value: Uint8Array.from(operation.value) };
}

function applyTo(records: Map<number, Uint8Array>, operations: readonly RecordOperation[]): void {
  for (const operation of operations) {
    if (operation.type === 'put') records.set(operation.firstIndex, operation.value);
    else records.delete(operation.firstIndex);
  }
}
