import { type JSX, useEffect, useState } from 'react';
import { useStore } from 'zustand';

import type { MetricsPoint } from '../../../main/contract/metrics.ts';
import type { ClusterView } from '../../../main/contract/model.ts';
import { Button } from '../../ui/button.tsx';
import { formatClock, formatCount, formatPlural } from '../../ui/format.ts';
import { Segmented } from '../../ui/segmented.tsx';
import { Waiting } from '../../ui/waiting.tsx';
import { useApp } from '../app-context.tsx';
import { ClusterScreen } from '../shell/cluster-screen.tsx';
import { Chart, type ChartProps } from './chart.tsx';
import {
  type ChartId,
  electionTimes,
  faultsBetween,
  indexAt,
  leaderlessOf,
  type Line,
  linesOf,
  reignsOf,
  withGaps,
  written,
} from './chart-data.ts';
import './metrics.css';
import { MetricsTable } from './metrics-table.tsx';
import { useMetrics } from './use-metrics.ts';

/** How the cluster did over the last minutes, and what happened then. */
export function MetricsScreen(): JSX.Element {
  return <ClusterScreen>{(view) => <Metrics key={view.id} view={view} />}</ClusterScreen>;
}

const SPANS = [
  { value: '1', label: '1 min' },
  { value: '5', label: '5 min' },
  { value: '15', label: '15 min' },
] as const;

type SpanValue = (typeof SPANS)[number]['value'];

function Metrics({ view }: { readonly view: ClusterView }): JSX.Element {
  const app = useApp();
  const atMs = useStore(app.time.store, (time) => time.atMs);
  const [span, setSpan] = useState<SpanValue>('5');
  const [asTable, setAsTable] = useState(false);
  const metrics = useMetrics(view.id, Number(span) * 60_000);
  const { data, fromMs, toMs, problem } = metrics;
  const points = withGaps((data?.points ?? []).filter(({ timeMs }) => timeMs >= fromMs - 1_000));
  const marks = data?.marks ?? [];
  const nodes = view.nodes.filter(
    ({ id, removed }) => !removed || points.some((point) => id in point.nodes),
  );
  const backdrop = {
    faults: faultsBetween(marks, fromMs, toMs),
    leaderless: leaderlessOf(points),
    elections: electionTimes(marks),
    cursorMs: atMs,
  };
  return (
    <div className="metrics">
      <div className="toolbar">
        <h1 className="toolbar-title">Metrics</h1>
        <Segmented label="Time shown" options={SPANS} value={span} onChange={setSpan} />
        <Legend />
        <span className="toolbar-end">
          <Button onClick={() => setAsTable(!asTable)}>
            {asTable ? 'Show as charts' : 'Show as table'}
          </Button>
        </span>
      </div>
      <p className="visually-hidden" role="status">
        {summaryOf(view, points, backdrop.faults.length)}
      </p>
      {problem !== null && (
        <p className="metrics-note" role="alert">
          {problem} <Button onClick={metrics.readAgain}>Try again</Button>
        </p>
      )}
      {data === null ? (
        problem === null && (
          <Waiting
            what="Asking the host for the figures"
            rows={6}
            leave={{ label: 'Cancel', run: metrics.giveUp }}
          />
        )
      ) : points.length === 0 ? (
        <p className="metrics-note muted">Nothing was measured in this time.</p>
      ) : asTable ? (
        <MetricsTable
          points={points.filter((point) => Object.keys(point.nodes).length > 0)}
          nodes={nodes}
        />
      ) : (
        <Charts
          {...{ points, nodes, backdrop, fromMs, toMs }}
          onChoose={(timeMs) => app.time.go(timeMs)}
        />
      )}
    </div>
  );
}

/** The state of things in a sentence; it changes with who leads, not with every figure. */
function summaryOf(view: ClusterView, points: readonly MetricsPoint[], faults: number): string {
  const leaders = reignsOf(points);
  const last = leaders.at(-1);
  const name = view.nodes.find(({ id }) => id === last?.nodeId)?.name ?? 'nobody';
  const reigns = formatPlural(leaders.length, 'leadership');
  return `${reigns} in this time, the last of ${name}; ${formatPlural(faults, 'fault')}.`;
}

function Legend(): JSX.Element {
  return (
    <span className="metrics-legend" aria-hidden="true">
      <span className="metrics-key metrics-key-leader">leader</span>
      <span className="metrics-key metrics-key-election">election</span>
      <span className="metrics-key metrics-key-fault">fault</span>
      <span className="metrics-key metrics-key-leaderless">no leader</span>
    </span>
  );
}

type ChartsProps = Pick<ChartProps, 'nodes' | 'backdrop' | 'fromMs' | 'toMs' | 'onChoose'> & {
  readonly points: readonly MetricsPoint[];
};

const SIZES = [
  { value: 'memory', label: 'Memory' },
  { value: 'log', label: 'Log' },
] as const;

