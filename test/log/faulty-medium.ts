import type {
  LogMedium,
  MetaSlot,
  RecordOperation,
  StoredRecord,
} from '../../node-engine/log/log-medium.ts';
import { StorageError, type Done } from '../../node-engine/log/log-store.ts';

/** What lies on a disk: records by first index, and two pages. */
export interface DiskImage {
  readonly records: ReadonlyMap<number, Uint8Array>;
  readonly pages: Readonly<Record<MetaSlot, Uint8Array | null>>;
}

export const EMPTY_DISK: DiskImage = { records: new Map(), pages: { a: null, b: null } };

/** How an operation in flight, or one that was not synced, looks after a crash. */
export type Survival = 'lost' | 'kept' | 'torn';

interface Flight {
  readonly kind: 'batch' | 'meta' | 'sync' | 'other';
  readonly isSynced: boolean;
  readonly change: Change | null;
  readonly done: (error: StorageError | null) => void;
}

type Change =
  | { readonly kind: 'batch'; readonly operations: readonly RecordOperation[] }
  | { readonly kind: 'meta'; readonly slot: MetaSlot; readonly page: Uint8Array };

/** Torn after this many bytes: within the fixed fields. */
const TORN_BYTES = 100;

/**
 * A disk whose operations end when the test says so. It knows what was synced, so that it can tell
 * every state a crash may leave: `afterPowerLoss` and `afterKill`.
 */
export class FaultyMedium implements LogMedium {
  /** What a reader sees. */
  #visible: DiskImage;
  /** What survives the loss of power. */
  #synced: DiskImage;
  /** Done but not synced, in order. */
  #unsynced: Change[] = [];
  #flights: Flight[] = [];
  /** The n-th write or sync from now fails, after having been applied or not. */
  failure: { countdown: number; readonly isApplied: boolean } | null = null;
  writesAfterFailure = 0;
  /** Called for every operation that begins; whoever sets it lands one for each. */
  onLaunch: (() => void) | null = null;
  #hasFailed = false;

  /** @param synced what of the image is durable: less after a kill than after a power loss */
  constructor(image: DiskImage, synced = image) {
    this.#visible = image;
    this.#synced = synced;
    if (synced !== image) this.#unsynced.push(...differences(synced, image));
  }

  /** Operations that wait to be ended. */
  get flightCount(): number {
    return this.#flights.length;
  }

  /** Ends the operation at `position` of those in flight. */
  land(position = 0): void {
    const [flight] = this.#flights.splice(position, 1);
    if (flight === undefined) throw new Error('nothing is in flight');
    const failure = this.#failureOf(flight);
    if (failure !== null) {
      this.#hasFailed = true;
      if (failure.isApplied) this.#apply(flight.change, false);
      flight.done(new StorageError('IO', 'the disk failed'));
      return;
    }
    this.#apply(flight.change, flight.isSynced);
    if (flight.kind === 'sync') this.#syncAll();
    flight.done(null);
  }

