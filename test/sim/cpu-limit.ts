const MICROSECONDS = 1e6;

/**
 * Whether this process has used so many seconds of processor time since the call: unlike time on the
 * clock, that does not depend on what else the machine is doing, and neither then does the outcome.
 */
export function cpuLimit(seconds: number): () => boolean {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return user + system > seconds * MICROSECONDS;
  };
}
