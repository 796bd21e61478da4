import { type MetricsPoint, withPoint } from '../../contract/metrics.ts';
import { BUCKET_MS } from './recording-store.ts';

/** Seconds kept in memory: what a window asks for when it is opened. */
const POINTS_MAX = 600;

/** The figures of the last ten minutes, and which of them are not on disk yet. */
export class MetricsHistory {
  #points: readonly MetricsPoint[] = [];
  /** The buckets in which something has changed since they were taken. */
  readonly #dirty = new Set<number>();

  add(point: MetricsPoint): void {
    this.#points = withPoint(this.#points, point, POINTS_MAX);
    this.#dirty.add(bucketOf(point));
  }

  /** The points between two times; null when it does not reach back so far. */
  between(fromMs: number, toMs: number): readonly MetricsPoint[] | null {
    const first = this.#points[0];
    if (first === undefined || first.timeMs > fromMs) return null;
    return this.#points.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs);
  }

  /** All that is in memory. */
  all(): readonly MetricsPoint[] {
    return this.#points;
  }

  /**
   * What is to be written: each changed bucket, whole, under the time of its first second. What an
   * earlier host wrote of the same ten seconds began before that, and stays.
   */
  take(): ReadonlyMap<number, readonly MetricsPoint[]> {
    const buckets = new Map<number, readonly MetricsPoint[]>();
    for (const startMs of this.#dirty) {
      const points = this.#points.filter((point) => bucketOf(point) === startMs);
      const [first] = points;
      if (first !== undefined) buckets.set(first.timeMs, points);
    }
    this.#dirty.clear();
    return buckets;
  }
}

function bucketOf({ timeMs }: MetricsPoint): number {
  return Math.floor(timeMs / BUCKET_MS) * BUCKET_MS;
}
