/** What a run has counted. */
export interface WorldCounts {
  events: number;
  /** Those of `events` past the length of the schedule: what recovery needed beyond its share. */
  overtime: number;
  messages: number;
  /** Messages that came to a server, whether it was running or not. */
  arrivals: number;
  elections: number;
  crashes: number;
  restarts: number;
  snapshots: number;
  membershipChanges: number;
  writesAnswered: number;
  readsAnswered: number;
  /** Those of `readsAnswered` that a node answered which did not lead. */
  followerReads: number;
  /** Reads with a greatest age, by any node. */
  agedReads: number;
  /** Schedules whose clients' whole history was checked, and the operations in them. */
  histories: number;
  historyOperations: number;
}

/** Nothing counted yet. */
export function zeroCounts(): WorldCounts {
  return {
    events: 0,
    overtime: 0,
    messages: 0,
    arrivals: 0,
    elections: 0,
    crashes: 0,
    restarts: 0,
    snapshots: 0,
    membershipChanges: 0,
    writesAnswered: 0,
    readsAnswered: 0,
    followerReads: 0,
    agedReads: 0,
    histories: 0,
    historyOperations: 0,
  };
}
