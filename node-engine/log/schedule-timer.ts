/** A `Schedule` by the process's own timers; a waiting timer does not keep the process alive. */
export function scheduleTimer(ms: number, task: () => void): () => void {
  const timer = setTimeout(task, ms);
  timer.unref();
  return () => clearTimeout(timer);
}
