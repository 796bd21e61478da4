import type { LogIndex, SnapshotMeta } from '../raft/types.ts';
import type { OffsetOfCommand } from './cut-run.ts';
import type { DiskFaults } from './disk-faults.ts';
import { FaultedMedium } from './faulted-medium.ts';
import type { LogMedium, MetaSlot, RecordOperation } from './log-medium.ts';
import { StorageError } from './log-store.ts';
import type {
  Backend,
  Done,
  Durability,
  LogRepair,
  OpenedLog,
  RepairMode,
  StoreIdentity,
} from './log-store.ts';
import { decodeMeta, encodeMeta, type Meta } from './meta.ts';
import { LOG_START } from './record.ts';
import { Recovery, type LogFault, type RecoveredLog } from './recovery.ts';
import { StepStore, type Schedule } from './step-store.ts';
import { isUpToDate, StoreStep } from './store-step.ts';

/** What every store is opened with. */
export interface OpenStoreOptions {
  readonly backend: Backend;
  readonly medium: LogMedium;
  /** Whose log this must be; an empty cluster id takes the one that is there. */
  readonly identity: StoreIdentity;
  readonly durability: Durability;
  /** Whole snapshots of this node, newest first. */
  readonly snapshots: readonly SnapshotMeta[];
  readonly offsetOfCommand: OffsetOfCommand;
  readonly schedule: Schedule;
  /** How errors name the data, such as "data directory /x". */
  readonly description: string;
  /** `refuse` unless told otherwise. */
  readonly repair?: RepairMode;
  /** Stand between the store and its medium once it is open; null or missing for none. */
  readonly faults?: DiskFaults | null;
}

/** Called exactly once, with one of the two. */
export type Opened = (error: StorageError | null, opened: OpenedLog | null) => void;

const LAST_KEY = Number.MAX_SAFE_INTEGER;

/**
 * Opens a log on any medium: reads both meta pages and every record, refuses what is foreign, newer
 * or damaged, removes what a crash left over, and writes both pages, so that each alone is enough.
 *
 * A medium without pages and records is a new log.
 */
export function openStore(options: OpenStoreOptions, opened: Opened): void {
  readMetas(options.medium, (error, pages) => {
    if (pages === null) {
      opened(error, null);
      return;
    }
    const chosen = chooseMeta(pages, options);
    if (chosen instanceof StorageError) opened(chosen, null);
    else recover(options, chosen, opened);
  });
}

interface MetaPages {
  readonly a: Uint8Array | null;
  readonly b: Uint8Array | null;
}

function readMetas(
  medium: LogMedium,
  done: (error: StorageError | null, pages: MetaPages | null) => void,
): void {
  medium.readMeta('a', (errorA, a) => {
    if (errorA !== null) {
      done(errorA, null);
      return;
    }
    medium.readMeta('b', (errorB, b) => {
      if (errorB !== null) done(errorB, null);
      else done(null, { a, b });
    });
  });
}

/** Who opens the data, and how. */
export interface Claim {
  readonly backend: Backend;
  readonly identity: StoreIdentity;
  readonly description: string;
}

/** The page to go by. */
export interface ChosenMeta {
  readonly meta: Meta;
  readonly slot: MetaSlot;
  /** What is wrong with the other page, if anything. */
  readonly faults: readonly string[];
}

/** The meta to go by, null for new data, or why the data is refused. */
export function chooseMeta(pages: MetaPages, options: Claim): ChosenMeta | null | StorageError {
  const { description } = options;
  const metas: { readonly meta: Meta; readonly slot: MetaSlot }[] = [];
  const faults: string[] = [];
  for (const slot of ['a', 'b'] satisfies MetaSlot[]) {
    const page = pages[slot];
    if (page === null) {
      faults.push(`meta.${slot} is missing`);
      continue;
    }
    const decoded = decodeMeta(page);
    if (decoded.ok) metas.push({ meta: decoded.meta, slot });
    else if (decoded.isNewer) {
      return new StorageError(
        'NEWER_FORMAT',
        `${description} was written by a newer version: meta.${slot} ${decoded.fault}`,
      );
    } else faults.push(`meta.${slot} ${decoded.fault}`);
  }
  const newest = metas.sort((left, right) => right.meta.generation - left.meta.generation)[0];
  if (newest !== undefined) return foreignness(newest.meta, options) ?? { ...newest, faults };
  if (pages.a === null && pages.b === null) return null;
  return new StorageError(
    'DAMAGED',
    `${description} has lost its term and vote: ${faults.join(', ')}; ` +
      'the node can only rejoin under a new id',
  );
}

