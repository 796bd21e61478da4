/*
 * Where everything on the ring stands. Pure: sizes in, places out; SVG and canvas both draw from it.
 * Lengths are in units of a sixteenth of the root font size, so a larger font enlarges the picture.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a node stands, and where the two lines beside it go. */
export interface Place extends Point {
  /** Direction from the middle, radians, 0 = three o'clock, growing clockwise. */
  readonly angle: number;
  readonly label: Point & { readonly anchor: 'start' | 'end' };
}

export interface RingLayout {
  readonly width: number;
  readonly height: number;
  readonly centre: Point;
  readonly rx: number;
  readonly ry: number;
  readonly nodeRadius: number;
  readonly places: readonly Place[];
  /** The line through all nodes; left out where it would only be clutter. */
  readonly hasOrbit: boolean;
  /** Room in the middle for the committed index: with three nodes only. */
  readonly hasCentre: boolean;
}

export interface RingSpace {
  readonly width: number;
  readonly height: number;
  readonly count: number;
  /** Kept free at the left, for the figures. */
  readonly insetLeft: number;
}

const RADIUS_MAX = 248;
/** Text beside a node; longer lines are cut by whoever writes them. */
const LABEL_WIDTH = 128;
const LABEL_GAP = 22;
/** Room above the topmost node for its crown and halo, and below the lowest one. */
const MARGIN_TOP = 26;
const MARGIN_BOTTOM = 18;
const ORBIT_MARGIN = 6;

/** Places `count` nodes clockwise from twelve o'clock. Never moved by what they do. */
export function layOutRing({ width, height, count, insetLeft }: RingSpace): RingLayout {
  const centreX = insetLeft + (width - insetLeft) / 2;
  const angles = Array.from({ length: count }, (_, at) => (2 * Math.PI * at) / count - Math.PI / 2);
  const lowest = count < 2 ? 0 : Math.max(...angles.map(Math.sin));
  const highest = count < 2 ? 0 : 1;
  const widest = count < 3 ? 0 : Math.max(...angles.map((angle) => Math.abs(Math.cos(angle))));

  const radiusFor = (nodeRadius: number): readonly [rx: number, ry: number] => {
    const roomY = height - 2 * nodeRadius - MARGIN_TOP - MARGIN_BOTTOM;
    // The orbit may reach further down than the lowest node does.
    const roomOrbit = height - nodeRadius - MARGIN_TOP - ORBIT_MARGIN;
    const roomX = (width - insetLeft) / 2 - nodeRadius - LABEL_GAP - LABEL_WIDTH;
    const fitted = Math.min(roomY / (highest + lowest || 1), roomOrbit / 2, RADIUS_MAX);
    const ry = Math.max(0, fitted);
    const rx = Math.max(0, Math.min(widest === 0 ? ry : roomX / widest, wantedRx(count, ry)));
    return [rx, ry];
  };
  const nodeRadius = nodeRadiusFor(count, height, radiusFor);
  const [rx, ry] = count < 2 ? [0, 0] : radiusFor(nodeRadius);

  const top = MARGIN_TOP + nodeRadius;
  const bottom = height - MARGIN_BOTTOM - nodeRadius;
  // What is left over goes half above and half below, as far as the orbit lets it.
  const middle = count < 2 ? (top + bottom) / 2 : (top + bottom + ry * (highest - lowest)) / 2;
  const centreY = count < 2 ? middle : Math.min(middle, height - ORBIT_MARGIN - ry);
  const places = angles.map((angle) => {
    const x = count < 2 ? centreX : centreX + rx * Math.cos(angle);
    const y = count < 2 ? centreY : centreY + ry * Math.sin(angle);
    return { x, y, angle, label: labelPlace({ x, y }, angle, nodeRadius, count) };
  });
  return {
    width,
    height,
    centre: { x: centreX, y: centreY },
    rx,
    ry,
    nodeRadius,
    places,
    hasOrbit: count > 2 && ry >= 100,
    hasCentre: count === 3 && ry >= 80,
  };
}

