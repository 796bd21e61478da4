import type { JSX } from 'react';

import type { RecordingGap } from '../../../main/contract/recording.ts';
import type { Stretch } from '../../state/recording.ts';
import { formatClock, formatMoment } from '../../ui/format.ts';
import { faultRowsOf } from './fault-rows.ts';
import { electionsOf, faultSpansOf, voteCurvesOf } from './happenings.ts';
import { buildLanes } from './lanes.ts';
import { legible, ROWS, ticksOf } from './scale.ts';
import { rateOf, TimelineLane } from './timeline-lane.tsx';
import { Terms } from './timeline-terms.tsx';

export interface PictureProps {
  readonly stretch: Stretch;
  readonly nodeIds: readonly string[];
  readonly selectedId: string | null;
  readonly fromMs: number;
  readonly toMs: number;
  /** The moment shown, or the present. */
  readonly cursorMs: number;
  readonly liveMs: number;
  readonly isPast: boolean;
  readonly gaps: readonly RecordingGap[];
  readonly bookmarks: readonly number[];
  readonly width: number;
}

/** How many rows faults take in this stretch. */
export function faultRows(stretch: Stretch, fromMs: number, toMs: number): number {
  return faultRowsOf(faultSpansOf(stretch.marks), fromMs, toMs).length;
}

/** Ruler, terms, faults and lanes. Everything in it is also said in words by the events beside it. */
export function TimelinePicture(props: PictureProps): JSX.Element {
  const { stretch, nodeIds, fromMs, toMs, width, cursorMs, isPast, liveMs } = props;
  const x = (timeMs: number): number => ((timeMs - fromMs) / (toMs - fromMs)) * width;
  const drawnTo = Math.min(toMs, isPast ? liveMs : cursorMs);
  const faults = faultRowsOf(faultSpansOf(stretch.marks), fromMs, toMs);
  const lanesTop = ROWS.ruler + ROWS.term + faults.length * ROWS.fault;
  const height = lanesTop + nodeIds.length * ROWS.lane;
  const samples = stretch.samples.filter(({ timeMs }) => timeMs >= fromMs - 1000 && timeMs <= toMs);
  const rates = samples.slice(1).map((sample, at) => rateOf(samples[at] ?? sample, sample));
  const elections = electionsOf(stretch.marks).filter(({ timeMs }) => timeMs <= drawnTo);
  const y = (nodeId: string): number => lanesTop + (nodeIds.indexOf(nodeId) + 0.5) * ROWS.lane;
  return (
    <svg
      className="timeline-picture"
      viewBox={`0 0 ${String(width)} ${String(height)}`}
      aria-hidden="true"
    >
      <Hatch />
      <Ground {...props} x={x} lanesTop={lanesTop} height={height} />
      <Ruler {...props} x={x} />
      <Terms elections={elections} {...{ fromMs, x, height }} endX={isPast ? width : x(cursorMs)} />
      {faults.map((bars, row) => (
        <FaultRow
          key={row}
          bars={bars.map(({ label, ...bar }) => ({
            label,
            left: Math.max(0, x(bar.fromMs)),
            right: x(Math.min(bar.toMs ?? drawnTo, drawnTo)),
          }))}
          y={ROWS.ruler + ROWS.term + row * ROWS.fault}
        />
      ))}
      <Curves stretch={stretch} {...{ fromMs, drawnTo, x, y, nodeIds }} />
      {buildLanes(stretch, nodeIds, fromMs, drawnTo).map((lane) => (
        <TimelineLane
          key={lane.nodeId}
          lane={lane}
          samples={samples}
          topRate={Math.max(0, ...rates)}
          x={x}
          y={y(lane.nodeId)}
        />
      ))}
      <Cursor {...props} x={x} height={height} />
    </svg>
  );
}

type ToX = (timeMs: number) => number;

function Hatch(): JSX.Element {
  return (
    <defs>
      {['down', 'danger', 'unknown'].map((kind) => (
        <pattern
          key={kind}
          id={`hatch-${kind}`}
          width="7"
          height="7"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <path className={`hatch hatch-${kind}`} d="M0 0V7" />
        </pattern>
      ))}
    </defs>
  );
}

function Ground({
  nodeIds,
  selectedId,
  gaps,
  fromMs,
  toMs,
  stretch,
  width,
  x,
  lanesTop,
  height,
}: PictureProps & {
  readonly x: ToX;
  readonly lanesTop: number;
  readonly height: number;
}): JSX.Element {
  const selected = selectedId === null ? -1 : nodeIds.indexOf(selectedId);
  const unrecorded = stretch.before.length === 0 && stretch.marks.length === 0;
  const shown = gaps.filter((gap) => gap.toMs >= fromMs && gap.fromMs <= toMs);
  return (
    <>
      {selected >= 0 && (
        <rect
          className="lane-selected"
          y={lanesTop + selected * ROWS.lane}
          width={width}
          height={ROWS.lane}
        />
      )}
      {nodeIds.map((id, at) => (
        <path
          key={id}
          className="lane-line"
          d={`M0 ${String(lanesTop + at * ROWS.lane)}H${String(width)}`}
        />
      ))}
      {shown.map((gap) => (
        <g key={gap.fromMs} className="recording-gap">
          <rect
            x={x(gap.fromMs)}
            y={lanesTop}
            width={Math.max(2, x(gap.toMs) - x(gap.fromMs))}
            height={height - lanesTop}
            fill="url(#hatch-unknown)"
          />
          <text x={Math.max(4, x(gap.fromMs) + 4)} y={lanesTop + 12}>
            nothing recorded: no host was watching
          </text>
        </g>
      ))}
      {unrecorded && (
        <text className="timeline-nothing" x={width / 2} y={lanesTop + 20}>
          Nothing is recorded of this time.
        </text>
      )}
    </>
  );
}