function Charts(props: ChartsProps): JSX.Element {
  const { points, backdrop } = props;
  const theme = useTheme();
  const [hovered, setHovered] = useState<number | null>(null);
  const [size, setSize] = useState<'memory' | 'log'>('memory');
  const times = points.map(({ timeMs }) => timeMs / 1000);
  const leaders = points.map(({ leaderId }) => leaderId);
  const shown =
    hovered ??
    (backdrop.cursorMs === null ? null : indexAt(points, backdrop.cursorMs)) ??
    points.length - 1;
  const shared = { ...props, times, leaders, theme, shown, onHover: setHovered };
  return (
    <div className="charts">
      <ChartCard {...shared} id="elections" title="Elections" unit="who led, by term" />
      <ChartCard {...shared} id="latency" title="Commit latency" unit="ms, log scale" isLog />
      <ChartCard {...shared} id="lag" title="Lag" unit="entries, log scale" isLog />
      <ChartCard {...shared} id="operations" title="Operations" unit="per second" />
      <ChartCard {...shared} id="fsync" title="fsync, p99" unit="ms" hasAxis />
      <ChartCard
        {...shared}
        id={size}
        title={<Segmented label="What of a node" options={SIZES} value={size} onChange={setSize} />}
        unit="MiB"
        hasAxis
      />
    </div>
  );
}

/** What the colours depend on: the setting, the system, and its contrast. */
function useTheme(): string {
  const setting = useStore(useApp().settings, ({ theme }) => theme);
  const [version, setVersion] = useState(0);
  const [queries] = useState(() =>
    ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)'].map(
      (query) => window.matchMedia(query),
    ),
  );
  useEffect(() => {
    const change = (): void => setVersion((before) => before + 1);
    for (const query of queries) query.addEventListener('change', change);
    return () => {
      for (const query of queries) query.removeEventListener('change', change);
    };
  }, [queries]);
  return `${setting} ${String(version)}`;
}

interface ChartCardProps extends Omit<ChartsProps, 'points'> {
  readonly points: readonly MetricsPoint[];
  readonly id: ChartId;
  readonly title: JSX.Element | string;
  readonly unit: string;
  readonly isLog?: boolean;
  readonly hasAxis?: boolean;
  readonly times: readonly number[];
  readonly leaders: readonly (string | null)[];
  readonly theme: string;
  /** Whose values stand in the head: the hovered one, the moment shown, or the last. */
  readonly shown: number;
  readonly onHover: (index: number | null) => void;
}

function ChartCard(props: ChartCardProps): JSX.Element {
  const { id, title, unit, points, nodes, shown, isLog = false, hasAxis = false } = props;
  const lines = id === 'elections' ? [] : linesOf(id, points, nodes);
  const reigns = id === 'elections' ? reignsOf(points) : [];
  return (
    <section className="chart" aria-label={typeof title === 'string' ? title : `${id} of nodes`}>
      <header className="chart-head">
        {typeof title === 'string' ? <h2 className="chart-title">{title}</h2> : title}
        <span className={unit === 'MiB' ? 'muted' : 'muted chart-unit truncate'}>{unit}</span>
        <span className="chart-values">
          {id === 'elections' ? (
            <ElectionValues point={points[shown]} nodes={nodes} />
          ) : (
            lines.map((line) => (
              <Value key={line.key} id={id} line={line} shown={shown} point={points[shown]} />
            ))
          )}
        </span>
      </header>
      <Chart {...props} {...{ lines, reigns, isLog, hasAxis }} />
    </section>
  );
}

function Value({
  id,
  line: { label, nodeId, values },
  shown,
  point,
}: {
  readonly id: Exclude<ChartId, 'elections'>;
  readonly line: Line;
  readonly shown: number;
  readonly point: MetricsPoint | undefined;
}): JSX.Element {
  const leads = id === 'lag' && nodeId !== null && point?.leaderId === nodeId;
  return (
    <span className="chart-value">
      <span className="muted">{label}</span>{' '}
      <strong>{leads ? 'leads' : written(id, values[shown] ?? null)}</strong>
    </span>
  );
}

function ElectionValues({
  point,
  nodes,
}: {
  readonly point: MetricsPoint | undefined;
  readonly nodes: ChartProps['nodes'];
}): JSX.Element | null {
  if (point === undefined) return null;
  const name = nodes.find(({ id }) => id === point.leaderId)?.name ?? 'none';
  return (
    <>
      <span className="chart-value">
        <strong>{formatClock(point.timeMs)}</strong>
      </span>
      <span className="chart-value">
        <span className="muted">term</span>{' '}
        <strong>{point.term === null ? '–' : formatCount(point.term)}</strong>
      </span>
      <span className="chart-value">
        <span className="muted">leader</span> <strong>{name}</strong>
      </span>
    </>
  );
}
