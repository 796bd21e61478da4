import type { Point } from './ring-layout.ts';

/** A line that somebody drew across the ring. */
export interface CutLine {
  readonly from: Point;
  readonly to: Point;
}

/** Shorter than this it was a click, and no line. */
const LENGTH_MIN = 40;

/** Whether a line is long enough to have been meant as one. */
export function isCutLine({ from, to }: CutLine): boolean {
  return Math.hypot(to.x - from.x, to.y - from.y) >= LENGTH_MIN;
}

/**
 * On which side of the line each place is: 'A' above or left of it. The line counts as endless, so
 * that one that ends beside the last node cuts like one that goes past it.
 */
export function sidesOfLine(places: readonly Point[], line: CutLine): readonly ('A' | 'B')[] {
  // The same line drawn the other way gives the same sides: from left to right, or downwards.
  const flat = Math.abs(line.to.x - line.from.x) >= Math.abs(line.to.y - line.from.y);
  const turned = flat ? line.to.x < line.from.x : line.to.y < line.from.y;
  const [from, to] = turned ? [line.to, line.from] : [line.from, line.to];
  return places.map(({ x, y }) => {
    const turn = (to.x - from.x) * (y - from.y) - (to.y - from.y) * (x - from.x);
    // Screen coordinates: y grows downwards, so a negative turn is above a line to the right.
    return (flat ? turn < 0 : turn > 0) ? 'A' : 'B';
  });
}

/** The line drawn on to both edges of the picture. */
export function stretched({ from, to }: CutLine, width: number, height: number): CutLine {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const reach = (width + height) / Math.max(1, Math.hypot(dx, dy));
  return clipped(
    { x: from.x - dx * reach, y: from.y - dy * reach },
    { x: from.x + dx * reach, y: from.y + dy * reach },
    { width, height },
  );
}

const EDGE = 14;

/** The part of a line inside the picture (Liang and Barsky 1984). */
function clipped(
  from: Point,
  to: Point,
  { width, height }: { readonly width: number; readonly height: number },
): CutLine {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  let enter = 0;
  let leave = 1;
  const edges = [
    [-dx, from.x - EDGE],
    [dx, width - EDGE - from.x],
    [-dy, from.y - EDGE],
    [dy, height - EDGE - from.y],
  ] as const;
  for (const [step, room] of edges) {
    if (step === 0) continue;
    const at = room / step;
    if (step < 0) enter = Math.max(enter, at);
    else leave = Math.min(leave, at);
  }
  return {
    from: { x: from.x + dx * enter, y: from.y + dy * enter },
    to: { x: from.x + dx * leave, y: from.y + dy * leave },
  };
}