function foreignness(meta: Meta, options: Claim): StorageError | null {
  const { clusterId, nodeId } = options.identity;
  if (meta.backend !== options.backend) {
    return new StorageError(
      'FOREIGN',
      `${options.description} keeps its log in ${meta.backend} and not in ${options.backend}: ` +
        `start it with --backend ${meta.backend}`,
    );
  }
  const isForeign =
    meta.nodeId !== nodeId ||
    (clusterId !== '' && meta.clusterId !== '' && meta.clusterId !== clusterId);
  if (!isForeign) return null;
  const cluster = meta.clusterId === '' ? 'no cluster yet,' : `cluster ${meta.clusterId}`;
  return new StorageError(
    'FOREIGN',
    `${options.description} belongs to ${cluster} node ${meta.nodeId}`,
  );
}

function recover(options: OpenStoreOptions, found: ChosenMeta | null, opened: Opened): void {
  const { meta, slot, faults } = found ?? { meta: newMeta(options), slot: 'b', faults: [] };
  read(options, meta, (error, log, recordCount) => {
    if (log === null) {
      opened(error, null);
      return;
    }
    if (found === null && (recordCount > 0 || options.snapshots.length > 0)) {
      // A log may be empty behind its snapshot; taken for new, the node would vote a second time.
      const what = recordCount > 0 ? 'a log' : 'a snapshot';
      const message = `${options.description} has ${what} but neither meta.a nor meta.b`;
      opened(new StorageError('DAMAGED', message), null);
      return;
    }
    const damage = damageOf(log.faults, options.description);
    if (damage === null) {
      startStore(options, { log, slot, meta, faults }, opened);
    } else if ((options.repair ?? 'refuse') === 'refuse' || log.isVoteLost) {
      opened(damage, null);
    } else {
      // Records that are older than the pages may hold entries that others have replaced since, below
      // what the pages know to be committed: only a leader can say which of them are.
      read(options, { ...meta, commitIndex: 0 }, (failure, doubted) => {
        if (doubted === null) opened(failure, null);
        else startStore(options, { log: doubted, slot, meta, faults }, opened);
      });
    }
  });
}

/** Reads every record, going by `meta`. */
function read(
  { medium, snapshots }: OpenStoreOptions,
  meta: Meta,
  done: (error: StorageError | null, log: RecoveredLog | null, recordCount: number) => void,
): void {
  const recovery = new Recovery(meta);
  let recordCount = 0;
  medium.scan(
    { fromIndex: 1, toIndex: LAST_KEY },
    (record) => {
      recordCount += 1;
      recovery.add(record);
      return true;
    },
    (error) => {
      done(error, error === null ? recovery.finish(snapshots) : null, recordCount);
    },
  );
}

function newMeta({ backend, identity }: Claim): Meta {
  const { clusterId, nodeId } = identity;
  return {
    generation: 0,
    incarnation: 0,
    backend,
    voterCount: 0,
    clusterId,
    nodeId,
    term: 0,
    votedFor: null,
    commitIndex: 0,
    mark: LOG_START,
    base: LOG_START,
    repairUntil: null,
    tail: [],
  };
}

/** A DAMAGED error that names every lost or altered entry; null when there are none. */
export function damageOf(faults: readonly LogFault[], description: string): StorageError | null {
  if (faults.length === 0) return null;
  const list = faults.map(({ fromIndex, toIndex, fault }) =>
    fromIndex === toIndex
      ? `entry ${fromIndex}: ${fault}`
      : `entries ${fromIndex} to ${toIndex}: ${fault}`,
  );
  return new StorageError('DAMAGED', `${description} is damaged: ${list.join('; ')}`);
}

