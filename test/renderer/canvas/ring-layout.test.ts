import { expect, test } from 'vitest';

import {
  bandWidth,
  type EdgeLanes,
  labelOnLane,
  lanesBetween,
} from '../../../renderer/canvas/lanes.ts';
import {
  distance,
  layOutRing,
  orbitArc,
  type RingLayout,
} from '../../../renderer/canvas/ring-layout.ts';

const COUNTS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/** The free area at 1024×640, 1280×800 and 1600×1000, with and without a table of nine rows. */
const SPACES = [
  { width: 688, height: 396, insetLeft: 0 },
  { width: 688, height: 240, insetLeft: 0 },
  { width: 904, height: 524, insetLeft: 160 },
  { width: 904, height: 364, insetLeft: 160 },
  { width: 1064, height: 724, insetLeft: 160 },
];

const LAYOUTS: readonly RingLayout[] = SPACES.flatMap((space) =>
  COUNTS.map((count) => layOutRing({ ...space, count })),
);

function name({ width, height, places }: RingLayout): string {
  return `${String(places.length)} nodes in ${String(width)}×${String(height)}`;
}

test.each(LAYOUTS.map((layout) => [name(layout), layout] as const))(
  '%s: every node and its label is inside the picture',
  (_name, { width, height, nodeRadius, places }) => {
    for (const { x, y, label } of places) {
      expect(y - nodeRadius).toBeGreaterThanOrEqual(0);
      expect(y + nodeRadius).toBeLessThanOrEqual(height);
      expect(x - nodeRadius).toBeGreaterThanOrEqual(0);
      expect(x + nodeRadius).toBeLessThanOrEqual(width);
      const far = label.anchor === 'start' ? label.x + 118 : label.x - 118;
      expect(far).toBeGreaterThanOrEqual(0);
      expect(far).toBeLessThanOrEqual(width);
    }
  },
);

test.each(LAYOUTS.map((layout) => [name(layout), layout] as const))(
  '%s: no two nodes touch',
  (_name, { nodeRadius, places }) => {
    for (const [at, place] of places.entries()) {
      for (const other of places.slice(at + 1)) {
        expect(distance(place, other)).toBeGreaterThan(2 * nodeRadius);
      }
    }
  },
);

test('the first node stands at twelve o’clock and the others follow clockwise', () => {
  const { places, centre } = layOutRing({ width: 904, height: 524, count: 4, insetLeft: 0 });
  const sides = places.map(({ x, y }) =>
    y < centre.y - 1 ? 'top' : y > centre.y + 1 ? 'bottom' : x > centre.x ? 'right' : 'left',
  );
  expect(sides).toEqual(['top', 'right', 'bottom', 'left']);
});

test('a node keeps its place whatever it does: places depend on the number alone', () => {
  const space = { width: 904, height: 524, count: 5, insetLeft: 160 };
  expect(layOutRing(space)).toEqual(layOutRing(space));
});

test('the middle is free for the index with three nodes only', () => {
  const centres = COUNTS.map(
    (count) => layOutRing({ width: 904, height: 524, count, insetLeft: 160 }).hasCentre,
  );
  expect(centres).toEqual([false, false, true, false, false, false, false, false, false]);
});

test('the orbit keeps clear of the nodes it goes round', () => {
  for (const layout of LAYOUTS.filter(({ hasOrbit }) => hasOrbit)) {
    for (const [at, place] of layout.places.entries()) {
      const arc = orbitArc(layout, at);
      if (arc === null) continue;
      expect(distance(arc[0], place)).toBeCloseTo(layout.nodeRadius + 16, 2);
    }
  }
});

function lanesOf(layout: RingLayout, leaderAt: number, selected = false): readonly EdgeLanes[] {
  return layout.places.flatMap((_, at) => {
    const lanes = at === leaderAt ? null : lanesBetween(layout, leaderAt, at, selected);
    return lanes === null ? [] : [lanes];
  });
}

test('appends run on the side away from the middle of the ring', () => {
  const layout = layOutRing({ width: 904, height: 524, count: 3, insetLeft: 160 });
  for (const { append, ack } of [0, 1, 2].flatMap((leader) => lanesOf(layout, leader))) {
    expect(distance(append.from, layout.centre)).toBeGreaterThan(distance(ack.to, layout.centre));
  }
});

test('lanes touch no node, and leave room for the halo of a selected leader', () => {
  const layout = layOutRing({ width: 904, height: 524, count: 5, insetLeft: 160 });
  const leader = layout.places[0];
  if (leader === undefined) throw new Error('five nodes have a first one');
  for (const { append, ack } of lanesOf(layout, 0)) {
    for (const place of layout.places) {
      for (const end of [append.from, append.to, ack.from, ack.to]) {
        expect(distance(end, place)).toBeGreaterThan(layout.nodeRadius + 8);
      }
    }
  }
  for (const { append } of lanesOf(layout, 0, true)) {
    expect(distance(append.from, leader)).toBeGreaterThan(layout.nodeRadius + 14);
  }
});

test('a number on a lane covers no node, or is left out', () => {
  for (const layout of LAYOUTS) {
    for (const { append } of layout.places.flatMap((_, at) => lanesOf(layout, at))) {
      const label = labelOnLane(append, layout);
      if (label === null) continue;
      for (const place of layout.places) {
        expect(distance(label, place)).toBeGreaterThan(layout.nodeRadius + 20);
      }
    }
  }
});

test('the band grows with the rate, between four and sixteen', () => {
  expect(bandWidth(0)).toBe(4);
  expect(bandWidth(114)).toBeCloseTo(12.2, 1);
  expect(bandWidth(1_000_000)).toBe(16);
});
