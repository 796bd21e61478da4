import type { JSX } from 'react';

import type { SampleView } from '../../../main/contract/recording.ts';
import { formatCount, formatDuration } from '../../ui/format.ts';
import type { Lane, LaneMark, Span } from './lanes.ts';

interface LaneProps {
  readonly lane: Lane;
  readonly samples: readonly SampleView[];
  /** Entries a second that make a bar of full height. */
  readonly topRate: number;
  readonly x: (timeMs: number) => number;
  /** The middle of the lane. */
  readonly y: number;
}

const HALF: Readonly<Record<Span['kind'], number>> = {
  leader: 9.5,
  candidate: 6.5,
  follower: 3.5,
  'non-voter': 3.5,
  frozen: 3.5,
  failed: 7.5,
  starting: 3.5,
  unknown: 3.5,
  down: 7.5,
};
/** What was not there, and what is not known, is hatched; all else has the colour of its role. */
const HATCHES: Readonly<Partial<Record<Span['kind'], string>>> = {
  down: 'url(#hatch-down)',
  failed: 'url(#hatch-down)',
  unknown: 'url(#hatch-unknown)',
};
/** Narrower than this there is no room for a word. */
const WORD_WIDTH = 90;
/** What a letter of the leader's takes; what follows its span would cut them off. */
const BOLD_LETTER_WIDTH = 7.2;
/** Followers of a cluster that is written to are always a few entries behind: that is no lag. */
const LAG_FROM = 50;

/** What one node was, from left to right. */
export function TimelineLane(props: LaneProps): JSX.Element {
  const { lane, x, y } = props;
  return (
    <g>
      {lane.spans.map((span, at) => (
        <SpanShape key={at} {...props} span={span} />
      ))}
      <LagArea {...props} />
      {lane.marks.map((mark, at) => (
        <MarkShape key={at} mark={mark} x={x(mark.timeMs)} y={y} />
      ))}
    </g>
  );
}

function SpanShape({
  span,
  lane,
  samples,
  topRate,
  x,
  y,
}: LaneProps & { readonly span: Span }): JSX.Element {
  const left = x(span.fromMs);
  // A candidacy of a few milliseconds is what one looks for: it is never too narrow to be seen.
  const width = Math.max(x(span.toMs) - left, span.kind === 'candidate' ? 6 : 1);
  const half = HALF[span.kind];
  const word = wordThatFits(span, width);
  return (
    <g className={`span span-${span.kind}`}>
      <rect
        x={left}
        y={y - half}
        width={width}
        height={2 * half}
        rx={2}
        fill={HATCHES[span.kind]}
      />
      {span.kind === 'leader' && (
        <path className="span-rate" d={ratePath(span, lane.nodeId, samples, topRate, { x, y })} />
      )}
      {word !== null && (
        <text x={left + (span.kind === 'down' ? 16 : 8)} y={y + 4}>
          {word}
        </text>
      )}
    </g>
  );
}

function wordThatFits(span: Span, width: number): string | null {
  const word = wordOf(span);
  if (word === null || width < WORD_WIDTH) return null;
  return span.kind === 'leader' && width < word.length * BOLD_LETTER_WIDTH ? null : word;
}

/** What a span is called where there is room for it; null for what its shape alone says. */
export function wordOf({ kind, term, reason, sinceMs, toMs }: Span): string | null {
  switch (kind) {
    case 'leader':
      return `♛ Leader term ${String(term)}`;
    case 'candidate':
      return reason;
    case 'down':
      return downWords(reason ?? 'down', sinceMs === null ? null : toMs - sinceMs);
    case 'frozen':
      return 'frozen';
    case 'failed':
      return 'disk failed';
    case 'unknown':
      return 'not heard';
    default:
      return null;
  }
}

/** Of an exit its code: the last words of a process are as long as it likes, and stand elsewhere. */
function downWords(reason: string, lengthMs: number | null): string {
  const why = reason.split(': ', 1)[0] ?? reason;
  return lengthMs === null ? why : `${why}, ${formatDuration(lengthMs)}`;
}