/** Makes the medium agree with what was recovered, then both pages. */
function startStore(
  options: OpenStoreOptions,
  found: ChosenMeta & { readonly log: RecoveredLog },
  opened: Opened,
): void {
  const { medium, durability } = options;
  const { log, slot } = found;
  const clusterId = log.meta.clusterId === '' ? options.identity.clusterId : log.meta.clusterId;
  const incarnation = log.meta.incarnation + 1;
  const repair = repairOf(options, log, found.meta);
  const repairUntil = repair === null ? null : { index: repair.untilIndex, term: repair.untilTerm };
  const meta: Meta = { ...log.meta, clusterId, incarnation, repairUntil };
  // Keys below the base may wait; the others are about to be used again.
  const isStale = (firstIndex: LogIndex): boolean => firstIndex <= meta.base.index;
  const deletes = log.repairs.filter(({ type }) => type === 'delete').map((one) => one.firstIndex);
  const staleKeys = [...deletes, ...log.removals].filter(isStale);
  const repairs = log.repairs.filter(
    ({ type, firstIndex }) => type === 'put' || !isStale(firstIndex),
  );
  const removals = log.removals.filter((firstIndex) => !isStale(firstIndex));
  const first: Meta = { ...meta, generation: meta.generation + 1 };
  const second: Meta = { ...meta, generation: meta.generation + 2 };
  const identity = { clusterId, nodeId: meta.nodeId };
  const mended = found.faults.map((fault) => `${fault}; it was written anew from the other page`);
  const step = new StoreStep({ meta: second, slot, records: log.records, staleKeys, durability });
  const faults = options.faults ?? null;
  const below = faults === null ? medium : new FaultedMedium(medium, faults);
  const store = new StepStore({ ...options, medium: below, step });
  inOrder(
    [
      (done) => change(medium, repairs, done),
      // The page just read goes last: the other may be the one a crash has torn.
      (done) => medium.writeMeta(slot === 'a' ? 'b' : 'a', encodeMeta(first), true, done),
      (done) => medium.writeMeta(slot, encodeMeta(second), true, done),
      (done) => (removals.length === 0 ? done(null) : change(medium, removals.map(deletion), done)),
      (done) => medium.writeIdentity(identity, done),
    ],
    (error) => {
      if (error !== null) opened(error, null);
      else opened(null, { store, identity, recovered: log.state, repair, mended, incarnation });
    },
  );
}

/** What is still to be repaired: by what was found now, or by what an earlier opening found. */
function repairOf(options: OpenStoreOptions, log: RecoveredLog, before: Meta): LogRepair | null {
  const damage = damageOf(log.faults, options.description);
  let until = before.repairUntil;
  if (damage !== null && (until === null || isUpToDate(before.mark, until))) until = before.mark;
  if (until === null || options.repair === 'accept-loss') return null;
  if (isUpToDate(log.records.last, until)) return null;
  return {
    description: damage?.message ?? `${options.description} was damaged and is being repaired`,
    untilIndex: until.index,
    untilTerm: until.term,
  };
}

function deletion(firstIndex: LogIndex): RecordOperation {
  return { type: 'delete', firstIndex };
}

/** Also with nothing to change: what was recovered is durable from here on. */
function change(medium: LogMedium, operations: readonly RecordOperation[], done: Done): void {
  if (operations.length === 0) medium.sync(done);
  else medium.writeBatch(operations, true, done);
}

type Action = (done: (error: StorageError | null) => void) => void;

function inOrder(actions: readonly Action[], done: (error: StorageError | null) => void): void {
  const [first, ...rest] = actions;
  if (first === undefined) {
    done(null);
    return;
  }
  first((error) => {
    if (error === null) inOrder(rest, done);
    else done(error);
  });
}
