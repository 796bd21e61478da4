import { type JSX, useEffect, useLayoutEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import { formatClock } from '../../ui/format.ts';
import { useSize } from '../../ui/use-size.ts';
import type { ChartId, Line, Reign } from './chart-data.ts';
import {
  type Backdrop,
  DASHES,
  type Inks,
  inksOf,
  paintBackdrop,
  paintCursor,
  paintLabels,
  paintReigns,
} from './chart-paint.ts';

export interface ChartProps {
  readonly id: ChartId;
  /** Unix seconds of every value. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** Who led at each time: the stretch of a node's line that is drawn thicker. */
  readonly leaders: readonly (string | null)[];
  readonly reigns: readonly Reign[];
  readonly nodes: readonly { readonly id: string; readonly name: string }[];
  readonly backdrop: Backdrop;
  readonly fromMs: number;
  readonly toMs: number;
  readonly isLog: boolean;
  /** With the times below it. */
  readonly hasAxis: boolean;
  /** Changes with the theme: colours are read anew. */
  readonly theme: string;
  readonly onHover: (index: number | null) => void;
  readonly onChoose: (timeMs: number) => void;
}

/** All charts move one cursor. */
const SYNC = 'metrics';
/** Left of the lines stand the values, right of them the names, in units. */
const LEFT = 56;
const RIGHT = 56;

/** One chart. What it shows is also in the table; a picture says nothing to who cannot see it. */
export function Chart(props: ChartProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  const latest = useRef(props);
  useLayoutEffect(() => {
    latest.current = props;
  });
  const plot = useRef<uPlot | null>(null);
  const { id, lines, isLog, hasAxis, theme } = props;
  const shape = lines.map(({ key }) => key).join(' ');
  const width = size === null ? 0 : Math.floor(size.width * size.scale);
  const height = size === null ? 0 : Math.floor(size.height * size.scale);
  useEffect(() => {
    const host = frame.current;
    if (host === null || width < 80 || height < 30) return undefined;
    const inks = inksOf(host);
    const made = new uPlot(
      optionsOf(latest, { width, height, inks }),
      dataOf(latest.current),
      host,
    );
    plot.current = made;
    return () => {
      plot.current = null;
      made.destroy();
    };
  }, [id, shape, isLog, hasAxis, theme, width, height]);
  useEffect(() => {
    const { fromMs, toMs } = props;
    plot.current?.batch(() => {
      plot.current?.setData(dataOf(props), false);
      plot.current?.setScale('x', { min: fromMs / 1000, max: toMs / 1000 });
    });
  });
  return <div ref={frame} className="chart-frame" aria-hidden="true" />;
}

/** A node's line is two: all of it, and again, thicker, where the node leads. */
function dataOf({ times, lines, leaders, id }: ChartProps): uPlot.AlignedData {
  const xs = [...times];
  if (id === 'elections') return [xs, xs.map(() => null)];
  const columns = lines.flatMap(({ values, nodeId }) =>
    nodeId === null
      ? [[...values]]
      : [[...values], values.map((value, at) => (leaders[at] === nodeId ? value : null))],
  );
  return [xs, ...columns];
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly inks: Inks;
}

function optionsOf(
  latest: { readonly current: ChartProps },
  { width, height, inks }: Frame,
): uPlot.Options {
  const { isLog, hasAxis, id } = latest.current;
  return {
    width,
    height,
    padding: [4, RIGHT, hasAxis ? 0 : 6, 0],
    legend: { show: false },
    cursor: {
      sync: { key: SYNC, scales: ['x', null] },
      drag: { x: false, y: false, setScale: false },
      points: { show: id !== 'elections', size: 6 },
      y: false,
    },
    scales: {
      x: { time: true, auto: false },
      y: {
        // 4 is arcsinh, a log scale that has a nought; 1 is linear.
        // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- it has no values at run time.
        distr: isLog ? 4 : 1,
        range: (_, min, max) => rangeOf(id, min, max),
      },
    },
    series: [{}, ...seriesOf(latest.current, inks)],
    axes: axesOf(latest.current, inks),
    hooks: {
      drawClear: [(plot) => paintBackdrop(plot, latest.current.backdrop, inks)],
      draw: [
        (plot) => {
          const { reigns, nodes, backdrop } = latest.current;
          if (id === 'elections') paintReigns(plot, reigns, nodes, inks);
          else paintLabels(plot, endLabels(latest.current), inks);
          paintCursor(plot, backdrop.cursorMs, inks);
        },
      ],
      setCursor: [(plot) => latest.current.onHover(plot.cursor.idx ?? null)],
      ready: [
        (plot) => {
          plot.over.addEventListener('click', () => {
            const { left } = plot.cursor;
            if (left === undefined || left < 0) return;
            latest.current.onChoose(plot.posToVal(left, 'x') * 1000);
          });
        },
      ],
    },
  };
}

/** From nought, with some room above; a chart of nothing has a range too. */
function rangeOf(id: ChartId, min: number | null, max: number | null): uPlot.Range.MinMax {
  if (id === 'elections') return [0, 1];
  const top = Math.max(max ?? 0, id === 'operations' ? 1 : id === 'lag' ? 2 : 0.5);
  // Memory and logs are far from nought: what changes is what one looks for.
  const isFar = (id === 'memory' || id === 'log') && (min ?? 0) > top / 2;
  const bottom = isFar ? Math.max(0, (min ?? 0) - (top - (min ?? 0)) - 1) : 0;
  return [bottom, top + (top - bottom) * 0.12];
}

function seriesOf({ lines, nodes }: ChartProps, inks: Inks): readonly uPlot.Series[] {
  if (lines.length === 0) return [{ show: false }];
  return lines.flatMap(({ nodeId, key }): readonly uPlot.Series[] => {
    const at = nodes.findIndex((node) => node.id === nodeId);
    if (nodeId === null) {
      const isMain = key !== 'p50';
      return [
        {
          stroke: isMain ? inks.text : inks.muted,
          width: isMain ? 1.5 : 1.25,
          points: { show: false },
          ...(key === 'done' ? { fill: inks.area } : {}),
          ...(key === 'p50' ? { dash: [7, 4] } : {}),
        },
      ];
    }
    const dash = [...(DASHES[at % DASHES.length] ?? [])];
    const shared = { dash, points: { show: false } };
    return [
      { ...shared, stroke: inks.muted, width: 1.25 },
      { ...shared, stroke: inks.text, width: 2.5 },
    ];
  });
}

function axesOf({ hasAxis, id, nodes, isLog }: ChartProps, inks: Inks): uPlot.Axis[] {
  const font = `11px ${inks.font}`;
  const grid = { stroke: inks.line, width: 1 };
  const none = { show: false } as const;
  const times: uPlot.Axis = {
    show: hasAxis,
    stroke: inks.muted,
    font,
    size: 22,
    gap: 2,
    space: 70,
    grid: none,
    ticks: { stroke: inks.line, size: 4 },
    values: (_, splits) => splits.map((at) => formatClock(at * 1000)),
  };
  const values: uPlot.Axis = {
    ...{ stroke: inks.muted, font, size: LEFT, space: 26, grid, ticks: none },
    ...(isLog ? { splits: (_, __, ___, max) => logSplits(max) } : {}),
  };
  if (id !== 'elections') return [times, values];
  // Lanes instead of values: the first node stands on top.
  const middles = nodes.map((_, at) => 1 - (at + 0.5) / nodes.length);
  const names: uPlot.Axis = {
    ...values,
    grid: none,
    splits: () => middles.toReversed(),
    values: () => nodes.map(({ name }) => name).toReversed(),
  };
  return [times, names];
}

/** Nought and the powers of ten; where there are few of them, some between. */
function logSplits(max: number): number[] {
  const powers = Array.from({ length: 10 }, (_, at) => 10 ** at).filter((one) => one <= max);
  const between = max < 30 ? [2, 5, 20].filter((one) => one <= max) : [];
  return [0, ...powers, ...between].sort((left, right) => left - right);
}

/** Where each line ends. */
function endLabels({
  lines,
}: ChartProps): readonly { readonly text: string; readonly value: number }[] {
  if (lines.length < 2) return [];
  return lines.flatMap(({ label, values }) => {
    const value = values.findLast((one) => one !== null);
    return value === undefined ? [] : [{ text: label, value }];
  });
}
