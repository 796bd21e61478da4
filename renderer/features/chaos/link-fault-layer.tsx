import type { JSX } from 'react';

import { bandCorners, type Lane, lanesBetween } from '../../canvas/lanes.ts';
import { between, type Point, type RingLayout } from '../../canvas/ring-layout.ts';
import { type ActiveFault, type Way, wayOf } from './active-faults.ts';
import './link-faults.css';

interface LinkFaultLayerProps {
  readonly layout: RingLayout;
  /** The nodes in the order of their places. */
  readonly nodeIds: readonly string[];
  readonly faults: readonly ActiveFault[];
  /** Directions that would be cut if the plan were put in force. */
  readonly planned?: readonly Way[];
}

interface FaultyLink {
  readonly from: number;
  readonly to: number;
  readonly sign: Sign;
  /** Whether the other direction has the same. */
  readonly bothWays: boolean;
}

type Sign = 'cut' | 'late';

/** Faults of links, drawn over the lanes that they work on: a cut link wears scissors. */
export function LinkFaultLayer(props: LinkFaultLayerProps): JSX.Element {
  const { layout, nodeIds, faults, planned = [] } = props;
  const inForce = linksOf(nodeIds, waysOf(faults));
  const drawn = new Set(inForce.map(({ from, to }) => [from, to].sort().join(' ')));
  const intended = linksOf(nodeIds, new Map([['cut', planned]])).filter(
    ({ from, to }) => !drawn.has([from, to].sort().join(' ')),
  );
  return (
    <g className="link-faults" aria-hidden="true">
      {intended.map((link) => (
        <PlannedLink key={`${String(link.from)} ${String(link.to)}`} link={link} layout={layout} />
      ))}
      {inForce.map((link) => (
        <FaultyLinkShape
          key={`${String(link.from)} ${String(link.to)} ${link.sign}`}
          link={link}
          layout={layout}
        />
      ))}
    </g>
  );
}

/** The directions that faults work on. A cut hides what else is wrong with its link. */
function waysOf(faults: readonly ActiveFault[]): ReadonlyMap<Sign, readonly Way[]> {
  const cut: Way[] = [];
  const late: Way[] = [];
  for (const placed of faults.flatMap(({ parts }) => parts)) {
    const way = wayOf(placed);
    if (way === null) continue;
    if (placed.fault.kind === 'link-cut') cut.push(way);
    else late.push(way);
  }
  const isCut = (way: Way): boolean =>
    cut.some(({ from, to }) => from === way.from && to === way.to);
  return new Map([
    ['cut', cut],
    ['late', late.filter((way) => !isCut(way))],
  ]);
}

function linksOf(
  nodeIds: readonly string[],
  ways: ReadonlyMap<Sign, readonly Way[]>,
): readonly FaultyLink[] {
  const links = new Map<string, FaultyLink>();
  for (const [sign, list] of ways) {
    for (const way of list) {
      const [from, to] = [nodeIds.indexOf(way.from), nodeIds.indexOf(way.to)];
      if (from < 0 || to < 0) continue;
      const back = `${sign} ${String(to)} ${String(from)}`;
      const twin = links.get(back);
      if (twin !== undefined) links.set(back, { ...twin, bothWays: true });
      else links.set(`${sign} ${String(from)} ${String(to)}`, { from, to, sign, bothWays: false });
    }
  }
  return [...links.values()];
}

const HALF_BOTH = 8;
const HALF_ONE = 5;
const BADGE = 12;

const SIGNS: Readonly<Record<Sign, string>> = {
  cut: 'M5.6 5.2a1.8 1.8 0 11-3.6 0 1.8 1.8 0 013.6 0zM5.6 10.8a1.8 1.8 0 11-3.6 0 1.8 1.8 0 013.6 0zM5.2 6.2L14 11.5M5.2 9.8L14 4.5',
  late: 'M4.5 2.5h7M4.5 13.5h7M5 2.5c0 3 6 4 6 7.5v3.5M11 2.5c0 3-6 4-6 7.5v3.5',
};

function FaultyLinkShape({
  link,
  layout,
}: {
  readonly link: FaultyLink;
  readonly layout: RingLayout;
}): JSX.Element | null {
  const lane = laneOf(link, layout);
  if (lane === null) return null;
  const small = layout.nodeRadius < 36;
  const half = (link.bothWays ? HALF_BOTH : HALF_ONE) * (small ? 0.6 : 1);
  const corners = pointList(bandCorners(lane, 2 * half, 2 * half));
  const rises = (lane.to.x - lane.from.x) * (lane.to.y - lane.from.y) < 0;
  const hatch = rises ? 'url(#edge-hatch-back)' : 'url(#edge-hatch)';
  const { x, y } = between(lane.from, lane.to, 0.5);
  return (
    <g className="link-fault">
      <polygon className="link-fault-ground" points={corners} />
      <polygon fill={hatch} points={corners} />
      {!link.bothWays && <polyline className="link-fault-tip" points={tipOf(lane)} />}
      <g transform={`translate(${f(x)} ${f(y)}) scale(${small ? '0.7' : '1'})`}>
        <circle className="link-fault-badge" r={BADGE} />
        <path className="link-fault-sign" transform="translate(-8 -8)" d={SIGNS[link.sign]} />
      </g>
    </g>
  );
}

function PlannedLink({
  link,
  layout,
}: {
  readonly link: FaultyLink;
  readonly layout: RingLayout;
}): JSX.Element | null {
  const lane = laneOf(link, layout);
  if (lane === null) return null;
  const { from, to } = lane;
  return <line className="link-planned" x1={from.x} y1={from.y} x2={to.x} y2={to.y} />;
}

/** The middle of both lanes of a link, or one of them. */
function laneOf({ from, to, bothWays }: FaultyLink, layout: RingLayout): Lane | null {
  const lanes = lanesBetween(layout, from, to, false);
  if (lanes === null) return null;
  const { append, ack } = lanes;
  if (!bothWays) return append;
  return { from: between(append.from, ack.to, 0.5), to: between(append.to, ack.from, 0.5) };
}

function tipOf({ from, to }: Lane): string {
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const barb = (turn: number): Point => ({
    x: to.x - 9 * Math.cos(angle + turn),
    y: to.y - 9 * Math.sin(angle + turn),
  });
  return pointList([barb(0.6), to, barb(-0.6)]);
}

function pointList(points: readonly Point[]): string {
  return points.map(({ x, y }) => `${f(x)},${f(y)}`).join(' ');
}

function f(value: number): string {
  return value.toFixed(1);
}
