import type { LogWrite, OpenedLog, StorageError } from '../../node-engine/log/log-store.ts';
import type { Durability, RepairMode } from '../../node-engine/log/log-store.ts';
import { openStore } from '../../node-engine/log/open-store.ts';
import type { Run, SnapshotMeta } from '../../node-engine/raft/types.ts';
import { FaultyMedium, type DiskImage, type Survival } from './faulty-medium.ts';
import { COMMAND_BYTES, offsetOfCommand } from './runs.ts';

/** An entry as it must be found again. */
export interface LoggedEntry {
  readonly index: number;
  readonly term: number;
  readonly bytes: string;
}

/** The entries of runs. */
export function entriesOf(runs: readonly Run[]): LoggedEntry[] {
  return runs.flatMap((one) =>
    Array.from({ length: one.count }, (_, offset): LoggedEntry => {
      const bytes = one.bytes.subarray(offset * COMMAND_BYTES, (offset + 1) * COMMAND_BYTES);
      const text = Buffer.from(bytes).toString('latin1');
      return { index: one.firstIndex + offset, term: one.term, bytes: text };
    }),
  );
}

/** A store on a faulty disk, driven by hand: nothing ends before `land`. */
export class FaultyWorld {
  readonly medium: FaultyMedium;
  readonly #tasks: (() => void)[] = [];
  readonly #timers: (() => void)[] = [];
  opened: OpenedLog | null = null;
  error: StorageError | null = null;

  constructor(
    image: DiskImage,
    durability: Durability,
    snapshots: readonly SnapshotMeta[],
    repair: RepairMode = 'refuse',
    synced = image,
  ) {
    this.medium = new FaultyMedium(image, synced);
    openStore(
      {
        backend: 'memory',
        medium: this.medium,
        identity: { clusterId: '', nodeId: '1' },
        durability,
        snapshots,
        offsetOfCommand,
        description: 'the disk',
        repair,
        schedule: (ms, task) => {
          const list = ms === 0 ? this.#tasks : this.#timers;
          list.push(task);
          return () => {
            const position = list.indexOf(task);
            if (position >= 0) list.splice(position, 1);
          };
        },
      },
      (error, opened) => {
        this.error = error;
        this.opened = opened;
      },
    );
  }

  /** Runs what needs no disk. */
  settle(): void {
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) task();
  }

  /** Ends operations, and what they start, until the disk is idle. */
  landAll(): void {
    this.settle();
    while (this.medium.flightCount > 0) {
      this.medium.land();
      this.settle();
    }
  }

  /** The second passes after which medium durability syncs. */
  passTime(): void {
    for (const task of this.#timers.splice(0)) task();
    this.settle();
  }

  /** The store; throws why it could not be opened. */
  store(): OpenedLog {
    this.landAll();
    if (this.opened === null) throw this.error ?? new Error('the store is still opening');
    return this.opened;
  }

  /** All entries, as a reader gets them. */
  entries(): LoggedEntry[] {
    const { store, recovered } = this.store();
    const answers: (readonly Run[])[] = [];
    const range = { fromIndex: recovered.firstIndex, toIndex: 1e6, bytesMax: 1e9 };
    store.read(range, (error, runs) => {
      if (error !== null) throw error;
      answers.push(runs);
    });
    this.landAll();
    const [found] = answers;
    if (found === undefined) throw new Error('the read was not answered');
    return entriesOf(found);
  }
}

/** Every way a list of operations in flight may look after a crash. */
export function survivals(count: number): Survival[][] {
  if (count === 0) return [[]];
  const rest = survivals(count - 1);
  return (['lost', 'kept', 'torn'] satisfies Survival[]).flatMap((first) =>
    rest.map((others) => [first, ...others]),
  );
}

/** A whole write from the parts that matter. */
export function writeOf(parts: Partial<LogWrite>): LogWrite {
  return {
    hardState: null,
    install: null,
    truncateFrom: null,
    append: [],
    trimThrough: null,
    ...parts,
  };
}
