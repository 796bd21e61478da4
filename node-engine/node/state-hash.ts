import type { Machine } from '../machine/machine.ts';

/**
 * Hashes a machine's state as it is now, a slice at a time where the machine can, so that heartbeats
 * and clients get their turn in between.
 *
 * @param defer runs a task after what is waiting now: `setImmediate`
 * @param done called once, at once or later
 */
export function hashInSlices(
  machine: Machine,
  defer: (task: () => void) => void,
  done: (error: Error | null, hash: string) => void,
): void {
  const hashing = machine.beginStateHash?.();
  if (hashing === undefined) {
    done(null, machine.stateHash());
    return;
  }
  const goOn = (): void => {
    let hash: string | null;
    try {
      hash = hashing.next();
    } catch (error) {
      hashing.release();
      done(error instanceof Error ? error : new Error(String(error)), '');
      return;
    }
    if (hash === null) {
      defer(goOn);
      return;
    }
    hashing.release();
    done(null, hash);
  };
  goOn();
}
