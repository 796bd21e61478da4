/** How the disks of one schedule behave. Times in microseconds. */
export interface DiskProfile {
  /** A read or an unsynced write takes `writeUs`; a sync takes `syncMinUs` plus a draw below the span. */
  readonly writeUs: number;
  readonly syncMinUs: number;
  readonly syncSpanUs: number;
  /** Probability that a sync stalls, and for how long at most. */
  readonly stall: number;
  readonly stallUs: number;
  /** On a crash any subset of the unsynced writes survives, not only a prefix. */
  readonly unordered: boolean;
  /** Probability that a meta page that is being written is torn by a crash. */
  readonly torn: number;
  /** Probability that a read of records fails. */
  readonly readError: number;
}

/** A disk that is never slow. */
export const QUICK_DISK: DiskProfile = {
  writeUs: 50,
  syncMinUs: 200,
  syncSpanUs: 0,
  stall: 0,
  stallUs: 0,
  unordered: false,
  torn: 0,
  readError: 0,
};

/** What happens to the disk from now on. */
export interface DiskFaults {
  /** The next write or sync fails, and everything after it on this handle is a lie. */
  failNext: boolean;
  /** Writes fail with a full disk until it is freed. */
  isFull: boolean;
  /** Every sync takes at least this long. */
  slowUs: number;
  /** The next read of records fails. */
  failRead: boolean;
  /** What ends now waits until the disk is let go; only scripts set it. */
  isHeld: boolean;
}

/** What the world gives a disk. */
export interface DiskWorld {
  readonly nowUs: () => number;
  /** Runs `task` at now + `delayUs` if the handle is still open then. */
  readonly later: (delayUs: number, task: () => void) => void;
  /** The store did what it must not do. */
  readonly complain: (what: string) => void;
  /** Something is about to happen that a crash may fall before. False when the node is dead. */
  readonly effect: (name: string) => boolean;
}
