import { performance } from 'node:perf_hooks';

/** What asks a program in the foreground to end. */
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** The same signal this soon is the same request, delivered twice. */
const SAME_REQUEST_MS = 250;

/** Signals that ask this process to end. */
export interface EndSignals {
  /** Settles with the first one. */
  readonly first: Promise<NodeJS.Signals>;
  /** Lets the signals do what they do by default again. */
  readonly release: () => void;
}

/**
 * Listens from now on. The first signal settles `first`; one that comes a second time calls `onSecond`.
 *
 * A terminal and whoever started us may each pass on one Ctrl-C, as different signals, and some
 * programs send theirs to us and to our process group: neither is a second request.
 *
 * @param others signals that mean something else to this program
 */
export function listenForEnd(
  onSecond: (signal: NodeJS.Signals) => void,
  others: readonly NodeJS.Signals[] = [],
): EndSignals {
  const seenMs = new Map<NodeJS.Signals, number>();
  let settle: (signal: NodeJS.Signals) => void = () => undefined;
  const first = new Promise<NodeJS.Signals>((resolve) => {
    settle = resolve;
  });
  const onSignal = (signal: NodeJS.Signals): void => {
    const firstMs = seenMs.get(signal);
    if (firstMs === undefined) {
      seenMs.set(signal, performance.now());
      settle(signal);
    } else if (performance.now() - firstMs > SAME_REQUEST_MS) onSecond(signal);
  };
  const signals = SIGNALS.filter((signal) => !others.includes(signal));
  for (const signal of signals) process.on(signal, onSignal);
  return {
    first,
    release: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
