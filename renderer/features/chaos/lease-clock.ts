import type { ActiveFault } from './active-faults.ts';

/** A jump up by more than this is a new lease; less is a picture that came late. */
const EXTENDED_MS = 3_000;

/**
 * How long leases were. A node says only what is left of one: the whole of it is what was left when it
 * was first seen, and again whenever it grows.
 */
export class LeaseClock {
  readonly #byKey = new Map<string, { wholeMs: number; leftMs: number }>();

  /** The whole lease of a row, milliseconds; null where it has none. */
  whole({ key, parts, leftMs }: ActiveFault): number | null {
    if (leftMs === null) return null;
    const ids = parts.map(({ nodeId, fault }) => `${nodeId}/${fault.id}`);
    const name = `${key} ${ids.join(' ')}`;
    const known = this.#byKey.get(name);
    if (known === undefined || leftMs > known.wholeMs || leftMs > known.leftMs + EXTENDED_MS) {
      const wholeMs = roundLease(leftMs);
      this.#byKey.set(name, { wholeMs, leftMs });
      return wholeMs;
    }
    known.leftMs = Math.min(known.leftMs, leftMs);
    return known.wholeMs;
  }

  /** Forgets leases that are over. */
  keep(rows: readonly ActiveFault[]): void {
    const alive = new Set(rows.map(({ key }) => key));
    for (const name of this.#byKey.keys()) {
      if (![...alive].some((key) => name.startsWith(`${key} `))) this.#byKey.delete(name);
    }
  }
}

/** A lease is asked for in whole seconds, and first seen a moment later. */
function roundLease(leftMs: number): number {
  return Math.ceil(leftMs / 1000) * 1000;
}