const TAG_WIDTH = 88;
/** Half of a full time on the ruler, and some air. */
const LABEL_WIDTH = 60;

/** Where the time of the cursor stands: over it, and never outside of the picture. */
function tagPlace(at: number, width: number): number {
  return Math.min(Math.max(at - TAG_WIDTH / 2, 0), width - TAG_WIDTH);
}

function Ruler({
  fromMs,
  toMs,
  cursorMs,
  bookmarks,
  width,
  x,
}: PictureProps & { readonly x: ToX }): JSX.Element {
  const tagLeft = tagPlace(x(cursorMs), width);
  return (
    <g className="ruler">
      {legible(ticksOf(fromMs, toMs, formatClock), x).map(({ timeMs, label }) => {
        // A label is left out where the cursor's own would cover it.
        const left = x(timeMs) - tagLeft;
        const near = left > -LABEL_WIDTH && left < TAG_WIDTH;
        return (
          <g key={timeMs} transform={`translate(${x(timeMs).toFixed(1)} 0)`}>
            <path d={label === null ? 'M0 20v-4' : 'M0 20v-7'} />
            {label !== null && !near && (
              <text x={4} y={13}>
                {label}
              </text>
            )}
          </g>
        );
      })}
      {bookmarks
        .filter((timeMs) => timeMs >= fromMs && timeMs <= toMs)
        .map((timeMs) => (
          <path
            key={timeMs}
            className="bookmark"
            d="M-4 2h8v12l-4 -4l-4 4z"
            transform={`translate(${x(timeMs).toFixed(1)} 2)`}
          />
        ))}
    </g>
  );
}

interface DrawnBar {
  readonly label: string;
  readonly left: number;
  readonly right: number;
}

/** About what a letter of a fault's name takes. */
const LETTER_WIDTH = 6.2;

function FaultRow({
  bars,
  y,
}: {
  readonly bars: readonly DrawnBar[];
  readonly y: number;
}): JSX.Element {
  return (
    <g className="fault-row">
      {bars.map(({ label, left, right }, at) => {
        // Beside the bar where there is room, else on it.
        const before = left - label.length * LETTER_WIDTH > (bars[at - 1]?.right ?? 0) + 6;
        return (
          <g key={left}>
            <rect
              x={left}
              y={y + 3}
              width={Math.max(2, right - left)}
              height={10}
              fill="url(#hatch-danger)"
            />
            <text x={before ? left - 6 : left + 6} y={y + 12} textAnchor={before ? 'end' : 'start'}>
              {label}
            </text>
          </g>
        );
      })}
    </g>
  );
}

function Curves({
  stretch,
  fromMs,
  drawnTo,
  x,
  y,
  nodeIds,
}: {
  readonly stretch: Stretch;
  readonly fromMs: number;
  readonly drawnTo: number;
  readonly x: ToX;
  readonly y: (nodeId: string) => number;
  readonly nodeIds: readonly string[];
}): JSX.Element {
  const known = voteCurvesOf(stretch.marks).filter(
    (vote) =>
      vote.toMs >= fromMs &&
      vote.toMs <= drawnTo &&
      nodeIds.includes(vote.from) &&
      nodeIds.includes(vote.to),
  );
  return (
    <g className="votes">
      {known.map((vote, at) => {
        const [x1, y1, x2, y2] = [x(vote.fromMs), y(vote.from), x(vote.toMs), y(vote.to)];
        const middle = ((y1 + y2) / 2).toFixed(1);
        return (
          <path
            key={at}
            d={`M${x1.toFixed(1)} ${y1.toFixed(1)}C${x1.toFixed(1)} ${middle} ${x2.toFixed(1)} ${middle} ${x2.toFixed(1)} ${y2.toFixed(1)}`}
          />
        );
      })}
    </g>
  );
}

function Cursor({
  cursorMs,
  liveMs,
  isPast,
  x,
  width,
  height,
}: PictureProps & { readonly x: ToX; readonly height: number }): JSX.Element {
  const at = x(cursorMs);
  const tagLeft = tagPlace(at, width);
  const after = Math.max(0, width - at);
  return (
    <g className="cursor">
      <rect
        className={isPast ? 'cursor-after cursor-after-past' : 'cursor-after'}
        x={at}
        y={ROWS.ruler}
        width={after}
        height={height - ROWS.ruler}
      />
      {isPast && (
        <path className="cursor-live" d={`M${x(liveMs).toFixed(1)} 0V${String(height)}`} />
      )}
      <path className="cursor-line" d={`M${at.toFixed(1)} 18V${String(height)}`} />
      <rect className="cursor-tag" x={tagLeft} y={2} width={TAG_WIDTH} height={16} rx={4} />
      <text className="cursor-time" x={tagLeft + TAG_WIDTH / 2} y={14}>
        {formatMoment(cursorMs)}
      </text>
    </g>
  );
}