  /** The process is killed: what reached the page cache stays. One survival per operation in flight. */
  afterKill(survivals: readonly Survival[]): DiskImage {
    let image = this.#visible;
    this.#flights.forEach(({ change }, position) => {
      image = survive(image, change, survivals[position] ?? 'lost');
    });
    return image;
  }

  /** Power is lost: unsynced batches survive as a prefix, unsynced pages and flights one by one. */
  afterPowerLoss(unsyncedKept: number, survivals: readonly Survival[]): DiskImage {
    let image = this.#synced;
    for (const change of this.#unsynced.slice(0, unsyncedKept)) {
      image = survive(image, change, 'kept');
    }
    const isPrefixWhole = unsyncedKept >= this.#unsynced.length;
    this.#flights.forEach(({ change }, position) => {
      const survival = survivals[position] ?? 'lost';
      // One file is written in order: a batch cannot be there when one before it is not.
      if (change?.kind === 'batch' && !isPrefixWhole) return;
      image = survive(image, change, survival);
    });
    return image;
  }

  get unsyncedCount(): number {
    return this.#unsynced.length;
  }

  writeBatch(operations: readonly RecordOperation[], isSynced: boolean, done: Done): void {
    if (this.#flights.some((flight) => flight.kind === 'batch' || flight.kind === 'sync')) {
      throw new Error('two batches are in flight');
    }
    // A store makes its next record where this one is.
    const kept = operations.map((operation) =>
      operation.type === 'delete'
        ? operation
        : { ...operation, value: Buffer.from(operation.value) },
    );
    this.#launch({ kind: 'batch', isSynced, change: { kind: 'batch', operations: kept }, done });
  }

  writeMeta(slot: MetaSlot, page: Uint8Array, isSynced: boolean, done: Done): void {
    if (this.#flights.some((flight) => flight.kind === 'meta')) {
      throw new Error('two pages are in flight');
    }
    const change: Change = { kind: 'meta', slot, page: Buffer.from(page) };
    this.#launch({ kind: 'meta', isSynced, change, done });
  }

  sync(done: Done): void {
    this.#launch({ kind: 'sync', isSynced: true, change: null, done });
  }

  readMeta(
    slot: MetaSlot,
    done: (error: StorageError | null, page: Uint8Array | null) => void,
  ): void {
    const page = this.#visible.pages[slot];
    this.#launch({ kind: 'other', isSynced: false, change: null, done: () => done(null, page) });
  }

  scan(
    range: { readonly fromIndex: number; readonly toIndex: number },
    onRecord: (record: StoredRecord) => boolean,
    done: Done,
  ): void {
    const records = [...this.#visible.records]
      .map(([firstIndex, value]): StoredRecord => ({ firstIndex, value }))
      .filter(({ firstIndex }) => firstIndex >= range.fromIndex && firstIndex <= range.toIndex)
      .sort((left, right) => left.firstIndex - right.firstIndex);
    const hand = (): void => {
      for (const record of records) if (!onRecord(record)) break;
      done(null);
    };
    this.#launch({ kind: 'other', isSynced: false, change: null, done: hand });
  }

  writeIdentity(_identity: unknown, done: Done): void {
    this.#launch({ kind: 'other', isSynced: false, change: null, done });
  }

  reclaim(_index: number, done: Done): void {
    this.#launch({ kind: 'other', isSynced: false, change: null, done });
  }

  sizeBytes(): number {
    return 0;
  }

  close(done: Done): void {
    this.#launch({ kind: 'other', isSynced: false, change: null, done });
  }

  #launch(flight: Flight): void {
    if (this.#hasFailed && flight.kind !== 'other') this.writesAfterFailure += 1;
    this.#flights.push(flight);
    this.onLaunch?.();
  }

  #failureOf(flight: Flight): { readonly isApplied: boolean } | null {
    if (this.failure === null || flight.kind === 'other') return null;
    this.failure.countdown -= 1;
    return this.failure.countdown === 0 ? this.failure : null;
  }

  #apply(change: Change | null, isSynced: boolean): void {
    if (change === null) return;
    this.#visible = survive(this.#visible, change, 'kept');
    if (change.kind === 'meta') {
      // A page is its own file: syncing it syncs nothing else, and nothing else syncs it.
      if (isSynced) this.#synced = survive(this.#synced, change, 'kept');
      return;
    }
    this.#unsynced.push(change);
    if (isSynced) this.#syncAll();
  }

  #syncAll(): void {
    for (const change of this.#unsynced) this.#synced = survive(this.#synced, change, 'kept');
    this.#unsynced = [];
  }
}

function survive(image: DiskImage, change: Change | null, survival: Survival): DiskImage {
  if (change === null || survival === 'lost') return image;
  if (change.kind === 'meta') {
    const before = image.pages[change.slot];
    // The first page of a slot appears by a rename, so it cannot be torn.
    if (survival === 'torn' && before === null) return image;
    const page = survival === 'torn' && before !== null ? torn(before, change.page) : change.page;
    return { ...image, pages: { ...image.pages, [change.slot]: page } };
  }
  const records = new Map(image.records);
  for (const operation of change.operations) {
    if (operation.type === 'put') records.set(operation.firstIndex, operation.value);
    else records.delete(operation.firstIndex);
  }
  return { ...image, records };
}

/** What turns the first image into the second: still in the page cache. */
function differences(from: DiskImage, to: DiskImage): Change[] {
  const operations: RecordOperation[] = [];
  for (const [firstIndex, value] of to.records) {
    if (from.records.get(firstIndex) !== value) operations.push({ type: 'put', firstIndex, value });
  }
  for (const firstIndex of from.records.keys()) {
    if (!to.records.has(firstIndex)) operations.push({ type: 'delete', firstIndex });
  }
  return [{ kind: 'batch', operations }];
}

function torn(before: Uint8Array, after: Uint8Array): Uint8Array {
  return Buffer.concat([after.subarray(0, TORN_BYTES), before.subarray(TORN_BYTES)]);
}
