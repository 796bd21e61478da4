import type { JSX } from 'react';

import {
  arrowHead,
  bandCorners,
  bandWidth,
  type EdgeLanes,
  labelBesideLanes,
  labelOnLane,
  type Lane,
} from '../../canvas/lanes.ts';
import { between, type Point, type RingLayout } from '../../canvas/ring-layout.ts';
import type { RingEdge } from './ring-model.ts';

interface EdgeProps {
  readonly edge: RingEdge;
  readonly lanes: EdgeLanes;
  readonly layout: RingLayout;
}

/** Up to this many nodes there is room for two lines with their legend beside each edge. */
const DETAILED_UP_TO = 3;

/** What flows between the leader and one node, drawn as wide as it is much. */
export function RingEdgeShape({ edge, lanes, layout }: EdgeProps): JSX.Element {
  const { append, ack } = lanes;
  if (edge.kind === 'none' || edge.kind === 'still') {
    return (
      <line
        className={edge.kind === 'still' ? 'edge-still' : 'edge-none'}
        {...ends({
          from: between(append.from, ack.to, 0.5),
          to: between(append.to, ack.from, 0.5),
        })}
      />
    );
  }
  return (
    <g className={edge.slow ? 'edge edge-slow' : 'edge'}>
      {edge.kind === 'replicating' && (
        <polygon
          className="edge-band"
          points={pointList(bandCorners(append, bandWidth(edge.entriesPerSecond)))}
        />
      )}
      <line className="edge-append" {...ends(append)} />
      <polyline className="edge-append" points={pointList(arrowHead(append, 7))} />
      {edge.kind === 'catching-up' && (
        <line
          className="edge-filling"
          {...ends({ from: append.from, to: between(append.from, append.to, edge.share) })}
        />
      )}
      <line className="edge-ack" {...ends(ack)} />
      <polyline className="edge-ack" points={pointList(arrowHead(ack, 6))} />
      {layout.places.length <= DETAILED_UP_TO ? (
        <DetailedLabel edge={edge} lanes={lanes} layout={layout} />
      ) : (
        <ShortLabel edge={edge} lanes={lanes} layout={layout} />
      )}
    </g>
  );
}

/** The hatches, once per picture: a lane wears the one that does not run along it. */
export function EdgeHatch(): JSX.Element {
  return (
    <defs>
      {(['45', '-45'] as const).map((angle) => (
        <pattern
          key={angle}
          id={angle === '45' ? 'edge-hatch' : 'edge-hatch-back'}
          width="7"
          height="7"
          patternUnits="userSpaceOnUse"
          patternTransform={`rotate(${angle})`}
        >
          <line className="edge-hatch-line" x1="0" y1="0" x2="0" y2="7" />
        </pattern>
      ))}
    </defs>
  );
}

function ends({ from, to }: Lane): { x1: number; y1: number; x2: number; y2: number } {
  return { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
}

function pointList(points: readonly Point[]): string {
  return points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
}

const LABEL_GAP = 12;
const CHARACTER_UNITS = 6.4;
const DOT_UNITS = 14;

/** Room that a second line needs below the place of a label. */
const SECOND_LINE = 12;

/** Two texts, each behind the dot whose meaning it gives: entries out, answers back. */
function DetailedLabel({ edge, lanes, layout }: EdgeProps): JSX.Element {
  const { x, y } = detailedPlace(edge, lanes);
  const isLow = y + SECOND_LINE > layout.height;
  const rateWidth = 2 * DOT_UNITS + (edge.rateText.length + 3) * CHARACTER_UNITS;
  // In a low picture a second line would be cut off: both then stand on the first.
  const trip = isLow ? { x: rateWidth, y: -12 } : { x: 0, y: 4 };
  const left = isLow ? x - (DOT_UNITS + edge.roundTripText.length * CHARACTER_UNITS) / 2 : x;
  return (
    <g transform={`translate(${left.toFixed(1)} ${y.toFixed(1)})`} className="edge-label">
      <circle className="edge-dot-full" cx={4} cy={-12} r={4} />
      <text x={DOT_UNITS} y={-8}>
        <tspan className="edge-rate">{edge.rateText}</tspan>/s
      </text>
      {edge.roundTripText !== '' && (
        <>
          <circle className="edge-dot-hollow" cx={trip.x + 4} cy={trip.y} r={3.25} />
          <text x={trip.x + DOT_UNITS} y={trip.y + 4} className="edge-trip">
            {edge.roundTripText}
          </text>
        </>
      )}
    </g>
  );
}

function detailedPlace(edge: RingEdge, { append, outward }: EdgeLanes): Point {
  const middle = between(append.from, append.to, 0.5);
  const characters = Math.max(edge.rateText.length + 2, edge.roundTripText.length);
  const width = DOT_UNITS + characters * CHARACTER_UNITS;
  const dx = append.to.x - append.from.x;
  const dy = append.to.y - append.from.y;
  if (Math.abs(dy) < 0.25 * Math.abs(dx)) {
    // Nearly flat: under the lane, or over it where outwards is up.
    const clear = edge.fault === null ? 30 : 38;
    return { x: middle.x - width / 2, y: middle.y + (outward.y < 0 ? 4 - clear : clear) };
  }
  const nudge = LABEL_GAP + 8 * Math.min(3, Math.abs(dx / dy));
  const left = outward.x < 0;
  return { x: left ? middle.x - nudge - width : middle.x + nudge, y: middle.y };
}

/** One number: on the lane, or beside it where the lane is too short to carry it. */
function ShortLabel({ edge, lanes, layout }: EdgeProps): JSX.Element | null {
  const { from, to } = lanes.append;
  const slanted = Math.abs(to.x - from.x) > 0.25 * Math.abs(to.y - from.y);
  const beside = layout.places.length === 4 && slanted;
  const point = beside ? labelBesideLanes(lanes) : labelOnLane(lanes.append, layout);
  if (point === null) return null;
  const share = edge.kind === 'catching-up' ? `${String(Math.floor(edge.share * 100))} %` : null;
  return (
    <text
      x={point.x}
      y={point.y + 4}
      className={share === null ? 'edge-short' : 'edge-short edge-short-share'}
    >
      {share ?? `${edge.rateText}/s`}
    </text>
  );
}
