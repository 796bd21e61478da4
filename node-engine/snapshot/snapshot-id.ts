import type { LogIndex, Term } from '../raft/types.ts';

/** Ends the name of a snapshot's file; its id comes before it. */
export const SNAPSHOT_EXTENSION = '.snapshot';

/**
 * The id of a snapshot on its node, and the name of its file: index, term, and Unix milliseconds of
 * its arrival, so that two snapshots at one index can stand beside each other.
 */
export function snapshotId(index: LogIndex, term: Term, atMs: number): string {
  return `${index}-${term}-${atMs}`;
}

/** When a snapshot was stored on its node, Unix milliseconds; null for what is no id. */
export function snapshotTimeMs(id: string): number | null {
  const atMs = /^\d+-\d+-(\d+)$/.exec(id)?.[1];
  return atMs === undefined ? null : Number(atMs);
}

/** Whether a string has the form of an id; anything else must never become part of a path. */
export function isSnapshotId(text: string): boolean {
  return /^\d{1,16}-\d{1,16}-\d{1,16}$/.test(text);
}
