import { between, distance, type Point, type RingLayout } from './ring-layout.ts';

/** One direction of an edge. */
export interface Lane {
  readonly from: Point;
  readonly to: Point;
}

/** The two directions between the leader and one other node. */
export interface EdgeLanes {
  /** Leader to follower, on the side away from the middle of the ring. */
  readonly append: Lane;
  /** Follower to leader. */
  readonly ack: Lane;
  /** The unit vector that points outwards from the append lane. */
  readonly outward: Point;
}

const LANE_OFFSET = 5;
const START_GAP = 12;
const START_GAP_SELECTED = 19;
const END_GAP = 14;

/** The lanes between two places of the ring; null when they stand too close for any. */
export function lanesBetween(
  layout: RingLayout,
  leaderAt: number,
  followerAt: number,
  leaderSelected: boolean,
): EdgeLanes | null {
  const leader = layout.places[leaderAt];
  const follower = layout.places[followerAt];
  if (leader === undefined || follower === undefined) return null;
  const length = distance(leader, follower);
  const start = layout.nodeRadius + (leaderSelected ? START_GAP_SELECTED : START_GAP);
  const end = layout.nodeRadius + END_GAP;
  if (length < start + end + 8) return null;
  const outward = outwardNormal(leader, follower, layout.centre);
  const shift = (point: Point, by: number): Point => ({
    x: point.x + outward.x * by,
    y: point.y + outward.y * by,
  });
  const near = between(leader, follower, start / length);
  const far = between(leader, follower, 1 - end / length);
  return {
    append: { from: shift(near, LANE_OFFSET), to: shift(far, LANE_OFFSET) },
    ack: { from: shift(far, -LANE_OFFSET), to: shift(near, -LANE_OFFSET) },
    outward,
  };
}

function outwardNormal(a: Point, b: Point, centre: Point): Point {
  const length = distance(a, b);
  const normal = { x: (b.y - a.y) / length, y: (a.x - b.x) / length };
  const middle = between(a, b, 0.5);
  const side = (middle.x - centre.x) * normal.x + (middle.y - centre.y) * normal.y;
  return side < 0 ? { x: -normal.x, y: -normal.y } : normal;
}

/** How wide the band of an append lane is at the leader: wider for more entries per second. */
export function bandWidth(entriesPerSecond: number): number {
  return Math.max(4, Math.min(4 + 4 * Math.log10(1 + entriesPerSecond), 16));
}

const BAND_WIDTH_AT_FOLLOWER = 2.5;

/** The four corners of a band: as wide at its start and at its end as it is told. */
export function bandCorners(
  { from, to }: Lane,
  widthAtStart: number,
  widthAtEnd = BAND_WIDTH_AT_FOLLOWER,
): readonly Point[] {
  const length = distance(from, to) || 1;
  const normal = { x: (to.y - from.y) / length, y: (from.x - to.x) / length };
  const corner = (point: Point, by: number): Point => ({
    x: point.x + normal.x * by,
    y: point.y + normal.y * by,
  });
  const near = widthAtStart / 2;
  const far = widthAtEnd / 2;
  return [corner(from, near), corner(to, far), corner(to, -far), corner(from, -near)];
}

/** The two strokes of an open arrow head at the end of a lane: barb, tip, barb. */
export function arrowHead({ from, to }: Lane, size: number): readonly [Point, Point, Point] {
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const barb = (turn: number): Point => ({
    x: to.x - size * Math.cos(angle + turn),
    y: to.y - size * Math.sin(angle + turn),
  });
  return [barb(0.55), to, barb(-0.55)];
}

/** Where a number on a lane may stand, best first. */
const LABEL_SHARES = [0.55, 0.45, 0.65, 0.35, 0.72];
const LABEL_CLEARANCE = 24;
const LANE_LENGTH_FOR_LABEL = 64;

/** A place on a lane where a number covers no node; null when there is none. */
export function labelOnLane({ from, to }: Lane, layout: RingLayout): Point | null {
  if (distance(from, to) < LANE_LENGTH_FOR_LABEL) return null;
  const clear = layout.nodeRadius + LABEL_CLEARANCE;
  for (const share of LABEL_SHARES) {
    const point = between(from, to, share);
    if (layout.places.every((place) => distance(place, point) > clear)) return point;
  }
  return null;
}

/** How far beside the lanes a number stands where they are too short to carry it. */
const BESIDE = 26;

/** A place beside the lanes, towards the middle of the ring. */
export function labelBesideLanes({ append, ack, outward }: EdgeLanes): Point {
  const middle = between(between(append.from, append.to, 0.5), between(ack.from, ack.to, 0.5), 0.5);
  return { x: middle.x - outward.x * BESIDE, y: middle.y - outward.y * BESIDE };
}
