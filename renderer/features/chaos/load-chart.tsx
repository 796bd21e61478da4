import type { JSX } from 'react';

import type { LoadView } from '../../../main/contract/load.ts';
import { formatCount, formatDuration } from '../../ui/format.ts';

const WIDTH = 272;
const HEIGHT = 48;
const SECONDS = 60;
/** A shorter pause is no outage: between two operations there is always one. */
const GAP_TOLD_MS = 250;

/** What was done in each second of the last minute; a second with errors stands on a red ground. */
export function LoadChart({ load }: { readonly load: LoadView }): JSX.Element {
  const { seconds, request, longestGapMs } = load;
  const top = Math.max(request.opsPerSecond, ...seconds.map(({ done }) => done)) * 1.08;
  const step = WIDTH / SECONDS;
  const left = WIDTH - seconds.length * step;
  const bar = (done: number): number => (HEIGHT * done) / top;
  const failing = seconds.filter(({ notDone, unknown }) => notDone + unknown > 0).length;
  const gap = longestGapMs >= GAP_TOLD_MS ? `unavailable for ${formatDuration(longestGapMs)}` : '';
  const last = seconds.at(-1)?.done ?? 0;
  return (
    <figure className="load-chart">
      <svg
        viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT)}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={
          `Operations done per second, the last ${String(seconds.length)} seconds: ` +
          `${formatCount(last)} in the last one, ${String(failing)} seconds with errors`
        }
      >
        {seconds.map(({ timeMs, done, notDone, unknown }, at) => {
          const x = left + at * step;
          return (
            <g key={timeMs}>
              {notDone + unknown > 0 && (
                <rect className="load-failing" x={x} width={step} height={HEIGHT} />
              )}
              <rect
                className="load-bar"
                x={x + 0.5}
                y={HEIGHT - bar(done)}
                width={step - 1}
                height={bar(done)}
              />
            </g>
          );
        })}
        <line
          className="load-wanted"
          x1={0}
          x2={WIDTH}
          y1={HEIGHT - bar(request.opsPerSecond)}
          y2={HEIGHT - bar(request.opsPerSecond)}
        />
      </svg>
      <figcaption>
        <span className="muted">
          {load.state === 'running' ? 'last minute' : 'its last minute'}
        </span>
        <span className="load-gap">{gap}</span>
        <span className="muted">{load.state === 'running' ? 'now' : 'its end'}</span>
      </figcaption>
    </figure>
  );
}