/** A circle where it fits; wider than high where it does not, so that nodes keep their distance. */
function wantedRx(count: number, ry: number): number {
  return Math.max(ry, count <= 3 ? 196 : count <= 5 ? 200 : 250);
}

function nodeRadiusFor(
  count: number,
  height: number,
  radiusFor: (nodeRadius: number) => readonly [rx: number, ry: number],
): number {
  const candidates =
    count > 5
      ? [36, 32, 28, 24]
      : height >= 560
        ? [56, 44, 36, 28]
        : // In a low picture the lanes between nodes need the room more than the nodes do.
          height < 260
          ? [32, 28, 24]
          : [44, 36, 28];
  const fits = (radius: number): boolean => {
    const [rx, ry] = radiusFor(radius);
    return count < 2 || neighbourDistance(count, rx, ry) >= 2 * radius + (count > 5 ? 32 : 72);
  };
  return candidates.find(fits) ?? candidates.at(-1) ?? 24;
}

function neighbourDistance(count: number, rx: number, ry: number): number {
  const at = (index: number): Point => {
    const angle = (2 * Math.PI * index) / count - Math.PI / 2;
    return { x: rx * Math.cos(angle), y: ry * Math.sin(angle) };
  };
  const distances = Array.from({ length: count }, (_, index) => distance(at(index), at(index + 1)));
  return Math.min(...distances);
}

function labelPlace(
  { x, y }: Point,
  angle: number,
  nodeRadius: number,
  count: number,
): Place['label'] {
  const side = Math.cos(angle);
  const vertical = Math.abs(side) < 0.15;
  // Beside the topmost and lowest nodes the orbit passes, with many nodes their neighbours stand.
  const lift = !vertical || count < 2 ? 0 : Math.sin(angle) < 0 ? (count > 5 ? -26 : -14) : 18;
  const out = nodeRadius + LABEL_GAP;
  return side < -0.15
    ? { x: x - out, y: y + lift, anchor: 'end' }
    : { x: x + out, y: y + lift, anchor: 'start' };
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(b.x - a.x, b.y - a.y);
}

/** A point of the way from `a` to `b`; 0 is `a`, 1 is `b`. */
export function between(a: Point, b: Point, share: number): Point {
  return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
}

/** Gap round a node where the orbit is interrupted. */
const ORBIT_GAP = 16;

/** The part of the orbit between neighbours `at` and the next one, clear of both; null if none is. */
export function orbitArc(layout: RingLayout, at: number): readonly [Point, Point] | null {
  const { places, centre, rx, ry, nodeRadius } = layout;
  const first = places[at];
  const second = places[(at + 1) % places.length];
  if (first === undefined || second === undefined) return null;
  const from = first.angle;
  const to = second.angle > from ? second.angle : second.angle + 2 * Math.PI;
  const point = (angle: number): Point => ({
    x: centre.x + rx * Math.cos(angle),
    y: centre.y + ry * Math.sin(angle),
  });
  const clear = nodeRadius + ORBIT_GAP;
  const middle = (from + to) / 2;
  if (distance(point(middle), first) <= clear || distance(point(middle), second) <= clear) {
    return null;
  }
  return [
    point(angleAtDistance(point, first, clear, from, middle)),
    point(angleAtDistance(point, second, clear, to, middle)),
  ];
}

/** Halves the angle between a node and the middle until the orbit is `clear` away from the node. */
function angleAtDistance(
  point: (angle: number) => Point,
  node: Point,
  clear: number,
  near: number,
  far: number,
): number {
  let [inside, outside] = [near, far];
  for (let step = 0; step < 20; step += 1) {
    const middle = (inside + outside) / 2;
    if (distance(point(middle), node) < clear) inside = middle;
    else outside = middle;
  }
  return outside;
}
