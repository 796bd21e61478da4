import type { ActiveFault, PlacedFault } from './active-faults.ts';

/** A jump up by more than this is a new lease; less is a picture that came late. */
const EXTENDED_MS = 3_000;

/**
 * How long leases were. A node says only what is left of one: the whole of it is what was left when it
 * was first seen, and again whenever it grows.
 */
export class LeaseClock {
  readonly #byName = new Map<string, { wholeMs: number; leftMs: number }>();

  /** The whole lease of a row, milliseconds: of that part of it which ends first. Null without one. */
  whole({ key, parts, leftMs }: ActiveFault): number | null {
    if (leftMs === null) return null;
    if (parts.length === 0) return this.#wholeOf(key, leftMs);
    // By part: a row is another one when a node takes its part of it along.
    const wholes = parts.map((part) => ({
      part,
      wholeMs: this.#wholeOf(nameOf(part), part.leftMs),
    }));
    return wholes.find(({ part }) => part.leftMs === leftMs)?.wholeMs ?? null;
  }

  /** Forgets leases that are over. */
  keep(rows: readonly ActiveFault[]): void {
    const alive = new Set(rows.flatMap(({ key, parts }) => [key, ...parts.map(nameOf)]));
    for (const name of this.#byName.keys()) if (!alive.has(name)) this.#byName.delete(name);
  }

  #wholeOf(name: string, leftMs: number): number {
    const known = this.#byName.get(name);
    if (known === undefined || leftMs > known.wholeMs || leftMs > known.leftMs + EXTENDED_MS) {
      const wholeMs = roundLease(leftMs);
      this.#byName.set(name, { wholeMs, leftMs });
      return wholeMs;
    }
    known.leftMs = Math.min(known.leftMs, leftMs);
    return known.wholeMs;
  }
}

function nameOf({ nodeId, fault }: PlacedFault): string {
  return `${nodeId}/${fault.id}`;
}

/** A lease is asked for in whole seconds, and first seen a moment later. */
function roundLease(leftMs: number): number {
  return Math.ceil(leftMs / 1000) * 1000;
}
