import { type JSX, type PointerEvent, useState } from 'react';

import { type CutLine, isCutLine, sidesOfLine, stretched } from '../../canvas/cut-line.ts';
import type { Point, RingLayout } from '../../canvas/ring-layout.ts';
import type { Side } from './fault-plan.ts';

interface CutLayerProps {
  readonly layout: RingLayout;
  readonly nodeIds: readonly string[];
  readonly sides: ReadonlyMap<string, Side>;
  readonly onSides: (sides: ReadonlyMap<string, Side>) => void;
}

/** A line drawn across the ring: what is on one side of it is side A. The ticks below say the same. */
export function CutLayer({ layout, nodeIds, sides, onSides }: CutLayerProps): JSX.Element {
  const [line, setLine] = useState<CutLine | null>(null);
  const [drawing, setDrawing] = useState(false);
  const shown = line !== null && agrees(line, { layout, nodeIds, sides }, drawing) ? line : null;
  const drawn = shown === null ? null : stretched(shown, layout.width, layout.height);

  const begin = (event: PointerEvent<SVGRectElement>): void => {
    const at = pointOf(event);
    if (event.button !== 0 || at === null) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrawing(true);
    setLine({ from: at, to: at });
  };
  const go = (event: PointerEvent<SVGRectElement>): void => {
    const at = pointOf(event);
    if (!drawing || line === null || at === null) return;
    const next = { from: line.from, to: at };
    setLine(next);
    if (!isCutLine(next)) return;
    const marks = sidesOfLine(layout.places, next);
    onSides(new Map(nodeIds.map((id, index) => [id, marks[index] ?? 'B'])));
  };
  return (
    <g>
      <rect
        className="cut-ground"
        width={layout.width}
        height={layout.height}
        fill="transparent"
        onPointerDown={begin}
        onPointerMove={go}
        onPointerUp={() => setDrawing(false)}
        onPointerCancel={() => setDrawing(false)}
      />
      {drawn !== null && (
        <g aria-hidden="true" pointerEvents="none">
          <line
            className="cut-line"
            x1={drawn.from.x}
            y1={drawn.from.y}
            x2={drawn.to.x}
            y2={drawn.to.y}
          />
          <circle className="cut-end" cx={drawn.from.x} cy={drawn.from.y} r={6} />
          <circle className="cut-end" cx={drawn.to.x} cy={drawn.to.y} r={6} />
        </g>
      )}
      <SideMarks layout={layout} nodeIds={nodeIds} sides={sides} />
    </g>
  );
}

function SideMarks({
  layout,
  nodeIds,
  sides,
}: Pick<CutLayerProps, 'layout' | 'nodeIds' | 'sides'>): JSX.Element {
  const away = layout.nodeRadius + 20;
  return (
    <g aria-hidden="true" pointerEvents="none">
      {layout.places.map(({ x, y, label }, at) => {
        const id = nodeIds[at] ?? '';
        // Outwards, above the node's own label: lanes go inwards, and below stands the next label.
        const out = (label.anchor === 'start' ? away : -away) * Math.SQRT1_2;
        const [left, high] = [x + out, y - away * Math.SQRT1_2];
        return (
          <g key={id} transform={`translate(${left.toFixed(1)} ${high.toFixed(1)})`}>
            <circle className="side-badge" r={9} />
            <text className="side-mark" y={4}>
              {sides.get(id) ?? 'B'}
            </text>
          </g>
        );
      })}
    </g>
  );
}

/** A line stays as long as it says what the ticks say. */
function agrees(
  line: CutLine,
  { layout, nodeIds, sides }: Pick<CutLayerProps, 'layout' | 'nodeIds' | 'sides'>,
  drawing: boolean,
): boolean {
  if (drawing) return true;
  if (!isCutLine(line)) return false;
  return sidesOfLine(layout.places, line).every(
    (side, at) => (sides.get(nodeIds[at] ?? '') ?? 'B') === side,
  );
}

/** Where the pointer is, in units of the picture. */
function pointOf(event: PointerEvent<SVGRectElement>): Point | null {
  const matrix = event.currentTarget.getScreenCTM();
  if (matrix === null) return null;
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
  return { x, y };
}
