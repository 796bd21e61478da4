import type { RecordingView, SampleView } from '../../../main/contract/recording.ts';
import { formatClock, formatCount, formatDuration } from '../../ui/format.ts';
import { electionsOf } from '../timeline/happenings.ts';
import { buildLanes, type Lane, type Span } from '../timeline/lanes.ts';
import { html, type Html } from './html.ts';

const WIDTH = 1_000;
const GUTTER = 140;
const RULER = 24;
const LANE = 30;
const CHART = 70;
const TICKS = 6;

type Stretch = Pick<RecordingView, 'fromMs' | 'toMs'>;

/** Where a moment is drawn, from left to right. */
function xOf({ fromMs, toMs }: Stretch, timeMs: number): number {
  const share = (timeMs - fromMs) / Math.max(1, toMs - fromMs);
  return round(GUTTER + Math.min(1, Math.max(0, share)) * (WIDTH - GUTTER - 10));
}

/** No more digits than can be seen: there are many of them. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** What every node was, one lane each, with the elections and what was not recorded. */
export function lanesPicture(
  recording: RecordingView,
  nodes: readonly { readonly id: string; readonly name: string }[],
): Html {
  const { fromMs, toMs, marks, gaps } = recording;
  const ids = nodes.map(({ id }) => id);
  const lanes = buildLanes(recording, ids, fromMs, toMs);
  const height = RULER + lanes.length * LANE + 6;
  const elections = electionsOf(marks).filter(({ timeMs }) => timeMs >= fromMs);
  const lines = elections.map(({ timeMs }) => {
    const x = xOf(recording, timeMs);
    return html`<line class="election" x1="${x}" x2="${x}" y1="${RULER}" y2="${height}" />`;
  });
  const hatched = gaps.map((gap) =>
    box(recording, gap, RULER, height - RULER, 'gap', 'not recorded'),
  );
  return html`<svg
    viewBox="0 0 ${WIDTH} ${height}"
    role="img"
    aria-label="What each of ${nodes.length} nodes was from ${formatClock(fromMs)} to ${formatClock(
      toMs,
    )}; the tables below say the same in words"
  >
    ${PATTERNS}${ruler(recording, height)}${hatched}${lines}${lanes.map((lane, at) =>
      laneRow(recording, lane, nodes[at]?.name ?? lane.nodeId, RULER + at * LANE),
    )}
  </svg>`;
}

const PATTERNS = html`<defs>
  <pattern
    id="hatch"
    width="7"
    height="7"
    patternUnits="userSpaceOnUse"
    patternTransform="rotate(45)"
  >
    <line x1="0" y1="0" x2="0" y2="7" stroke="var(--down)" stroke-width="1.5" />
  </pattern>
  <pattern
    id="gap"
    width="7"
    height="7"
    patternUnits="userSpaceOnUse"
    patternTransform="rotate(45)"
  >
    <line x1="0" y1="0" x2="0" y2="7" stroke="var(--paused)" />
  </pattern>
</defs>`;

function ruler(stretch: Stretch, height: number): readonly Html[] {
  return Array.from({ length: TICKS }, (_, at) => {
    const timeMs = stretch.fromMs + ((at + 0.5) * (stretch.toMs - stretch.fromMs)) / TICKS;
    const x = xOf(stretch, timeMs);
    return html`<line class="rule" x1="${x}" x2="${x}" y1="18" y2="${height}" /><text
        class="label"
        x="${x}"
        y="12"
        text-anchor="middle"
        >${formatClock(timeMs)}</text
      >`;
  });
}

function laneRow(stretch: Stretch, { spans, marks }: Lane, name: string, y: number): Html {
  const shown = marks.filter(({ kind }) => kind !== 'granted' && kind !== 'denied');
  return html`<text x="8" y="${y + 19}">${name.length > 14 ? `${name.slice(0, 13)}…` : name}</text
    >${spans.map((span) => box(stretch, span, y + spanTop(span), spanHeight(span), span.kind, wordsOf(span)))}${shown.map(
      ({ timeMs, label }) =>
        html`<circle class="leader" cx="${xOf(stretch, timeMs)}" cy="${y + LANE / 2}" r="4"
          ><title>${label}</title></circle
        >`,
    )}`;
}

function spanHeight({ kind }: Span): number {
  return kind === 'leader' ? 18 : kind === 'candidate' ? 14 : 8;
}

function spanTop(span: Span): number {
  return (LANE - spanHeight(span)) / 2;
}

function wordsOf({ kind, term, reason, fromMs, toMs }: Span): string {
  const inTerm = term === null ? '' : ` in term ${formatCount(term)}`;
  const why = reason === null ? '' : `: ${reason}`;
  return `${kind}${inTerm} for ${formatDuration(toMs - fromMs)}${why}`;
}

function box(
  stretch: Stretch,
  { fromMs, toMs }: Stretch,
  y: number,
  height: number,
  className: string,
  words: string,
): Html {
  const x = xOf(stretch, fromMs);
  const width = Math.max(1, round(xOf(stretch, toMs) - x));
  return html`<rect
    class="${className}"
    x="${x}"
    y="${y}"
    width="${width}"
    height="${height}"
    rx="2"
    ><title>${words}</title></rect
  >`;
}

/** One figure over the time of the report; a stretch in which it is not known is left out. */
export function chartPicture(
  recording: RecordingView,
  title: string,
  unit: string,
  value: (sample: SampleView) => number | null,
): Html {
  const { samples } = recording;
  const known = samples.flatMap((sample) => value(sample) ?? []);
  if (known.length < 2)
    return html`<p class="muted">${title}: not enough figures were recorded.</p>`;
  const most = known.reduce((left, right) => Math.max(left, right), 0);
  const points: string[] = [];
  let pen = 'M';
  for (const sample of samples) {
    const at = value(sample);
    if (at === null) pen = 'M';
    else {
      const y = round(RULER + CHART - (at / Math.max(most, Number.MIN_VALUE)) * (CHART - 6));
      points.push(`${pen}${String(xOf(recording, sample.timeMs))} ${String(y)}`);
      pen = 'L';
    }
  }
  const height = RULER + CHART + 6;
  const top = `${formatCount(Math.round(most * 10) / 10)} ${unit}`;
  return html`<svg
    viewBox="0 0 ${WIDTH} ${height}"
    role="img"
    aria-label="${title}, at most ${top}"
  >
    ${ruler(recording, height)}
    <text x="8" y="40">${title}</text>
    <text class="label" x="8" y="56">at most ${top}</text>
    <path class="line" d="${points.join('')}" />
  </svg>`;
}
