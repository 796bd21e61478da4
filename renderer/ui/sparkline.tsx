import type { JSX } from 'react';

import { sparklineRuns } from './sparkline-runs.ts';
import './sparkline.css';

interface SparklineProps {
  /** Oldest first; null is a gap, which stays a gap. */
  readonly values: readonly (number | null)[];
  /** How many values fill the width: a short history starts at the right. */
  readonly span: number;
  readonly width: number;
  readonly height: number;
  readonly tone?: 'normal' | 'danger' | 'non-voter';
  /** What it shows, for whoever does not see it. */
  readonly label: string;
}

/** A line with a faint baseline: the shape of a minute, its largest value at the top. */
export function Sparkline({
  values,
  span,
  width,
  height,
  tone = 'normal',
  label,
}: SparklineProps): JSX.Element {
  const runs = sparklineRuns(values, span, width, height);
  return (
    <svg
      className={`sparkline sparkline-${tone}`}
      viewBox={`0 0 ${String(width)} ${String(height)}`}
      width={`${String(width / 16)}rem`}
      height={`${String(height / 16)}rem`}
      role="img"
      aria-label={label}
    >
      <line className="sparkline-base" x1={0} y1={height - 0.5} x2={width} y2={height - 0.5} />
      {runs.map((points) => (
        <polyline key={points[0]} points={points.join(' ')} />
      ))}
    </svg>
  );
}
