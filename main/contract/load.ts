import { argumentError, fieldsOf, integer, type Check } from './argument.ts';
import { id } from './field-checks.ts';

/*
 * A workload that the host runs against a cluster over real connections, and what became of it. Every
 * write has a value of its own, so that afterwards a checker can say whether one order of all
 * operations explains every answer (linearizability, Herlihy and Wing 1990).
 */

/** How much is asked of the cluster, and for how long. */
export interface LoadRequest {
  /** Clients with a connection each; every one has one operation under way at a time: 1 to 64. */
  readonly clients: number;
  /** Share of reads, percent. */
  readonly readPercent: number;
  /** Keys in use at a time: 1 to 256. Worn ones are left for fresh ones. */
  readonly keys: number;
  /** Operations a second, all clients together: 1 to 2,000. */
  readonly opsPerSecond: number;
  /** 1,000 to 600,000. */
  readonly durationMs: number;
}

/** The limits of a `LoadRequest`, both ends included. */
export const LOAD_LIMITS = {
  clients: { min: 1, max: 64 },
  readPercent: { min: 0, max: 100 },
  keys: { min: 1, max: 256 },
  opsPerSecond: { min: 1, max: 2_000 },
  durationMs: { min: 1_000, max: 600_000 },
} as const;

/** Operations by what is known of them. An operation that was refused was not done. */
export interface LoadCounts {
  readonly done: number;
  readonly notDone: number;
  /** It may or may not have been done: no answer came, or one that says so. */
  readonly unknown: number;
}

/** One second of a run. */
export interface LoadSecond extends LoadCounts {
  /** When it began, Unix ms of the host. */
  readonly timeMs: number;
  /** Of the operations that were done in it; null when none was. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** Why operations were not done, or are not known to be. */
export interface LoadError {
  /** `CLUSTERDOWN`, `no connection`, `no answer within 1.5 s`. */
  readonly kind: string;
  readonly outcome: 'not done' | 'unknown';
  readonly count: number;
}

/** One operation of a history, for people. */
export interface LoadOperation {
  readonly id: number;
  readonly client: number;
  readonly action: 'read' | 'write';
  /** What was written, or what was read; null when nothing was there, or nothing was answered. */
  readonly value: string | null;
  readonly fromMs: number;
  /** Unix ms; null when no answer came. */
  readonly toMs: number | null;
  readonly outcome: 'done' | 'unknown';
}

/** Operations on one key that no order explains. */
export interface LoadViolation {
  readonly key: string;
  /** How many operations on the key there were. */
  readonly operations: number;
  /** The end of the longest order that was found, at most 4. */
  readonly after: readonly LoadOperation[];
  /** The operations of which none can come next, at most 8. */
  readonly stuckOn: readonly LoadOperation[];
}

/** What the checker says of a run. */
export interface LoadVerdict {
  /** 'undecided': for some key the search reached its limit, so that nothing is claimed. */
  readonly verdict: 'linearizable' | 'not linearizable' | 'undecided';
  readonly keys: number;
  readonly undecidedKeys: number;
  /** Keys that nobody could read once more at the end: whether they kept what was written is open. */
  readonly unreadKeys: number;
  readonly operations: number;
  readonly elapsedMs: number;
  /** At most 10, the earliest first. */
  readonly violations: readonly LoadViolation[];
}

/**
 * What the checker said of a run that still goes on. Whatever is linearizable is so up to any moment, so
 * that an order which cannot be found for a part cannot be found for the whole.
 */
export interface LoadSoFar {
  readonly verdict: LoadVerdict['verdict'];
  /** The operations that it was asked about, those without an answer at that moment included. */
  readonly operations: number;
  /** The moment, Unix ms: every answer that had come by then was looked at, and none after. */
  readonly upToMs: number;
}

/** A run of the workload, whole; pushed four times a second while it runs. */
export interface LoadView {
  readonly clusterId: string;
  /** Tells one run from the next; part of its keys. */
  readonly runId: string;
  readonly request: LoadRequest;
  readonly state: 'running' | 'checking' | 'ended';
  readonly startedAtMs: number;
  /** When the last operation ended; null while it runs. */
  readonly endedAtMs: number | null;
  /** Why it ended, for people; null while it runs. */
  readonly endReason: string | null;
  readonly counts: LoadCounts;
  /** Operations done in the last whole second. */
  readonly donePerSecond: number;
  /** Of what was done in the last five seconds. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** The longest time in which nothing was done, and when it began. */
  readonly longestGapMs: number;
  readonly longestGapAtMs: number | null;
  readonly errors: readonly LoadError[];
  /** The last minute, oldest first. */
  readonly seconds: readonly LoadSecond[];
  readonly verdict: LoadVerdict | null;
  /** Whether its keys are gone from the cluster again; false while it runs. */
  readonly keysDeleted: boolean;
  /** The last check of a run that goes on; null before the first, and when it has ended. */
  readonly soFar: LoadSoFar | null;
  /** Why there is no verdict although it ended, or null. */
  readonly problem: string | null;
}

/** What is pushed for the topic 'load'. */
export interface LoadPush {
  readonly clusterId: string;
  /** Null while none has run since the host started. */
  readonly load: LoadView | null;
}

/** A history that was written to disk. */
export interface SavedHistory {
  /** JSON Lines, one operation a line. */
  readonly path: string;
  readonly operations: number;
  readonly bytes: number;
}

/** A request to start a load, each figure within its limits. */
export const checkStartLoad: Check<LoadRequest & { readonly clusterId: string }> = (value) => {
  const names = Object.keys(LOAD_LIMITS) as (keyof LoadRequest)[];
  const fields = fieldsOf(value, { required: ['clusterId', ...names], optional: [] });
  if (!fields.ok) return fields;
  const clusterId = id(fields.value.get('clusterId'), 'clusterId');
  if (!clusterId.ok) return clusterId;
  const figures = { clients: 0, readPercent: 0, keys: 0, opsPerSecond: 0, durationMs: 0 };
  for (const name of names) {
    const checked = integer(LOAD_LIMITS[name])(fields.value.get(name), name);
    if (!checked.ok) return checked;
    figures[name] = checked.value;
  }
  if (figures.readPercent === 100) {
    return argumentError(
      'readPercent',
      'must leave room for writes: reads of nothing prove nothing',
    );
  }
  return { ok: true, value: { clusterId: clusterId.value, ...figures } };
};
