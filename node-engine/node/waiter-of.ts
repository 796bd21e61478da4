import type { LogIndex } from '../raft/types.ts';
import type { Reply } from '../resp/value.ts';
import type { WriteFailure, WriteWaiter } from './driver-ports.ts';

/** A waiter made of two functions, where speed does not matter. */
export function waiterOf(
  applied: (reply: Reply, index: LogIndex) => void,
  failed: (failure: WriteFailure) => void,
): WriteWaiter {
  return { applied, failed };
}
