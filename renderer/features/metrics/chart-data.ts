import type { MetricsPoint, NodeMetrics } from '../../../main/contract/metrics.ts';
import type { EventView } from '../../../main/contract/model.ts';
import { formatCount, formatDuration, formatRate, NONE } from '../../ui/format.ts';
import { faultSpansOf } from '../timeline/happenings.ts';

/** A figure that has a line per node. */
export type NodeFigure = 'lag' | 'fsync' | 'memory' | 'log';
export type ChartId = 'elections' | 'latency' | 'operations' | NodeFigure;

/** One line of a chart: its values at the times that all charts share, null where there is none. */
export interface Line {
  readonly key: string;
  readonly label: string;
  /** Whose it is; null for a line of the whole cluster. */
  readonly nodeId: string | null;
  readonly values: readonly (number | null)[];
}

/** Two points further apart than this many usual steps have something unknown between them. */
const GAP_STEPS = 3;

/** The points with an empty one in every gap, so that no line is drawn across what nobody saw. */
export function withGaps(points: readonly MetricsPoint[]): readonly MetricsPoint[] {
  const steps = points.slice(1).map(({ timeMs }, at) => timeMs - (points[at]?.timeMs ?? timeMs));
  const usualMs = [...steps].sort((left, right) => left - right)[steps.length >> 1] ?? 1_000;
  return points.flatMap((point, at) => {
    const next = points[at + 1];
    const isGap = next !== undefined && next.timeMs - point.timeMs > GAP_STEPS * usualMs;
    return isGap ? [point, emptyPoint(point.timeMs + usualMs)] : [point];
  });
}

function emptyPoint(timeMs: number): MetricsPoint {
  const nothing = { operationsPerSecond: null, commitP50Ms: null, commitP99Ms: null };
  return { timeMs, leaderId: null, term: null, ...nothing, nodes: {} };
}

const FIGURES: Readonly<Record<NodeFigure, (node: NodeMetrics) => number | null>> = {
  lag: ({ lag }) => lag,
  fsync: ({ fsyncP99Ms }) => fsyncP99Ms,
  memory: ({ residentBytes }) => residentBytes / 1024 ** 2,
  log: ({ logBytes }) => logBytes / 1024 ** 2,
};

/** The lines of a chart. */
export function linesOf(
  chart: Exclude<ChartId, 'elections'>,
  points: readonly MetricsPoint[],
  nodes: readonly { readonly id: string; readonly name: string }[],
): readonly Line[] {
  const ofCluster = (
    key: string,
    label: string,
    read: (point: MetricsPoint) => number | null,
  ): Line => ({ key, label, nodeId: null, values: points.map(read) });
  switch (chart) {
    case 'latency':
      return [
        ofCluster('p99', 'p99', ({ commitP99Ms }) => commitP99Ms),
        ofCluster('p50', 'p50', ({ commitP50Ms }) => commitP50Ms),
      ];
    case 'operations':
      return [ofCluster('done', 'done', ({ operationsPerSecond }) => operationsPerSecond)];
    default: {
      const read = FIGURES[chart];
      return nodes.map(({ id, name }) => ({
        key: id,
        label: name,
        nodeId: id,
        values: points.map((point) => {
          const node = point.nodes[id];
          return node === undefined ? null : read(node);
        }),
      }));
    }
  }
}

/** A stretch of time in which something held. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly label: string;
}

/** A stretch in which one node led one term. */
export interface Reign extends Span {
  readonly nodeId: string;
  readonly term: number;
}

/** Who led, by term, as far as the points know. */
export function reignsOf(points: readonly MetricsPoint[]): readonly Reign[] {
  const reigns: Reign[] = [];
  for (const [at, { timeMs, leaderId, term }] of points.entries()) {
    if (leaderId === null || term === null) continue;
    const last = reigns.at(-1);
    const toMs = points[at + 1]?.timeMs ?? timeMs;
    const goesOn = last?.nodeId === leaderId && last.term === term && last.toMs === timeMs;
    if (goesOn) reigns[reigns.length - 1] = { ...last, toMs };
    else reigns.push({ nodeId: leaderId, term, fromMs: timeMs, toMs, label: String(term) });
  }
  return reigns;
}

/** Stretches in which nodes were heard and none led. */
export function leaderlessOf(points: readonly MetricsPoint[]): readonly Span[] {
  const spans: Span[] = [];
  for (const [at, { timeMs, leaderId, nodes }] of points.entries()) {
    if (leaderId !== null || Object.keys(nodes).length === 0) continue;
    const last = spans.at(-1);
    const toMs = points[at + 1]?.timeMs ?? timeMs;
    if (last?.toMs === timeMs) spans[spans.length - 1] = { ...last, toMs };
    else spans.push({ fromMs: timeMs, toMs, label: 'no leader' });
  }
  return spans;
}

/** When somebody was elected. */
export function electionTimes(marks: readonly EventView[]): readonly number[] {
  return marks.filter(({ type }) => type === 'role').map(({ timeMs }) => timeMs);
}

/** Faults in force between two times. */
export function faultsBetween(
  marks: readonly EventView[],
  fromMs: number,
  toMs: number,
): readonly Span[] {
  return faultSpansOf(marks)
    .map(({ fromMs: from, toMs: to, label }) => ({ fromMs: from, toMs: to ?? toMs, label }))
    .filter((span) => span.toMs >= fromMs && span.fromMs <= toMs);
}

/** The unit stands in the head of the chart. */
function formatMebibytes(value: number): string {
  return value.toFixed(value < 9.95 ? 2 : 1);
}

const WRITERS: Readonly<Record<Exclude<ChartId, 'elections'>, (value: number) => string>> = {
  latency: formatDuration,
  operations: (value) => `${formatRate(value)}/s`,
  lag: formatCount,
  fsync: formatDuration,
  memory: formatMebibytes,
  log: formatMebibytes,
};

/** A value as its chart writes it. */
export function written(chart: Exclude<ChartId, 'elections'>, value: number | null): string {
  return value === null ? NONE : WRITERS[chart](value);
}

/** Where among the times a moment stands: the point that it belongs to; null without any. */
export function indexAt(points: readonly MetricsPoint[], atMs: number): number | null {
  const at = points.findLastIndex(({ timeMs }) => timeMs <= atMs);
  return at < 0 ? null : at;
}
