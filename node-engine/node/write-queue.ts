import type { LogWrite } from '../log/log-store.ts';
import type { Ready } from '../raft/ready.ts';
import type { Run } from '../raft/types.ts';

/** Readys that become one write, and what is to happen when it is durable. */
export interface WriteGroup {
  readonly readys: readonly Ready[];
  /** Null when no Ready of the group has anything to persist. */
  readonly write: LogWrite | null;
}

/**
 * Readys in order, waiting for the one write that may be in flight.
 *
 * All that gather while a write is under way become the next write: the disk sets the pace and no
 * timer is needed (group commit). A Ready without anything to persist still waits for its turn,
 * because its answers may speak of entries that an earlier Ready is still writing.
 */
export class WriteQueue {
  #waiting: Ready[] = [];
  #inFlight = false;

  /** Adds a Ready behind all earlier ones. */
  push(ready: Ready): void {
    this.#waiting.push(ready);
  }

  /** True while a group was taken and not yet finished. */
  get busy(): boolean {
    return this.#inFlight;
  }

  /** True while Readys gather for the next write. */
  get waiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Takes everything that waits as one group, or null when there is nothing or a write is on. */
  take(): WriteGroup | null {
    if (this.#inFlight || this.#waiting.length === 0) return null;
    const readys = this.#waiting;
    this.#waiting = [];
    this.#inFlight = true;
    return { readys, write: mergeWrites(readys) };
  }

  /** The group taken last is durable. */
  finish(): void {
    this.#inFlight = false;
  }
}

/**
 * One write with the effect of the Readys' writes one after the other.
 *
 * A later truncation also removes what an earlier Ready of the group wanted appended; a received
 * snapshot makes all earlier log changes pointless.
 */
export function mergeWrites(readys: readonly Ready[]): LogWrite | null {
  if (!readys.some((ready) => ready.mustPersist)) return null;
  let hardState: LogWrite['hardState'] = null;
  let install: LogWrite['install'] = null;
  let truncateFrom: number | null = null;
  let append: Run[] = [];
  let trimThrough: number | null = null;
  for (const ready of readys) {
    hardState = ready.hardState ?? hardState;
    if (ready.install !== null) {
      install = ready.install;
      truncateFrom = null;
      append = [];
      trimThrough = null;
    }
    if (ready.truncateFrom !== null) {
      const from = ready.truncateFrom;
      // What is stored ends where the group's own runs begin: behind that, only they are cut.
      const isStored = append.every((run) => run.firstIndex > from);
      append = append.filter((run) => run.firstIndex < from);
      if (isStored) truncateFrom = Math.min(truncateFrom ?? from, from);
    }
    for (const run of ready.append) append.push(run);
    if (ready.trimThrough !== null) trimThrough = Math.max(trimThrough ?? 0, ready.trimThrough);
  }
  return { hardState, install, truncateFrom, append, trimThrough };
}