/** Entries a second, half a second wide each, along the lower edge of a leader's span. */
function ratePath(
  span: Span,
  nodeId: string,
  samples: readonly SampleView[],
  topRate: number,
  { x, y }: Pick<LaneProps, 'x' | 'y'>,
): string {
  const parts: string[] = [];
  for (let at = 1; at < samples.length; at += 1) {
    const [before, sample] = [samples[at - 1], samples[at]];
    if (before === undefined || sample === undefined || sample.leaderId !== nodeId) continue;
    if (sample.timeMs > span.toMs || before.timeMs < span.fromMs) continue;
    const rate = rateOf(before, sample);
    if (rate <= 0 || topRate <= 0) continue;
    const height = Math.max(1, 12 * Math.min(1, rate / topRate));
    const [left, right] = [x(before.timeMs), x(sample.timeMs) - 0.75];
    const top = y + 8.5 - height;
    parts.push(`M${f(left)} ${f(y + 8.5)}V${f(top)}H${f(right)}V${f(y + 8.5)}z`);
  }
  return parts.join('');
}

/** Entries committed per second between two samples. */
export function rateOf(before: SampleView, sample: SampleView): number {
  const seconds = (sample.timeMs - before.timeMs) / 1000;
  if (seconds <= 0 || before.commitIndex === null || sample.commitIndex === null) return 0;
  return (sample.commitIndex - before.commitIndex) / seconds;
}

function LagArea({ lane, samples, x, y }: LaneProps): JSX.Element | null {
  const high = samples.filter(({ lagById }) => (lagById[lane.nodeId] ?? 0) >= LAG_FROM);
  const worst = high.reduce<SampleView | null>(
    (one, other) => (lagOf(other, lane) > (one === null ? 0 : lagOf(one, lane)) ? other : one),
    null,
  );
  if (worst === null) return null;
  const bars = high.map((sample) => {
    const height = 7 * Math.min(1, Math.log10(lagOf(sample, lane) / 5) / 3);
    const left = x(sample.timeMs - 250);
    return `M${f(left)} ${f(y - 3.5)}V${f(y - 3.5 - height)}H${f(x(sample.timeMs + 250))}V${f(y - 3.5)}z`;
  });
  return (
    <g className="lane-lag">
      <path d={bars.join('')} />
      <text x={x(worst.timeMs) + 8} y={y - 6}>
        {formatCount(lagOf(worst, lane))} behind
      </text>
    </g>
  );
}

function lagOf(sample: SampleView, lane: Lane): number {
  return sample.lagById[lane.nodeId] ?? 0;
}

const MARK_PATHS: Readonly<Record<LaneMark['kind'], string>> = {
  crash: 'M-7 -7h14v14h-14zM-4 -4L4 4M4 -4L-4 4',
  start: 'M0 -6.5a6.5 6.5 0 110 13a6.5 6.5 0 110 -13zM-2 -3.2L3.4 0L-2 3.2z',
  snapshot: 'M0 -6.5L6.5 0L0 6.5L-6.5 0z',
  granted: 'M-6 -6h12v12h-12zM-3 0.2L-0.8 2.6L3.2 -2.6',
  denied: 'M-6 -6h12v12h-12zM-3 -3L3 3M3 -3L-3 3',
  gap: 'M-4 -8h8v16h-8zM-4 4L4 -4',
  violation: 'M0 -9L8 5.5H-8zM0 -4v4.5M0 3v.6',
  explained: 'M0 -6.5a6.5 6.5 0 110 13a6.5 6.5 0 110 -13zM-3 0.2L-0.8 2.6L3.2 -2.6',
  undecided: 'M0 -6.5a6.5 6.5 0 110 13a6.5 6.5 0 110 -13zM-3 0h6',
};

function MarkShape({
  mark,
  x,
  y,
}: {
  readonly mark: LaneMark;
  readonly x: number;
  readonly y: number;
}): JSX.Element {
  return (
    <path
      className={`lane-mark lane-mark-${mark.kind}`}
      d={MARK_PATHS[mark.kind]}
      transform={`translate(${f(x)} ${f(y)})`}
    >
      <title>{mark.label}</title>
    </path>
  );
}

function f(value: number): string {
  return value.toFixed(1);
}
