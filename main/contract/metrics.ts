import type { ClusterView, EventView, NodeStatusView } from './model.ts';

/*
 * The figures of a cluster, second by second. The host keeps ten minutes of them in memory and a day
 * in the recording; a window that watches makes the same points from what is pushed to it.
 */

/** What one node said in one second; null where it has said nothing of it. */
export interface NodeMetrics {
  /** Entries behind the leader, as the leader has it; null on the leader and without one. */
  readonly lag: number | null;
  readonly fsyncP99Ms: number | null;
  readonly logBytes: number;
  readonly residentBytes: number;
}

/** One second of a cluster. A node that was not heard in it is absent. */
export interface MetricsPoint {
  /** When the second begins, Unix ms. */
  readonly timeMs: number;
  readonly leaderId: string | null;
  readonly term: number | null;
  /** Writes and reads that were answered; null while nobody was heard. */
  readonly operationsPerSecond: number | null;
  /** Proposal to commit at the leader, ms; null while nothing was written. */
  readonly commitP50Ms: number | null;
  readonly commitP99Ms: number | null;
  readonly nodes: Readonly<Record<string, NodeMetrics>>;
}

/** The figures of a stretch of time. */
export interface MetricsView {
  readonly clusterId: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** In order of time; several seconds are one point where the stretch is long. */
  readonly points: readonly MetricsPoint[];
  /** What may explain a figure: elections won, faults, ends of processes; in order of time. */
  readonly marks: readonly EventView[];
}

/** A node's word older than this is not of this second. */
const FRESH_MS = 2_000;
const SECOND_MS = 1_000;

/** The second that a picture is of. */
export function metricsPointOf({ timeMs, health, nodes }: ClusterView): MetricsPoint {
  const heard = nodes.flatMap(({ id, status, connected, heardAtMs, process }) => {
    const isFresh = heardAtMs !== null && timeMs - heardAtMs <= FRESH_MS;
    return status === null || !connected || !isFresh || process === 'frozen'
      ? []
      : [{ id, status }];
  });
  const leader = heard.find(({ id }) => id === health.leaderId)?.status ?? null;
  return {
    timeMs: Math.floor(timeMs / SECOND_MS) * SECOND_MS,
    leaderId: health.leaderId,
    term: health.term,
    operationsPerSecond:
      heard.length === 0
        ? null
        : heard.reduce(
            (sum, { id, status }) =>
              sum + status.readsPerSecond + (id === health.leaderId ? status.writesPerSecond : 0),
            0,
          ),
    commitP50Ms: leader?.commitP50Ms ?? null,
    commitP99Ms: leader?.commitP99Ms ?? null,
    nodes: Object.fromEntries(
      heard.map(({ id, status }) => [id, nodeMetricsOf(id, status, leader)] as const),
    ),
  };
}

function nodeMetricsOf(
  id: string,
  { fsyncP99Ms, logBytes, residentBytes }: NodeStatusView,
  leader: NodeStatusView | null,
): NodeMetrics {
  const progress = leader?.followers.find((follower) => follower.id === id);
  // A new leader counts from zero until the follower has answered: that is no lag.
  const isKnown =
    progress !== undefined && (progress.state !== 'probe' || progress.matchIndex !== 0);
  const lag =
    leader === null || !isKnown ? null : Math.max(0, leader.lastIndex - progress.matchIndex);
  return { lag, fsyncP99Ms, logBytes, residentBytes };
}

/** Two pictures of one second, or of neighbouring ones: of what hurts the worst, else the later. */
export function mergedPoint(before: MetricsPoint, later: MetricsPoint): MetricsPoint {
  const nodes: Record<string, NodeMetrics> = { ...before.nodes };
  for (const [id, next] of Object.entries(later.nodes)) {
    const known = nodes[id];
    nodes[id] = {
      ...next,
      lag: worst(known?.lag ?? null, next.lag),
      fsyncP99Ms: worst(known?.fsyncP99Ms ?? null, next.fsyncP99Ms),
    };
  }
  return {
    ...later,
    timeMs: before.timeMs,
    operationsPerSecond: later.operationsPerSecond ?? before.operationsPerSecond,
    commitP50Ms: later.commitP50Ms ?? before.commitP50Ms,
    commitP99Ms: worst(before.commitP99Ms, later.commitP99Ms),
    nodes,
  };
}

function worst(left: number | null, right: number | null): number | null {
  return left === null || right === null ? (left ?? right) : Math.max(left, right);
}

/** The points after one more picture, the last `max` of them. */
export function withPoint(
  points: readonly MetricsPoint[],
  point: MetricsPoint,
  max: number,
): readonly MetricsPoint[] {
  const last = points.at(-1);
  // A clock that was set back begins anew: two points must not have one time.
  const kept = last !== undefined && last.timeMs > point.timeMs ? [] : points;
  if (last === undefined || last.timeMs !== point.timeMs) return [...kept, point].slice(-max);
  return [...kept.slice(0, -1), mergedPoint(last, point)];
}

/** As many points as asked for at most, each of several seconds where there are more. */
export function thinnedPoints(
  points: readonly MetricsPoint[],
  max: number,
): readonly MetricsPoint[] {
  const size = Math.ceil(points.length / max);
  if (size <= 1) return points;
  const thinned: MetricsPoint[] = [];
  for (let at = 0; at < points.length; at += size) {
    const group = points.slice(at, at + size);
    thinned.push(group.reduce(mergedPoint));
  }
  return thinned;
}

/** Whether an event may explain a figure. */
export function explainsMetrics({ type, fields }: EventView): boolean {
  if (type === 'role') return fields['role'] === 'leader';
  return type === 'fault' || type === 'process-exited' || type === 'process-frozen';
}
