import type { LogWrite } from '../../node-engine/log/log-store.ts';
import type { SnapshotMeta } from '../../node-engine/raft/types.ts';
import { entriesOf, type LoggedEntry } from './faulty-world.ts';
import { run, singles, snapshotAt } from './runs.ts';
import { writeOf } from './faulty-world.ts';

/** The deliberately simple twin of a log store: what a write means, without a disk. */
export interface LogModel {
  readonly term: number;
  readonly votedFor: string | null;
  /** Everything at or below is covered by a snapshot and may be gone. */
  readonly base: number;
  readonly entries: readonly LoggedEntry[];
  /** First indices of runs, where a truncation may start. */
  readonly starts: readonly number[];
  readonly snapshots: readonly SnapshotMeta[];
}

export const EMPTY_MODEL: LogModel = {
  term: 0,
  votedFor: null,
  base: 0,
  entries: [],
  starts: [],
  snapshots: [],
};

export function lastOf(model: LogModel): number {
  return model.entries.at(-1)?.index ?? model.base;
}

/** What the model is after a write. */
export function modelAfter(model: LogModel, write: LogWrite): LogModel {
  let { base, entries, starts } = model;
  if (write.install !== null) {
    base = write.install.lastIncludedIndex;
    entries = [];
    starts = [];
  }
  const { truncateFrom, trimThrough } = write;
  if (truncateFrom !== null) {
    entries = entries.filter((entry) => entry.index < truncateFrom);
    starts = starts.filter((start) => start < truncateFrom);
  }
  entries = [...entries, ...entriesOf(write.append)];
  starts = [...starts, ...write.append.map((one) => one.firstIndex)];
  if (trimThrough !== null) {
    const kept = starts.filter((_, position) => {
      const next = starts[position + 1] ?? (entries.at(-1)?.index ?? base) + 1;
      return next - 1 > trimThrough;
    });
    const first = kept[0] ?? (entries.at(-1)?.index ?? base) + 1;
    base = Math.max(base, first - 1);
    entries = entries.filter((entry) => entry.index > base);
    starts = kept;
  }
  return {
    ...model,
    term: write.hardState?.term ?? model.term,
    votedFor: write.hardState === null ? model.votedFor : write.hardState.votedFor,
    base,
    entries,
    starts,
  };
}

/** One step of a script: a snapshot that became durable, a write, or a second that passed. */
export type ScriptStep =
  | { readonly type: 'write'; readonly write: LogWrite }
  | { readonly type: 'snapshot'; readonly snapshot: SnapshotMeta }
  | { readonly type: 'time' };

function write(parts: Partial<LogWrite>): ScriptStep {
  return { type: 'write', write: writeOf(parts) };
}

function hardState(term: number, votedFor: string | null, commitIndex = 0): Partial<LogWrite> {
  return { hardState: { term, votedFor, commitIndex } };
}

/** Everything a store does, once: small and large appends, truncation, trim, install, votes. */
export function fullScript(): ScriptStep[] {
  return [
    write(hardState(1, '1')),
    write({ append: [run(1, 1, 1)] }),
    write({ append: singles(2, 4, 1) }),
    write({ append: [run(5, 600, 1)] }),
    { type: 'time' },
    write({ append: [run(605, 2, 1)] }),
    write({ ...hardState(2, null), truncateFrom: 605, append: [run(605, 1, 2)] }),
    write({ append: [run(606, 3, 2)] }),
    write({ truncateFrom: 606 }),
    write({ append: singles(606, 610, 2) }),
    { type: 'snapshot', snapshot: snapshotAt(604, 1) },
    write({ trimThrough: 500 }),
    write({ trimThrough: 604, append: [run(611, 2, 2)] }),
    write({ hardState: { term: 2, votedFor: null, commitIndex: 611 } }),
    { type: 'time' },
    write({ ...hardState(3, '2', 611), truncateFrom: 613, append: [run(613, 700, 3)] }),
    write({ truncateFrom: 613, append: [run(613, 700, 3), run(1313, 1, 3)] }),
    { type: 'snapshot', snapshot: snapshotAt(2000, 4) },
    write({ ...hardState(4, null), install: snapshotAt(2000, 4) }),
    write({ append: [run(2001, 4, 4)] }),
    // A snapshot that disagrees with the entry at its index replaces the log (Raft paper figure 13).
    { type: 'snapshot', snapshot: snapshotAt(2003, 5) },
    write({ ...hardState(5, null), install: snapshotAt(2003, 5), append: [run(2004, 2, 5)] }),
    { type: 'snapshot', snapshot: snapshotAt(2005, 5) },
    write({ trimThrough: 2005 }),
    write({ append: [run(2006, 1, 5)] }),
  ];
}
