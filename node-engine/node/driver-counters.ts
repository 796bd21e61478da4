/** Counters of one driver since it was made. */
export interface DriverCounters {
  writes: number;
  reads: number;
  elections: number;
  logWrites: number;
  logWriteBytes: number;
  snapshotsInstalled: number;
  messagesSent: number;
  messagesReceived: number;
}

/** Counters of a driver that has done nothing yet. */
export function zeroCounters(): DriverCounters {
  return {
    writes: 0,
    reads: 0,
    elections: 0,
    logWrites: 0,
    logWriteBytes: 0,
    snapshotsInstalled: 0,
    messagesSent: 0,
    messagesReceived: 0,
  };
}
