import { assert } from './assert.ts';
import { lastIndexOf, RUN_COMMANDS, RUN_KIND_MASK, RUN_RESTORE } from './types.ts';
import type { LogIndex, Run } from './types.ts';

/*
 * Cutting runs. A run is cut only between entries, and a part keeps `originalFirstIndex`: an entry's
 * time and random stream are computed from its offset there, so replicas that hold an entry in
 * different parts still execute it alike.
 */

/** Byte offset of command number `count` in `bytes`, see RaftOptions. */
export type OffsetOfCommand = (bytes: Uint8Array, count: number) => number;

const UINT16_MAX = 0xffff;
const UINT32_MAX = 0xffff_ffff;
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/** What an entry-free run costs in memory and on a link, so that empty runs are not free. */
export const RUN_OVERHEAD_BYTES = 64;

/** What a run counts for in every limit that is in bytes. */
export function runCost(run: Pick<Run, 'bytes'>): number {
  return run.bytes.length + RUN_OVERHEAD_BYTES;
}

/** Index of the last entry of contiguous runs that follow `prevIndex`. */
export function endOfRuns(prevIndex: LogIndex, runs: readonly Run[]): LogIndex {
  const last = runs.length === 0 ? undefined : runs[runs.length - 1];
  return last === undefined ? prevIndex : lastIndexOf(last);
}

/**
 * Cuts a run in two before the entry at `index`.
 *
 * @param index in (firstIndex, lastIndex]: both parts have at least one entry
 * @returns null when the bytes do not hold the entries they claim, which only bytes from elsewhere can
 */
export function splitRun(
  run: Run,
  index: LogIndex,
  offsetOfCommand: OffsetOfCommand,
): { readonly left: Run; readonly right: Run } | null {
  assert(run.firstIndex < index && index <= lastIndexOf(run), 'a run is cut between two entries');
  const count = index - run.firstIndex;
  const offset = offsetOfCommand(run.bytes, count);
  if (!isInside(offset, run.bytes)) return null;
  return {
    left: { ...run, count, bytes: run.bytes.subarray(0, offset) },
    right: {
      ...run,
      firstIndex: index,
      count: run.count - count,
      bytes: run.bytes.subarray(offset),
    },
  };
}

/** The part of a run from `index` on; the run itself when nothing is cut off. */
export function runFrom(run: Run, index: LogIndex, offsetOfCommand: OffsetOfCommand): Run | null {
  if (index <= run.firstIndex) return run;
  return splitRun(run, index, offsetOfCommand)?.right ?? null;
}

/** The part of a run up to and with `index`; the run itself when nothing is cut off. */
export function runThrough(
  run: Run,
  index: LogIndex,
  offsetOfCommand: OffsetOfCommand,
): Run | null {
  if (index >= lastIndexOf(run)) return run;
  return splitRun(run, index + 1, offsetOfCommand)?.left ?? null;
}

/**
 * The longest beginning of a run that fits into `bytesMax`, and at least one entry: an entry larger
 * than the limit must travel all the same, and travels alone.
 *
 * The search doubles its steps before it halves them, because finding a command's offset means
 * reading over all commands before it.
 */
export function runPrefixWithin(
  run: Run,
  bytesMax: number,
  offsetOfCommand: OffsetOfCommand,
): Run | null {
  if (run.count === 1 || runCost(run) <= bytesMax) return run;
  const room = bytesMax - RUN_OVERHEAD_BYTES;
  let fits = 1;
  let tooMany = 2;
  while (tooMany < run.count && offsetOfCommand(run.bytes, tooMany) <= room) {
    fits = tooMany;
    tooMany *= 2;
  }
  tooMany = Math.min(tooMany, run.count);
  while (tooMany - fits > 1) {
    const middle = fits + Math.floor((tooMany - fits) / 2);
    if (offsetOfCommand(run.bytes, middle) <= room) fits = middle;
    else tooMany = middle;
  }
  return runThrough(run, run.firstIndex + fits - 1, offsetOfCommand);
}

/**
 * Whether a run keeps the invariants of its type and fits the format it is stored and sent in. The
 * bytes of its commands are not read: they are opaque here, and reading them would cost every
 * follower a pass over all data.
 */
export function isWellFormedRun(run: Run): boolean {
  const { flags, count, timeNs, seed } = run;
  return (
    isPositive(run.originalFirstIndex) &&
    isPositive(run.firstIndex) &&
    run.firstIndex >= run.originalFirstIndex &&
    isPositive(count) &&
    count <= UINT32_MAX &&
    isPositive(run.term) &&
    Number.isSafeInteger(run.firstIndex + count) &&
    Number.isInteger(flags) &&
    flags >= 0 &&
    flags <= UINT16_MAX &&
    (flags & RUN_KIND_MASK) <= RUN_RESTORE &&
    (count === 1 || (flags & RUN_KIND_MASK) === RUN_COMMANDS) &&
    typeof timeNs === 'bigint' &&
    timeNs >= -INT64_MAX &&
    timeNs <= INT64_MAX &&
    typeof seed === 'bigint' &&
    seed >= 0n &&
    seed <= UINT64_MAX &&
    run.bytes instanceof Uint8Array
  );
}

function isPositive(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

function isInside(offset: number, bytes: Uint8Array): boolean {
  return Number.isSafeInteger(offset) && offset > 0 && offset < bytes.length;
}
