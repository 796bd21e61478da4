import { lastIndexOf } from '../raft/types.ts';
import type { LogIndex, Run } from '../raft/types.ts';

/** Byte offset in a run's bytes of its command number `count`, 0-based. */
export type OffsetOfCommand = (bytes: Uint8Array, count: number) => number;

/** The part of a run that lies in [fromIndex, toIndex]; its bytes are a view. */
export function cutRun(
  run: Run,
  range: { readonly fromIndex: LogIndex; readonly toIndex: LogIndex },
  offsetOfCommand: OffsetOfCommand,
): Run {
  const firstIndex = Math.max(run.firstIndex, range.fromIndex);
  const lastIndex = Math.min(lastIndexOf(run), range.toIndex);
  if (firstIndex === run.firstIndex && lastIndex === lastIndexOf(run)) return run;
  const skipped = firstIndex - run.firstIndex;
  const count = lastIndex - firstIndex + 1;
  const start = skipped === 0 ? 0 : offsetOfCommand(run.bytes, skipped);
  const end =
    lastIndex === lastIndexOf(run) ? run.bytes.length : offsetOfCommand(run.bytes, skipped + count);
  return { ...run, firstIndex, count, bytes: run.bytes.subarray(start, end) };
}
