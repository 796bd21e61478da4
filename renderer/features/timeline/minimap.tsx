import type { JSX, PointerEvent } from 'react';

import type { OutlineSlice } from '../../../main/contract/recording.ts';
import { formatClock } from '../../ui/format.ts';

interface MinimapProps {
  readonly outline: readonly OutlineSlice[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly onGo: (timeMs: number) => void;
  /** What its end is. */
  readonly endLabel: 'now' | 'end';
}

const WIDTH = 300;

/** The whole recording, small: where there was a leader, what stood out, and which part is shown. */
export function Minimap({
  outline,
  fromMs,
  toMs,
  onGo,
  endLabel,
}: MinimapProps): JSX.Element | null {
  const [first, last] = [outline[0], outline.at(-1)];
  if (first === undefined || last === undefined || last.toMs <= first.fromMs) return null;
  const spanMs = last.toMs - first.fromMs;
  const x = (timeMs: number): number =>
    Math.min(WIDTH, Math.max(0, ((timeMs - first.fromMs) / spanMs) * WIDTH));
  const go = (event: PointerEvent<SVGSVGElement>): void => {
    if (event.buttons !== 1) return;
    const box = event.currentTarget.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    onGo(first.fromMs + share * spanMs);
  };
  const frameLeft = Math.min(x(fromMs), WIDTH - 12);
  return (
    <span className="minimap">
      <span className="minimap-start">{formatClock(first.fromMs).slice(0, 5)}</span>
      <svg
        viewBox={`0 0 ${String(WIDTH)} 20`}
        aria-hidden="true"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          go(event);
        }}
        onPointerMove={go}
      >
        <rect className="minimap-ground" x="0.5" y="6.5" width={WIDTH - 1} height="7" />
        <path
          className="minimap-led"
          d={outline
            .filter(({ led }) => led !== null && led > 0.5)
            .map((slice) => bar(x(slice.fromMs), x(slice.toMs), 7, 13))
            .join('')}
        />
        {outline
          .filter(({ mark }) => mark !== null)
          .map((slice) => (
            <path
              key={slice.fromMs}
              className={`minimap-mark minimap-${String(slice.mark)}`}
              d={bar(x(slice.fromMs), x(slice.fromMs) + 1.5, 4, 16)}
            />
          ))}
        <rect
          className="minimap-window"
          x={frameLeft + 1}
          y="1"
          width={Math.max(12, x(toMs) - frameLeft) - 2}
          height="18"
          rx="3"
        />
      </svg>
      <span>{endLabel}</span>
    </span>
  );
}

function bar(left: number, right: number, top: number, bottom: number): string {
  return `M${left.toFixed(1)} ${String(top)}H${right.toFixed(1)}V${String(bottom)}H${left.toFixed(1)}z`;
}
