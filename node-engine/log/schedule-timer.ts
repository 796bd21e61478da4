/** A `Schedule` by the process's own timers; a waiting timer does not keep the process alive. */
export function scheduleTimer(ms: number, task: () => void): () => void {
  if (ms === 0) return scheduleMicrotask(task);
  const timer = setTimeout(task, ms);
  timer.unref();
  return () => clearTimeout(timer);
}

function scheduleMicrotask(task: () => void): () => void {
  let isCancelled = false;
  queueMicrotask(() => {
    if (!isCancelled) task();
  });
  return () => {
    isCancelled = true;
  };
}
